import { csrFromLists, rowIndices, rowMap, rowValues, selectRows } from '../../data/csr.js'
import type { Matrix } from '../../data/matrix.js'
import type { Csr, TopK } from '../../native/addon.js'
import { type Capabilities, capabilities } from '../base/capabilities.js'
import type { Contributions } from '../base/explanation.js'
import type { FittedLog } from '../base/fitted-log.js'
import { type ListRequest, topOfScores } from '../base/ranked-lists.js'
import { product, productColumn } from '../base/sparse-products.js'
import type { NeighborOptions } from './knn-options.js'
import { NeighborModel } from './neighbor-model.js'

/**
 * Item-based neighbourhood collaborative filtering (Sarwar, Karypis, Konstan, Riedl 2001, "Item-based collaborative
 * filtering recommendation algorithms"; Deshpande, Karypis 2004, "Item-based top-N recommendation algorithms"; in the
 * recipe of Ferrari Dacrema, Cremonesi, Jannach 2019, "Are we really making much progress?"). Items are similar when
 * the same users had them; an item's score is the sum, over those of its own neighbours that the user had, of similarity
 * times the interaction's weight in the log (1 where the log has none).
 *
 * {@link similarItems} lists an item's own neighbours; all other items score 0 and follow by popularity.
 * Same bits for any number of threads.
 */
export class ItemKNN extends NeighborModel {
  /** @internal */
  static override readonly algorithm = 'ItemKNN'

  /** @throws ERR_VALUE naming the option */
  constructor(options: NeighborOptions = {}) {
    super('ItemKNN', options)
  }

  override get capabilities(): Capabilities {
    return capabilities('similarItems', 'explain')
  }

  /** @internal */
  protected comparedIds(log: FittedLog): number {
    return log.items.size
  }

  /** @internal */
  protected async compared(byItem: Csr): Promise<Csr> {
    return byItem
  }

  /** @internal */
  async scoreRows(userRows: Int32Array, signal?: AbortSignal): Promise<Matrix> {
    const { seen } = this.fitted()
    return product(selectRows(seen, userRows), this.state!.neighborOf, signal)
  }

  /** @internal */
  protected async scoreHistory(history: ReadonlyMap<number, number>, signal?: AbortSignal): Promise<Matrix> {
    return product(csrFromLists([history], this.items.size), this.state!.neighborOf, signal)
  }

  /** @internal */
  protected override userScores(itemRow: number, signal?: AbortSignal): Promise<Float32Array> {
    const { log, neighborOf } = this.state!
    return productColumn(log.seen, neighborOf, itemRow, signal)
  }

  /** @internal */
  protected override async contributions(userRow: number, itemRow: number): Promise<Contributions> {
    const { log, neighbors } = this.state!
    const similarities = rowMap(neighbors, itemRow)
    const rows = rowIndices(log.seen, userRow)
    const weights = rowValues(log.seen, userRow)
    const values = Float64Array.from(rows, (row, n) => weights[n]! * (similarities.get(row) ?? 0))
    return { from: 'item', rows, values }
  }

  /** @internal */
  protected override similarRows(row: number, request: ListRequest): Promise<TopK> {
    return topOfScores(this.neighborScores(row), request)
  }
}
