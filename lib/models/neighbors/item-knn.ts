import { csrFromLists, rowIndices, rowMap, rowValues, selectRows } from '../../data/csr.js'
import type { IdMap } from '../../data/id-map.js'
import type { Matrix } from '../../data/matrix.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr, TopK } from '../../native/addon.js'
import { checkBoolean, checkOptions } from '../../native/argument-checks.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { type Capabilities, capabilities } from '../base/capabilities.js'
import type { Contributions } from '../base/explanation.js'
import type { FittedLog } from '../base/fitted-log.js'
import { type ListRequest, topOfScores } from '../base/ranked-lists.js'
import { product, productColumn, transpose } from '../base/sparse-products.js'
import { NEIGHBOR_OPTIONS, type NeighborOptions, neighborSettings } from './knn-options.js'
import { NeighborModel } from './neighbor-model.js'

/** Options of {@link ItemKNN}. */
export interface ItemKNNOptions extends NeighborOptions {
  /**
   * Divide the similarities of an item's list by their sum when scoring, so that items with many and similar neighbours
   * have no advantage over those with few: the weighted sum of Sarwar et al. 2001, section 3.2.1, whose denominator is
   * the sum over all neighbours of the item scored, those that the user did not have included. (Deshpande and Karypis
   * 2004 divide by the sum of the list of the item that the user had instead.) {@link ItemKNN.similarItems} tells the
   * similarities themselves. Default false.
   */
  normalize?: boolean
}

/**
 * Item-based neighbourhood collaborative filtering (Sarwar, Karypis, Konstan, Riedl 2001, "Item-based collaborative
 * filtering recommendation algorithms"; Deshpande, Karypis 2004, "Item-based top-N recommendation algorithms"; in the
 * recipe of Ferrari Dacrema, Cremonesi, Jannach 2019, "Are we really making much progress?"). Items are similar when
 * the same users had them; an item's score is the sum, over those of its own neighbours that the user had, of similarity
 * times the interaction's weight in the log (1 where the log has none); `normalize` divides by the sum of the item's
 * similarities.
 *
 * {@link similarItems} lists an item's own neighbours; all other items score 0 and follow by popularity. Of items that
 * tie for the last places of a list, a hash of their ids chooses. Same bits for any number of threads.
 */
export class ItemKNN extends NeighborModel {
  /** @internal */
  static override readonly algorithm = 'ItemKNN'
  /** @internal */
  static override readonly formerOptions = { normalize: false }

  /** The options in force, defaults filled in. */
  readonly options: Readonly<Required<ItemKNNOptions>>

  /** @throws ERR_VALUE naming the option */
  constructor(options: ItemKNNOptions = {}) {
    super()
    options = checkOptions('ItemKNN', options, [...NEIGHBOR_OPTIONS, 'normalize'])
    const normalize = checkBoolean('normalize', options.normalize ?? false)
    this.options = Object.freeze({ ...neighborSettings(options), normalize })
  }

  override get capabilities(): Capabilities {
    return capabilities('similarItems', 'explain')
  }

  /** @internal */
  protected comparedIds(log: FittedLog): IdMap {
    return log.items
  }

  /** @internal */
  protected async compared(byItem: Csr): Promise<Csr> {
    return byItem
  }

  /** @internal [items that a user had, items scored] */
  protected async weightsOf(neighbors: Csr, signal?: AbortSignal): Promise<Csr> {
    return transpose(this.options.normalize ? await normalizedRows(neighbors, signal) : neighbors, signal)
  }

  /** @internal */
  async scoreRows(userRows: Int32Array, signal?: AbortSignal): Promise<Matrix> {
    const { seen } = this.fitted()
    return product(selectRows(seen, userRows), this.state!.weights, signal)
  }

  /** @internal */
  protected async scoreHistory(history: ReadonlyMap<number, number>, signal?: AbortSignal): Promise<Matrix> {
    return product(csrFromLists([history], this.items.size), this.state!.weights, signal)
  }

  /** @internal */
  protected override userScores(itemRow: number, signal?: AbortSignal): Promise<Float32Array> {
    const { log, weights } = this.state!
    return productColumn(log.seen, weights, itemRow, signal)
  }

  /** @internal */
  protected override async contributions(userRow: number, itemRow: number): Promise<Contributions> {
    const { log, neighbors } = this.state!
    const similarities = rowMap(neighbors, itemRow)
    const divisor = (this.options.normalize && sumOf(rowValues(neighbors, itemRow))) || 1
    const rows = rowIndices(log.seen, userRow)
    const weights = rowValues(log.seen, userRow)
    const values = Float64Array.from(
      rows,
      (row, n) => weights[n]! * Math.fround((similarities.get(row) ?? 0) / divisor),
    )
    return { from: 'item', rows, values }
  }

  /** @internal */
  protected override similarRows(row: number, request: ListRequest): Promise<TopK> {
    return topOfScores(this.neighborScores(row), request)
  }
}

guardReceivers(ItemKNN)

const sumOf = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0)

/** A copy whose rows, of numbers above 0, each sum to 1. */
async function normalizedRows(csr: Csr, signal?: AbortSignal): Promise<Csr> {
  const values = csr.values!.slice()
  await new LoopYielder(signal).over(csr.rows, 1 << 8, (begin, end) => {
    for (let row = begin; row < end; row++) {
      const own = values.subarray(csr.indptr[row], csr.indptr[row + 1])
      const sum = sumOf(own)
      for (let n = 0; n < own.length; n++) own[n]! /= sum
    }
  })
  return { ...csr, values }
}
