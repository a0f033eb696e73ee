import { csrFromLists, rowIndices, rowMap, rowValues, selectRows } from '../../data/csr.js'
import type { Matrix } from '../../data/matrix.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr, TopK } from '../../native/addon.js'
import type { Contributions } from '../base/base-recommender.js'
import type { SavedModel } from '../base/model-file.js'
import { lengthNorms, sparseProduct, transpose, weighted } from './knn-kernels.js'
import type { NeighborOptions } from './knn-options.js'
import { NeighborModel, type NeighborState } from './neighbor-model.js'

/** What finds the neighbours of a user who is in no log. */
interface UserSimilarityIndex {
  /** [items, users] as similarities see it */
  byItem: Csr
  /** [items], for BM25 */
  norms: Float64Array
  /** [users] norms (cosine) or numbers of items (jaccard) */
  sizes: Float64Array
  /** [users] the similarity that is to be exceeded to enter a user's own list */
  least: Float64Array
}

/**
 * User-based neighbourhood collaborative filtering (Herlocker, Konstan, Borchers, Riedl 1999, "An algorithmic framework
 * for performing collaborative filtering"; in the recipe of Ferrari Dacrema, Cremonesi, Jannach 2019, "Are we really
 * making much progress?"). Users are alike when they had the same items; what user v had, with its
 * weights in the log (1 where the log has none), counts for u, by the similarity of the two, when u is among v's own `neighbors`
 * nearest. Someone in no log ({@link recommendFor}) hears the users in whose lists they would stand.
 *
 * Neighbours of items are not kept: {@link similarItems} throws ERR_NOT_SUPPORTED; ItemKNN has them. Same bits for any
 * number of threads.
 */
export class UserKNN extends NeighborModel {
  #similarityIndex: Promise<UserSimilarityIndex> | undefined

  /** @throws ERR_VALUE naming the option */
  constructor(options: NeighborOptions = {}) {
    super('UserKNN', options)
  }

  /** @internal */
  static restore(saved: SavedModel): Promise<UserKNN> {
    return new UserKNN(saved.options as NeighborOptions).restoreState(saved, saved.log.users.size)
  }

  protected override set(state: NeighborState): void {
    super.set(state)
    this.#similarityIndex = undefined
  }

  protected compared(byItem: Csr, signal?: AbortSignal): Promise<Csr> {
    return transpose(byItem, signal)
  }

  async scoreRows(userRows: Int32Array, signal?: AbortSignal): Promise<Matrix> {
    const { seen } = this.fitted()
    return sparseProduct(selectRows(this.state!.neighborOf, userRows), seen, signal)
  }

  protected async scoreHistory(history: ReadonlyMap<number, number>, signal?: AbortSignal): Promise<Matrix> {
    const { log } = this.state!
    this.#similarityIndex ??= this.#makeSimilarityIndex(this.state!)
    const weights = await this.#weightsFor(history, await this.#similarityIndex, signal)
    return sparseProduct(csrFromLists([weights], log.users.size), log.seen, signal)
  }

  protected override async contributions(userRow: number, itemRow: number): Promise<Contributions> {
    const { log, neighborOf } = this.state!
    const rows = rowIndices(neighborOf, userRow)
    const similarities = rowValues(neighborOf, userRow)
    const weightOf = (user: number) => rowMap(log.seen, user).get(itemRow) ?? 0
    const values = Float64Array.from(rows, (user, n) => similarities[n]! * weightOf(user))
    return { from: 'user', rows, values }
  }

  /** @throws ERR_NOT_SUPPORTED */
  protected async similarRows(): Promise<TopK> {
    throw this.unsupported('similar items; ItemKNN keeps them')
  }

  async #makeSimilarityIndex({ log, neighbors }: NeighborState): Promise<UserSimilarityIndex> {
    const plain = await transpose(log.seen)
    const norms = await lengthNorms(plain)
    const byItem = await weighted(plain, this.options, undefined, norms)
    const yielder = new LoopYielder()
    const least = new Float64Array(neighbors.rows)
    await yielder.over(least.length, 1 << 8, (begin, end) => {
      for (let user = begin; user < end; user++) {
        const list = rowValues(neighbors, user)
        least[user] = list.length < this.options.neighbors ? 0 : list.reduce((a, b) => Math.min(a, b))
      }
    })
    const squares = new Float64Array(byItem.cols)
    await yielder.over(byItem.indices.length, 1 << 16, (begin, end) => {
      for (let n = begin; n < end; n++) squares[byItem.indices[n]!]! += this.#squareOf(byItem.values![n]!)
    })
    return { byItem, norms, least, sizes: squares.map((square) => this.#sizeOf(square)) }
  }

  /** What one interaction adds to a user's size: its square to the squared norm (cosine), 1 to the count (jaccard). */
  #squareOf(weight: number): number {
    return this.options.similarity === 'cosine' ? weight * weight : 1
  }

  #sizeOf(squares: number): number {
    return this.options.similarity === 'cosine' ? Math.sqrt(squares) : squares
  }

  /** User row -> similarity, of those who would have the history's owner among their own neighbours. */
  async #weightsFor(
    history: ReadonlyMap<number, number>,
    { byItem, norms, sizes, least }: UserSimilarityIndex,
    signal?: AbortSignal,
  ): Promise<Map<number, number>> {
    const weights = new Map<number, number>()
    if (history.size === 0) return weights
    const { similarity, shrinkage } = this.options
    const cosine = similarity === 'cosine'
    const column = await transpose(csrFromLists([history], byItem.rows), signal)
    const { values } = await weighted(column, this.options, signal, norms)
    const own = await transpose({ ...column, values }, signal)
    const pattern = (csr: Csr): Csr => (cosine ? csr : { ...csr, values: null })
    const dots = await sparseProduct(pattern(own), pattern(byItem), signal)
    const size = this.#sizeOf(values!.reduce((sum, weight) => sum + this.#squareOf(weight), 0))
    for (let user = 0; user < sizes.length; user++) {
      const dot = dots.data[user]!
      if (!(dot > 0)) continue
      const denominator = cosine ? size * sizes[user]! : size + sizes[user]! - dot
      const weight = Math.fround(dot / (denominator + shrinkage))
      if (weight > least[user]!) weights.set(user, weight)
    }
    return weights
  }
}
