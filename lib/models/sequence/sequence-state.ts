import type { Features } from '../../data/features.js'
import type { Matrix } from '../../data/matrix.js'
import type { Tensor } from '../../data/storage/safetensors.js'
import { matrixTensor, vectorTensor } from '../../data/storage/saved-tensors.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { KindredError } from '../../native/errors.js'
import type { TrainingHistory } from '../../nn/train/history.js'
import { type FactorState, withRows } from '../base/factor-model.js'
import type { FittedLog } from '../base/fitted-log.js'
import { copyIds } from '../base/merge-log.js'
import type { SavedModel } from '../base/model-file.js'
import type { AddItemsReport } from '../base/recommend-options.js'
import { checkFeatureDims, PROJECTION, placedVectors } from './item-table.js'
import { knownRows } from './sequence-inference.js'
import type { SequenceNetwork } from './sequence-network.js'
import type { SequenceSettings } from './sequence-options.js'
import { type LearntNetwork, learntNetwork } from './train-sequences.js'
import { readSequences, sequenceTensors, type UserSequences } from './user-sequences.js'

/** What a fitted model of sequences holds. */
export interface SequenceState extends FactorState {
  readonly sequences: UserSequences
  /** Null where no sequence has two items. */
  readonly learnt: LearntNetwork | null
  /** [items] 1 for those that were trained by their events */
  readonly trained: Uint8Array
  /** [items] 1 for those whose vector is not 0 */
  readonly isKnown: Uint8Array
  /** Length of the features that `fit` got; 0 without. */
  readonly featureDims: number
  /** [dims, featureDims], where features are projected */
  readonly projection: Matrix | null
  readonly history: TrainingHistory<number> | undefined
}

const NETWORK = 'network.'

/** The items of events, in an order of their ids, and which those are. @throws ERR_ABORTED */
export async function itemsWithEvents(
  { items }: FittedLog,
  sequences: UserSequences,
  order: Int32Array,
  signal: AbortSignal | undefined,
): Promise<{ items: Int32Array; trained: Uint8Array }> {
  const trained = new Uint8Array(items.size)
  await new LoopYielder(signal).over(sequences.items.length, 1 << 14, (begin, end) => {
    for (let n = begin; n < end; n++) trained[sequences.items[n]!] = 1
  })
  return { items: order.filter((row) => trained[row] === 1), trained }
}

/** The state with the factors of these users, or of all, made anew. @throws ERR_ABORTED */
export async function withUserStates(
  state: SequenceState,
  users: Int32Array | null,
  signal: AbortSignal | undefined,
): Promise<SequenceState> {
  const { learnt, sequences, itemFactors, isKnown, log } = state
  if (learnt === null || users?.length === 0) return state
  const rows = users ?? Int32Array.from({ length: log.users.size }, (_, row) => row)
  const historyOf = (n: number) => sequences.items.subarray(sequences.indptr[rows[n]!], sequences.indptr[rows[n]! + 1])
  const states = await learnt.inference.states(rows.length, historyOf, itemFactors, isKnown, signal)
  const userFactors = withRows(state.userFactors, log.users.size)
  await new LoopYielder(signal).over(rows.length, 256, (begin, end) => {
    for (let n = begin; n < end; n++) userFactors.row(rows[n]!).set(states.row(n))
  })
  return { ...state, userFactors }
}

/** Rows of the users who had one of these items, ascending. */
async function usersWithAny(
  { indptr, items }: UserSequences,
  wanted: ReadonlySet<number>,
  signal: AbortSignal | undefined,
): Promise<Int32Array> {
  const found: number[] = []
  await new LoopYielder(signal).over(indptr.length - 1, 256, (begin, end) => {
    for (let user = begin; user < end; user++)
      if (items.subarray(indptr[user], indptr[user + 1]).some((item) => wanted.has(item))) found.push(user)
  })
  return Int32Array.from(found)
}

/**
 * The state with the items of `features` that were not trained placed by them, and users whose histories hold one.
 * @throws ERR_SHAPE, ERR_ABORTED
 */
export async function withPlacedItems(
  given: SequenceState,
  features: Features,
  signal: AbortSignal | undefined,
): Promise<{ state: SequenceState; report: AddItemsReport }> {
  checkFeatureDims('addItems', features, given.featureDims, 'as many as at fit')
  const vectors = await placedVectors(features, given.projection, signal)
  const yielder = new LoopYielder(signal)
  const items = await copyIds(given.log.items, yielder)
  const report: AddItemsReport = { added: 0, replaced: 0, kept: 0 }
  const placed = new Map<number, number>()
  for (let from = 0; from < features.size; from++) {
    const known = items.size
    const row = items.add(features.ids.idAt(from))
    const isTrained = given.trained[row] === 1
    report[isTrained ? 'kept' : row < known ? 'replaced' : 'added']++
    if (!isTrained) placed.set(row, from)
    if (yielder.due) await yielder.yieldToLoop()
  }
  const itemFactors = withRows(given.itemFactors, items.size)
  for (const [row, from] of placed) {
    itemFactors.row(row).set(vectors.row(from))
    if (yielder.due) await yielder.yieldToLoop()
  }
  const trained = new Uint8Array(items.size)
  trained.set(given.trained)
  const isKnown = await knownRows(itemFactors, signal)
  const users = await usersWithAny(given.sequences, new Set(placed.keys()), signal)
  const state = { ...given, log: { ...given.log, items }, itemFactors, trained, isKnown }
  return { state: await withUserStates(state, users, signal), report }
}

/** What is saved of a state; {@link restoredState} reads it. */
export function stateTensors(state: SequenceState): Record<string, Tensor> {
  const { learnt, projection } = state
  const numbers = [...(learnt?.numbers ?? [])].map(([name, data]) => [`${NETWORK}${name}`, vectorTensor(data)])
  return {
    ...sequenceTensors(state.sequences),
    ...Object.fromEntries(numbers),
    ...(projection && { [PROJECTION]: matrixTensor(projection) }),
    'users.factors': matrixTensor(state.userFactors),
    'items.factors': matrixTensor(state.itemFactors),
    'items.trained': vectorTensor(state.trained),
    'features.dims': vectorTensor(Int32Array.of(state.featureDims)),
  }
}

/** @throws ERR_MODEL_FILE, ERR_ABORTED */
export async function restoredState(
  saved: SavedModel,
  network: SequenceNetwork,
  options: SequenceSettings,
): Promise<SequenceState> {
  const { dir, log, tensors, signal } = saved
  const { dims } = options
  const sequences = readSequences(saved)
  const itemFactors = tensors.matrix('items.factors', { rows: log.items.size, cols: dims })
  const [featureDims] = tensors.vector('features.dims', Int32Array, 1)
  const projects = featureDims !== 0 && options.itemVectors !== 'frozen'
  if (featureDims! < 0 || (featureDims !== 0 && !projects && featureDims !== dims))
    throw new KindredError('ERR_MODEL_FILE', `${dir}: its features.dims are ${featureDims}. Save the model again.`)
  const names = [...network.weights.keys()]
  const isLearnt = tensors.has(`${NETWORK}${names[0]}`)
  const numbers = new Map<string, Float32Array>()
  if (isLearnt)
    for (const [name, { shape }] of network.weights) {
      const length = shape.reduce((product, side) => product * side, 1)
      numbers.set(name, tensors.vector(`${NETWORK}${name}`, Float32Array, length))
    }
  return {
    ...{ log, sequences, itemFactors, featureDims: featureDims! },
    userFactors: tensors.matrix('users.factors', { rows: log.users.size, cols: dims }),
    trained: tensors.vector('items.trained', Uint8Array, log.items.size),
    isKnown: await knownRows(itemFactors, signal),
    projection: projects ? tensors.matrix(PROJECTION, { rows: dims, cols: featureDims! }) : null,
    learnt: isLearnt ? await learntNetwork(network, numbers, options, signal) : null,
    history: undefined,
  }
}
