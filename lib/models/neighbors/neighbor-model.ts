import { rowIndices, rowValues } from '../../data/csr.js'
import { Matrix } from '../../data/matrix.js'
import type { Tensor } from '../../data/storage/safetensors.js'
import type { Csr } from '../../native/addon.js'
import { BaseRecommender } from '../base/base-recommender.js'
import type { Evidence } from '../base/evidence.js'
import type { FittedLog, FittedState } from '../base/fitted-log.js'
import type { LogUpdate } from '../base/merge-log.js'
import { csrTensors, readCsr, type SavedModel } from '../base/model-file.js'
import type { FitOptions, UpdateOptions } from '../base/recommend-options.js'
import { transpose } from '../base/sparse-products.js'
import { nearestRows, weighted } from './knn-kernels.js'
import { type NeighborOptions, neighborSettings } from './knn-options.js'

/** What a fitted model holds. n: items (ItemKNN) or users (UserKNN). */
export interface NeighborState extends FittedState {
  /** [n, n] each row's own list: its most similar others and their similarities */
  neighbors: Csr
  /** [n, n] its transpose: for whom each row is a neighbour */
  neighborOf: Csr
}

/**
 * What ItemKNN and UserKNN share: learning and storing the neighbour lists. {@link update} learns all lists anew, which
 * costs what `fit` does: one interaction changes the norms, and so every similarity, of its item and user. The model then
 * is what `fit` gives for the whole log.
 */
export abstract class NeighborModel extends BaseRecommender {
  /** The options in force, defaults filled in. */
  readonly options: Readonly<Required<NeighborOptions>>
  /** @internal */
  declare protected state: NeighborState | undefined

  /** @internal */
  constructor(algorithm: string, options: NeighborOptions) {
    super()
    this.options = Object.freeze(neighborSettings(algorithm, options))
  }

  /** @internal */
  protected override get evidence(): Evidence {
    return 'positive'
  }

  /** @internal What is compared, as rows, from the weighted log [items, users]. */
  protected abstract compared(byItem: Csr, signal?: AbortSignal): Promise<Csr>

  /** @internal */
  protected async learn(log: FittedLog, byItem: () => Promise<Csr>, options: FitOptions): Promise<NeighborState> {
    const { signal, onProgress } = options
    const rows = await this.compared(await weighted(await byItem(), this.options, signal), signal)
    const neighbors = await nearestRows(rows, this.options, signal)
    const neighborOf = await transpose(neighbors, signal)
    onProgress?.({ done: 1, total: 1 })
    return { log, neighbors, neighborOf }
  }

  /** @internal */
  protected learnUpdate({ log }: LogUpdate, options: UpdateOptions): Promise<NeighborState> {
    return this.learn(log, () => transpose(log.seen, options.signal), options)
  }

  /** @internal */
  protected tensors(): Record<string, Tensor> {
    return csrTensors('neighbors', this.state!.neighbors)
  }

  /** @internal */
  protected async restored({ dir, log, tensors, signal }: SavedModel): Promise<NeighborState> {
    const n = this.comparedIds(log)
    const neighbors = await readCsr(dir, tensors, 'neighbors', n, n, signal)
    return { log, neighbors, neighborOf: await transpose(neighbors) }
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

  /** @internal How many items or users are compared. */
  protected abstract comparedIds(log: FittedLog): number
}
