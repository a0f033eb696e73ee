import { Matrix } from '../../data/matrix.js'
import { createRandom } from '../../data/random.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { Graph } from '../../nn/graph/graph.js'
import { Program } from '../../nn/graph/program.js'
import { gatherRows } from '../../nn/ops/layers/gather.js'
import { concatRows } from '../../nn/ops/layers/parts.js'
import { fitNetwork } from '../../nn/train/fit-network.js'
import type { TrainingHistory } from '../../nn/train/history.js'
import type { NetworkSettings } from '../../nn/train/network-options.js'
import { Weights } from '../../nn/weights.js'
import type { FittedLog } from '../base/fitted-log.js'
import { type HeldOutLists, heldOutContent } from '../base/held-out-lists.js'
import { ndcgOf } from './held-out-items.js'
import { type ItemTable, PROJECTION } from './item-table.js'
import { knownRows, SequenceInference } from './sequence-inference.js'
import { negativesOf, sequenceLoss } from './sequence-loss.js'
import { beginOf, placesOfSequences, type SequenceNetwork } from './sequence-network.js'
import type { NegativesOptions, SequenceSettings } from './sequence-options.js'
import { maskedBatch, nextItemBatch, type TrainingWindows } from './training-windows.js'
import type { UserSequences } from './user-sequences.js'

/** Vectors that begin a masked token, beside those of items. */
const MASK = 'mask'

/** What a network learns from, and how. */
export interface SequenceTraining {
  readonly network: SequenceNetwork
  readonly table: ItemTable
  /** Rows of the items in the table, of `log`. */
  readonly itemRows: Int32Array
  readonly windows: TrainingWindows
  readonly options: SequenceSettings
  readonly loss: Readonly<Required<NegativesOptions>>
  /** Of networks that are masked. */
  readonly masking: { readonly share: number; readonly lastOnly: number }
  readonly settings: NetworkSettings
  readonly log: FittedLog
  readonly sequences: UserSequences
  readonly heldOut: HeldOutLists | undefined
}

/** A network that is trained. */
export interface LearntNetwork {
  /** Its weights by name. */
  readonly numbers: ReadonlyMap<string, Float32Array>
  readonly inference: SequenceInference
}

/** What a training gives. */
export interface TrainedSequences {
  readonly network: LearntNetwork
  /** [items, dims], 0 for items that are not in the table */
  readonly itemFactors: Matrix
  /** [dims, feature dims], where features are projected */
  readonly projection: Matrix | null
  readonly history: TrainingHistory<number>
}

/** What is inferred with weights that are being trained, as they are when it is asked. */
async function inferenceOf(
  network: SequenceNetwork,
  weights: Weights,
  options: SequenceSettings,
): Promise<SequenceInference> {
  return new SequenceInference(network, weights, options, network.isMasked ? await weights.read(MASK) : null)
}

/** A network with these weights, of the shapes that it names. @throws ERR_OUT_OF_MEMORY, ERR_ABORTED */
export async function learntNetwork(
  network: SequenceNetwork,
  numbers: ReadonlyMap<string, Float32Array>,
  options: SequenceSettings,
  signal: AbortSignal | undefined,
): Promise<LearntNetwork> {
  const weights = new Weights()
  for (const [name, { shape }] of network.weights) {
    weights.declare(name, shape)
    await weights.write(name, numbers.get(name)!, { signal })
  }
  return { numbers, inference: await inferenceOf(network, weights, options) }
}

/** Declares the weights of a training and gives them the numbers that they begin with. @throws ERR_OUT_OF_MEMORY, ERR_ABORTED */
async function beginning({ network, table, options, settings }: SequenceTraining): Promise<Weights> {
  const weights = new Weights()
  const { signal } = settings
  const random = createRandom(options.seed)
  const yielder = new LoopYielder(signal)
  for (const [name, weight] of [...network.weights, ...table.weights]) {
    weights.declare(name, weight.shape)
    await weights.write(name, table.given.get(name) ?? beginOf(weight, random), { signal })
    await yielder.yieldToLoop()
  }
  return weights
}

/** Gives the vectors of items, as they are now, in the order of the log. */
function vectorsOf(weights: Weights, { table, itemRows, options, log, settings }: SequenceTraining) {
  const graph = new Graph(weights)
  const program = new Program(graph, [table.record(graph)])
  return async (): Promise<Matrix> => {
    const { signal } = settings
    const [numbers] = await program.run({}, {}, { signal })
    const made = new Matrix(itemRows.length, options.dims, numbers as Float32Array)
    const out = new Matrix(log.items.size, options.dims)
    await new LoopYielder(signal).over(itemRows.length, 256, (begin, end) => {
      for (let place = begin; place < end; place++) out.row(itemRows[place]!).set(made.row(place))
    })
    return out
  }
}

/** The loss of a batch in a graph, while training. */
function lossOf(graph: Graph, { network, table, loss }: SequenceTraining) {
  const places = placesOfSequences(graph)
  const vectors = table.record(graph)
  const known = network.isMasked ? concatRows([vectors, graph.parameter(MASK)]) : vectors
  const x = gatherRows(known, graph.input('ids', [places.tokens], 'i32'))
  const value = sequenceLoss(graph, network.states(graph, x, places, true), vectors, loss)
  return { objective: value, told: value }
}

/**
 * The seed of the random numbers of a batch. What the seed of a training has beyond 31 bits goes first: a sum beyond 2^53 is
 * rounded, and batches one after the other would draw the same.
 */
export function seedOfDraw(seed: number, draw: number): number {
  return (((seed * 2 ** 22) % 2 ** 53) + draw) % 2 ** 53
}

/** What a batch is made of; random numbers are drawn by its number. */
function batches({ network, windows, loss, masking, itemRows, settings }: SequenceTraining) {
  const items = itemRows.length
  return (chosen: Int32Array, draw: number) => {
    const random = createRandom(seedOfDraw(settings.seed, draw))
    if (network.isMasked)
      return maskedBatch(
        windows,
        chosen,
        { ...masking, mask: items, firstPosition: (n) => network.firstPosition(n) },
        random,
      )
    const { inputs, sizes, terms } = nextItemBatch(windows, chosen)
    if (loss.loss === 'softmax') return { inputs, sizes, terms }
    const count = negativesOf(loss, items)
    const negatives = Int32Array.from({ length: count }, () => random.integer(items))
    return { inputs: { ...inputs, negatives }, sizes, terms }
  }
}

/** Trains a network on windows of sequences. @throws ERR_NOT_FINITE, ERR_VALUE, ERR_MODEL_FILE, ERR_IO, ERR_ABORTED */
export async function trainSequences(training: SequenceTraining): Promise<TrainedSequences> {
  const { network, table, options, loss, masking, settings, windows, log, sequences, heldOut } = training
  const { signal } = settings
  const weights = await beginning(training)
  try {
    const vectors = vectorsOf(weights, training)
    const all = weights.names
    const judge =
      heldOut &&
      (async () => {
        const items = await vectors()
        const own = await inferenceOf(network, weights, options)
        const historyOf = (n: number) => {
          const user = heldOut.users[n]!
          return sequences.items.subarray(sequences.indptr[user], sequences.indptr[user + 1])
        }
        const states = await own.states(heldOut.users.length, historyOf, items, await knownRows(items, signal), signal)
        const judged = await ndcgOf(heldOut, states, items, log, signal)
        return { judged, score: judged }
      })
    const history = await fitNetwork<number>(
      {
        settings,
        samples: windows.begins.length,
        options: { ...options, ...loss, ...(network.isMasked && masking) },
        data: [windows.items, windows.begins, windows.ends, heldOut && heldOutContent(heldOut)],
        batch: batches(training),
        validate: judge,
      },
      {
        weights,
        trained: all.filter((name) => !table.given.has(name)),
        all,
        others: [],
        learningRateFactor: () => 1,
        record: (graph) => lossOf(graph, training),
      },
    )
    const itemFactors = await vectors()
    const projected = weights.has(PROJECTION) ? await weights.read(PROJECTION, { signal }) : null
    const numbers = new Map<string, Float32Array>()
    for (const name of network.weights.keys()) numbers.set(name, await weights.read(name, { signal }))
    return {
      network: await learntNetwork(network, numbers, options, signal),
      itemFactors,
      projection: projected && new Matrix(options.dims, projected.length / options.dims, projected),
      history,
    }
  } finally {
    weights.dispose()
  }
}
