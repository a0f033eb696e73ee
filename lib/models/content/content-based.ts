import { csrFromLists } from '../../data/csr.js'
import type { Features } from '../../data/features.js'
import type { Interactions } from '../../data/log/interactions.js'
import { Matrix } from '../../data/matrix.js'
import { matrixTensor, vectorTensor } from '../../data/storage/saved-tensors.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr } from '../../native/addon.js'
import { KindredError } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'
import type { FittedLog } from '../base/base-recommender.js'
import { checkFeatures, checkFit, checkUpdate } from '../base/check-fit.js'
import { FactorModel, withRows } from '../base/factor-model.js'
import { copyIds, mergeLog } from '../base/merge-log.js'
import { type SavedModel, saveModel } from '../base/model-file.js'
import type { AddItemsReport, FitOptions } from '../base/recommender.js'

interface ContentState {
  log: FittedLog
  /** [items, dims] unit vectors; zero where an item has no features */
  vectors: Matrix
  /** [items] 1 where the item has features */
  described: Uint8Array
}

/**
 * Recommends what reads like the things a user had: a user's profile is the weighted mean of their items' unit vectors,
 * a score the cosine of profile and item (Pazzani, Billsus 2007, "Content-based recommendation systems", section
 * 10.3). Knows nothing of other users. Items without features score 0 and leave profiles alone.
 */
export class ContentBased extends FactorModel {
  #state: ContentState | undefined

  /** Items of the model that have no features, and so can only score 0. @throws ERR_NOT_FITTED */
  get withoutFeatures(): number {
    this.fitted()
    return this.#state!.described.reduce((count, flag) => count - flag, this.#state!.described.length)
  }

  /** @throws ERR_VALUE without `itemFeatures`, ERR_DATA if no item of the log has features */
  async fit(train: Interactions, options: FitOptions = {}): Promise<this> {
    checkFit(train, options)
    const { itemFeatures, signal } = options
    const before = this.log
    if (itemFeatures === undefined)
      throw new KindredError('ERR_VALUE', 'ContentBased: expected item features: fit(train, { itemFeatures }).')
    const log: FittedLog = { users: train.users, items: train.items, seen: await train.byUser(signal) }
    const nothing: ContentState = {
      log,
      vectors: new Matrix(log.items.size, itemFeatures.dims),
      described: new Uint8Array(log.items.size),
    }
    const { state, report } = await withItems(nothing, itemFeatures, signal)
    if (report.replaced === 0)
      throw new KindredError(
        'ERR_DATA',
        `itemFeatures: none of the log's ${train.items.size} items is among the ${itemFeatures.size} with features. Do their ids have the same type?`,
      )
    await this.#set(before, state, signal)
    options.onProgress?.({ done: 1, total: 1 })
    return this
  }

  async addItems(features: Features): Promise<AddItemsReport> {
    const before = this.fitted()
    checkFeatures('addItems', features)
    const { state, report } = await withItems(this.#state!, features)
    await this.#set(before, state)
    return report
  }

  async update(interactions: Interactions, options: { signal?: AbortSignal } = {}): Promise<void> {
    checkUpdate(interactions, options)
    const before = this.fitted()
    const { vectors, described } = this.#state!
    const log = await mergeLog(before, interactions, options.signal)
    const flags = new Uint8Array(log.items.size)
    flags.set(described)
    await this.#set(before, { log, vectors: withRows(vectors, log.items.size), described: flags }, options.signal)
  }

  async save(dir: string): Promise<void> {
    this.fitted()
    const { log, vectors, described } = this.#state!
    const tensors = { 'items.vectors': matrixTensor(vectors), 'items.described': vectorTensor(described) }
    await saveModel(dir, log, { algorithm: 'ContentBased', options: {}, tensors })
  }

  /** @internal */
  static async restore({ log, tensors }: SavedModel): Promise<ContentBased> {
    const model = new ContentBased()
    await model.#set(undefined, {
      log,
      vectors: tensors.matrix('items.vectors', { rows: log.items.size }),
      described: tensors.vector('items.described', Uint8Array, log.items.size),
    })
    return model
  }

  protected historyVector(history: ReadonlyMap<number, number>, signal?: AbortSignal): Promise<Matrix> {
    return profilesOf(csrFromLists([history], this.#state!.vectors.rows), this.#state!.vectors, signal)
  }

  /** @param before the log from which the new state was made */
  async #set(before: FittedLog | undefined, state: ContentState, signal?: AbortSignal): Promise<void> {
    const { log, vectors } = state
    const profiles = await profilesOf({ ...log.seen, cols: vectors.rows }, vectors, signal)
    this.checkUnchanged(before)
    this.userMatrix = profiles
    this.#state = state
    this.log = log
    this.itemMatrix = vectors
  }
}

/** Unit profiles [histories.rows, dims]: the direction of the weighted sum of the items' vectors. */
async function profilesOf(histories: Csr, vectors: Matrix, signal?: AbortSignal): Promise<Matrix> {
  const sums = await nativeCall(signal, (native, abort) => native.csrMultiply(histories, vectors, abort))
  const profiles = new Matrix(histories.rows, vectors.cols, sums)
  await nativeCall(signal, (native, abort) => native.normalizeRows(profiles, abort))
  return profiles
}

async function withItems(
  state: ContentState,
  features: Features,
  signal?: AbortSignal,
): Promise<{ state: ContentState; report: AddItemsReport }> {
  if (features.dims !== state.vectors.cols)
    throw new KindredError(
      'ERR_SHAPE',
      `features: expected ${state.vectors.cols} dimensions, as at fit, but received ${features.dims}.`,
    )
  const unit = new Matrix(features.size, features.dims, features.matrix.data.slice())
  await nativeCall(signal, (native, abort) => native.normalizeRows(unit, abort))
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
  const vectors = withRows(state.vectors, items.size)
  const described = new Uint8Array(items.size)
  described.set(state.described)
  for (let i = 0; i < rows.length; i++) {
    vectors.row(rows[i]!).set(unit.row(i))
    described[rows[i]!] = 1
    if (yielder.due) await yielder.yieldToLoop()
  }
  return { state: { log: { ...state.log, items }, vectors, described }, report }
}
