import { csrFromLists } from '../../data/csr.js'
import type { Features } from '../../data/features.js'
import { Matrix } from '../../data/matrix.js'
import type { Tensor } from '../../data/storage/safetensors.js'
import { matrixTensor, vectorTensor } from '../../data/storage/saved-tensors.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr } from '../../native/addon.js'
import { checkOptions } from '../../native/argument-checks.js'
import { KindredError } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { nativeCall } from '../../native/native-call.js'
import { type Capabilities, capabilities } from '../base/capabilities.js'
import { FactorModel, type FactorState, withRows } from '../base/factor-model.js'
import type { FittedLog } from '../base/fitted-log.js'
import { copyIds, type LogUpdate } from '../base/merge-log.js'
import type { SavedModel } from '../base/model-file.js'
import type { AddItemsReport, FitOptions, UpdateOptions } from '../base/recommend-options.js'

/** Items with unit vectors, zero where an item has no features, as `itemFactors`; profiles as `userFactors`. */
interface ContentState extends FactorState {
  /** [items] 1 where the item has features */
  described: Uint8Array
}

/** The state without the profiles of users. */
type DescribedItems = Omit<ContentState, 'userFactors'>

/**
 * Recommends items whose features are similar to those of the user's items: a user's profile is the weighted mean of
 * their items' unit vectors, a score the cosine of profile and item (Pazzani, Billsus 2007, "Content-based
 * recommendation systems", section 10.3). Learns nothing from other users. Items without features score 0 and are left
 * out of profiles. `fit` throws ERR_VALUE without `itemFeatures` and ERR_DATA if no item of the log has features.
 * `userFactors` are the profiles, `itemFactors` the unit vectors [items, dims].
 */
export class ContentBased extends FactorModel {
  /** @internal */
  static override readonly algorithm = 'ContentBased'
  /** There are none. */
  readonly options: Readonly<Record<string, never>> = Object.freeze({})
  /** @internal */
  declare protected state: ContentState | undefined

  /** @throws ERR_VALUE for any option */
  constructor(options: Readonly<Record<string, never>> = {}) {
    super()
    options = checkOptions('ContentBased', options, [])
  }

  override get capabilities(): Capabilities {
    return capabilities('itemFeatures', 'addItems', 'similarItems', 'similarUsers')
  }

  /** Items of the model that have no features, and so can only score 0. @throws ERR_NOT_FITTED */
  get withoutFeatures(): number {
    this.fitted()
    const { described } = this.state!
    return described.reduce((count, flag) => count - flag, described.length)
  }

  /** @internal */
  protected async learn(
    log: FittedLog,
    _byItem: () => Promise<Csr>,
    { itemFeatures, signal, onProgress }: FitOptions,
  ): Promise<ContentState> {
    if (itemFeatures === undefined)
      throw new KindredError('ERR_VALUE', 'ContentBased: expected item features: fit(train, { itemFeatures }).')
    const undescribed: DescribedItems = {
      log,
      itemFactors: new Matrix(log.items.size, itemFeatures.dims),
      described: new Uint8Array(log.items.size),
    }
    const { state, report } = await withItems(undescribed, itemFeatures, signal)
    if (report.replaced === 0)
      throw new KindredError(
        'ERR_DATA',
        `itemFeatures: none of the log's ${log.items.size} items is among the ${itemFeatures.size} with features. Do their ids have the same type?`,
      )
    const learned = await withProfiles(state, signal)
    onProgress?.({ done: 1, total: 1 })
    return learned
  }

  /** @internal */
  protected override async placeItems(features: Features, before: ContentState, signal?: AbortSignal) {
    const { state, report } = await withItems(before, features, signal)
    return { state: await withProfiles(state, signal), report }
  }

  /** @internal */
  protected async learnUpdate({ log }: LogUpdate, { signal }: UpdateOptions): Promise<ContentState> {
    const { itemFactors, described } = this.state!
    const flags = new Uint8Array(log.items.size)
    flags.set(described)
    return withProfiles({ log, itemFactors: withRows(itemFactors, log.items.size), described: flags }, signal)
  }

  /** @internal */
  protected override async vectorsOf(features: Features, signal?: AbortSignal): Promise<Matrix | undefined> {
    return features.dims === this.itemFactors.cols ? unitVectors(features, signal) : undefined
  }

  /** @internal */
  protected tensors(): Record<string, Tensor> {
    const { itemFactors, described } = this.state!
    return { 'items.vectors': matrixTensor(itemFactors), 'items.described': vectorTensor(described) }
  }

  /** @internal */
  protected restored({ log, tensors, signal }: SavedModel): Promise<ContentState> {
    const items = {
      log,
      itemFactors: tensors.matrix('items.vectors', { rows: log.items.size }),
      described: tensors.vector('items.described', Uint8Array, log.items.size),
    }
    return withProfiles(items, signal)
  }

  /** @internal */
  protected historyVector(history: ReadonlyMap<number, number>, signal?: AbortSignal): Promise<Matrix> {
    const { itemFactors } = this.state!
    return profilesOf(csrFromLists([history], itemFactors.rows), itemFactors, signal)
  }
}

guardReceivers(ContentBased)

async function withProfiles(items: DescribedItems, signal?: AbortSignal): Promise<ContentState> {
  const { log, itemFactors } = items
  return { ...items, userFactors: await profilesOf({ ...log.seen, cols: itemFactors.rows }, itemFactors, signal) }
}

/** Unit profiles [histories.rows, dims]: the direction of the weighted sum of the items' vectors. */
async function profilesOf(histories: Csr, vectors: Matrix, signal?: AbortSignal): Promise<Matrix> {
  const sums = await nativeCall(signal, (native, abort) => native.csrMultiply(histories, vectors, abort))
  const profiles = new Matrix(histories.rows, vectors.cols, sums)
  await nativeCall(signal, (native, abort) => native.normalizeRows(profiles, abort))
  return profiles
}

/** [features.size, dims] */
async function unitVectors({ size, dims, matrix }: Features, signal?: AbortSignal): Promise<Matrix> {
  const unit = new Matrix(size, dims, matrix.data.slice())
  await nativeCall(signal, (native, abort) => native.normalizeRows(unit, abort))
  return unit
}

async function withItems(
  state: DescribedItems,
  features: Features,
  signal?: AbortSignal,
): Promise<{ state: DescribedItems; report: AddItemsReport }> {
  if (features.dims !== state.itemFactors.cols)
    throw new KindredError(
      'ERR_SHAPE',
      `features: expected ${state.itemFactors.cols} dimensions, as at fit, but received ${features.dims}.`,
    )
  const unit = await unitVectors(features, signal)
  const yielder = new LoopYielder(signal)
  const items = await copyIds(state.log.items, yielder)
  const known = items.size
  const rows = new Int32Array(features.size)
  for (let i = 0; i < rows.length; i++) {
    rows[i] = items.add(features.ids.idAt(i))
    if (yielder.due) await yielder.yieldToLoop()
  }
  const added = items.size - known
  const report: AddItemsReport = { added, replaced: rows.length - added, kept: 0 }
  const itemFactors = withRows(state.itemFactors, items.size)
  const described = new Uint8Array(items.size)
  described.set(state.described)
  for (let i = 0; i < rows.length; i++) {
    itemFactors.row(rows[i]!).set(unit.row(i))
    described[rows[i]!] = 1
    if (yielder.due) await yielder.yieldToLoop()
  }
  return { state: { log: { ...state.log, items }, itemFactors, described }, report }
}
