import { rowIndices, rowValues } from '../../data/csr.js'
import type { IdMap } from '../../data/id-map.js'
import { Matrix } from '../../data/matrix.js'
import type { Tensor } from '../../data/storage/safetensors.js'
import type { Csr } from '../../native/addon.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { BaseRecommender } from '../base/base-recommender.js'
import type { Evidence } from '../base/evidence.js'
import type { FittedLog, FittedState } from '../base/fitted-log.js'
import type { LogUpdate } from '../base/merge-log.js'
import { csrTensors, readCsr, type SavedModel } from '../base/model-file.js'
import type { FitOptions, UpdateOptions } from '../base/recommend-options.js'
import { transpose } from '../base/sparse-products.js'
import { warnIfCanceled } from './canceled-weighting.js'
import { nearestRows, weighted } from './knn-kernels.js'
import type { NeighborSettings } from './knn-options.js'

/** What a fitted model holds. n: items (ItemKNN) or users (UserKNN). */
export interface NeighborState extends FittedState {
  /** [n, n] each row's own list: its most similar others and their similarities */
  neighbors: Csr
  /** [n, n] what is made of the lists to score with */
  weights: Csr
}

/**
 * What ItemKNN and UserKNN share: learning and storing the neighbour lists. {@link update} learns all lists anew, which
 * costs what `fit` does: one interaction changes the norms, and so every similarity, of its item and user. The model then
 * is what `fit` gives for the whole log.
 */
export abstract class NeighborModel extends BaseRecommender {
  /** The options in force, defaults filled in. */
  abstract override readonly options: Readonly<NeighborSettings>
  /** @internal */
  declare protected state: NeighborState | undefined

  /** @internal */
  protected override get evidence(): Evidence {
    return 'positive'
  }

  /** @internal What is compared, as rows, from a log [items, users]. */
  protected abstract compared(byItem: Csr, signal?: AbortSignal): Promise<Csr>

  /** @internal The ids of the rows that are compared. */
  protected abstract comparedIds(log: FittedLog): IdMap
  /** @internal What scores are made with, from the lists [n, n]. */
  protected abstract weightsOf(neighbors: Csr, signal?: AbortSignal): Promise<Csr>

  /** @internal */
  protected async learn(log: FittedLog, byItem: () => Promise<Csr>, options: FitOptions): Promise<NeighborState> {
    const { signal, onProgress } = options
    const plain = await byItem()
    const rows = await this.rowsOf(plain, signal)
    const state = await this.stateOf(log, rows, signal)
    if (this.options.weighting !== 'none')
      await warnIfCanceled(this.algorithm, await this.compared(plain, signal), rows, this.options, signal)
    onProgress?.({ done: 1, total: 1 })
    return state
  }

  /** @internal */
  protected async learnUpdate({ log }: LogUpdate, { signal }: UpdateOptions): Promise<NeighborState> {
    return this.stateOf(log, await this.rowsOf(await transpose(log.seen, signal), signal), signal)
  }

  /** @internal The rows that similarities are taken of. */
  protected async rowsOf(byItem: Csr, signal?: AbortSignal): Promise<Csr> {
    return this.compared(await weighted(byItem, this.options, signal), signal)
  }

  /** @internal */
  protected async stateOf(log: FittedLog, rows: Csr, signal?: AbortSignal): Promise<NeighborState> {
    const neighbors = await nearestRows(rows, this.comparedIds(log), this.options, signal)
    return { log, neighbors, weights: await this.weightsOf(neighbors, signal) }
  }

  /** @internal */
  protected tensors(): Record<string, Tensor> {
    return csrTensors('neighbors', this.state!.neighbors)
  }

  /** @internal */
  protected async restored({ dir, log, tensors, signal }: SavedModel): Promise<NeighborState> {
    const n = this.comparedIds(log).size
    const neighbors = await readCsr(dir, tensors, 'neighbors', n, n, signal)
    return { log, neighbors, weights: await this.weightsOf(neighbors, signal) }
  }

  /** @internal The similarities [1, n] of a row to its own neighbours, 0 of all others. */
  protected neighborScores(row: number): Matrix {
    const { neighbors } = this.state!
    const scores = new Matrix(1, neighbors.cols)
    const similarities = rowValues(neighbors, row)
    rowIndices(neighbors, row).forEach((other, n) => {
      scores.data[other] = similarities[n]!
    })
    return scores
  }
}

guardReceivers(NeighborModel)
