import type { Features } from '../../data/features.js'
import type { Interactions } from '../../data/log/interactions.js'
import type { Csr } from '../../native/addon.js'
import { KindredError } from '../../native/errors.js'
import { BaseRecommender, type FittedLog } from '../base/base-recommender.js'
import { checkFit, checkUpdate } from '../base/check-fit.js'
import { mergeLog } from '../base/merge-log.js'
import { csrTensors, readCsr, type SavedModel, saveModel } from '../base/model-file.js'
import type { AddItemsReport, FitOptions } from '../base/recommender.js'
import { nearestRows, transpose, weighted } from './knn-kernels.js'
import { type NeighborOptions, type NeighborSettings, neighborSettings } from './knn-options.js'

/** What a fitted model holds; replaced as a whole. n: items (ItemKNN) or users (UserKNN). */
export interface NeighborState {
  log: FittedLog
  /** [n, n] each row's own list: its most similar others and their similarities */
  neighbors: Csr
  /** [n, n] its transpose: for whom each row is a neighbour */
  neighborOf: Csr
}

/** What ItemKNN and UserKNN share: learning, keeping and storing the neighbour lists. */
export abstract class NeighborModel extends BaseRecommender {
  /** The options in force, defaults filled in. */
  readonly options: Readonly<NeighborSettings>
  protected state: NeighborState | undefined
  readonly #name: string

  constructor(name: string, options: NeighborOptions) {
    super()
    this.#name = name
    this.options = Object.freeze(neighborSettings(name, options))
  }

  /** What is compared, as rows, from the weighted log [items, users]. */
  protected abstract compared(byItem: Csr, signal?: AbortSignal): Promise<Csr>

  /** Replaces the state. */
  protected set(state: NeighborState): void {
    this.state = state
    this.log = state.log
  }

  async fit(train: Interactions, options: FitOptions = {}): Promise<this> {
    checkFit(train, options)
    if (options.itemFeatures) throw this.unsupported('item features')
    const { signal } = options
    const before = this.log
    const log: FittedLog = { users: train.users, items: train.items, seen: await train.byUser(signal) }
    await this.#learn(before, log, await train.byItem(signal), signal)
    options.onProgress?.({ done: 1, total: 1 })
    return this
  }

  /**
   * Takes the interactions in and learns all lists anew, which costs what `fit` does: one interaction changes the norms,
   * and so every similarity, of its item and user. The model then is what `fit` gives for the whole log.
   */
  async update(interactions: Interactions, options: { signal?: AbortSignal } = {}): Promise<void> {
    checkUpdate(interactions, options)
    const before = this.fitted()
    if (interactions.size === 0) return
    const { users, items, seen } = await mergeLog(before, interactions, options.signal)
    await this.#learn(before, { users, items, seen }, await transpose(seen, options.signal), options.signal)
  }

  /** @throws ERR_NOT_SUPPORTED */
  async addItems(_features: Features): Promise<AddItemsReport> {
    throw this.unsupported('item features')
  }

  async save(dir: string): Promise<void> {
    this.fitted()
    const { log, neighbors } = this.state!
    await saveModel(dir, log, {
      algorithm: this.#name,
      options: { ...this.options },
      tensors: csrTensors('neighbors', neighbors),
    })
  }

  /** Takes the state of a saved model, `n` rows of neighbours. */
  protected async restoreState({ dir, log, tensors }: SavedModel, n: number): Promise<this> {
    const neighbors = await readCsr(dir, tensors, 'neighbors', n, n)
    this.set({ log, neighbors, neighborOf: await transpose(neighbors) })
    return this
  }

  protected unsupported(what: string): KindredError {
    return new KindredError('ERR_NOT_SUPPORTED', `${this.#name}: learns from behaviour and knows nothing of ${what}.`)
  }

  /** @param before the log that the model held when the call began */
  async #learn(before: FittedLog | undefined, log: FittedLog, byItem: Csr, signal?: AbortSignal): Promise<void> {
    const rows = await this.compared(await weighted(byItem, this.options, signal), signal)
    const neighbors = await nearestRows(rows, this.options, signal)
    const neighborOf = await transpose(neighbors, signal)
    this.checkUnchanged(before)
    this.set({ log, neighbors, neighborOf })
  }
}
