import { csrFromLists, rowIndices, rowMap, rowValues, selectRows } from '../../data/csr.js'
import type { Matrix } from '../../data/matrix.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr, TopK } from '../../native/addon.js'
import { type Capabilities, capabilities } from '../base/capabilities.js'
import type { Contributions } from '../base/explanation.js'
import type { FittedLog } from '../base/fitted-log.js'
import { type ListRequest, topOfScores } from '../base/ranked-lists.js'
import { product, productColumn, transpose } from '../base/sparse-products.js'
import { lengthNorms, weighted } from './knn-kernels.js'
import type { NeighborOptions, NeighborSettings } from './knn-options.js'
import { NeighborModel, type NeighborState } from './neighbor-model.js'

/** What finds the neighbours of a user who is not in the log. */
interface UserSimilarityIndex {
  /** [items, users] as similarities see it */
  byItem: Csr
  /** [items], for BM25 */
  norms: Float64Array
  /** [users] norms (cosine) or numbers of items (jaccard) */
  sizes: Float64Array
  /** [users] the similarity that must be exceeded to enter a user's own list */
  least: Float64Array
}

/** The neighbours of users, and what finds those of a new user once it was needed. */
interface UserKnnState extends NeighborState {
  similarityIndex?: Promise<UserSimilarityIndex>
}

/**
 * User-based neighbourhood collaborative filtering (Herlocker, Konstan, Borchers, Riedl 1999, "An algorithmic framework
 * for performing collaborative filtering"; in the recipe of Ferrari Dacrema, Cremonesi, Jannach 2019, "Are we really
 * making much progress?"). Users are similar when they had the same items. User u's score of an item
 * is the sum, over the users v who had it and have u among their own `neighbors` nearest, of similarity times the weight
 * of v's interaction (1 where the log has none). A user who is not in the log ({@link recommendFor}) is scored by the
 * users in whose lists they would be.
 *
 * It has no similarities of items; ItemKNN has. Same bits for any number of threads.
 */
export class UserKNN extends NeighborModel {
  /** @internal */
  static override readonly algorithm = 'UserKNN'
  /** @internal */
  declare protected state: UserKnnState | undefined

  /** @throws ERR_VALUE naming the option */
  constructor(options: NeighborOptions = {}) {
    super('UserKNN', options)
  }

  override get capabilities(): Capabilities {
    return capabilities('similarUsers', 'explain')
  }

  /** @internal */
  protected comparedIds(log: FittedLog): number {
    return log.users.size
  }

  /** @internal */
  protected compared(byItem: Csr, signal?: AbortSignal): Promise<Csr> {
    return transpose(byItem, signal)
  }

  /** @internal */
  async scoreRows(userRows: Int32Array, signal?: AbortSignal): Promise<Matrix> {
    const { seen } = this.fitted()
    return product(selectRows(this.state!.neighborOf, userRows), seen, signal)
  }

  /** @internal */
  protected async scoreHistory(history: ReadonlyMap<number, number>, signal?: AbortSignal): Promise<Matrix> {
    const state = this.state!
    const { log } = state
    state.similarityIndex ??= makeSimilarityIndex(state, this.options).catch((error) => {
      state.similarityIndex = undefined
      throw error
    })
    const weights = await weightsFor(history, await state.similarityIndex, this.options, signal)
    return product(csrFromLists([weights], log.users.size), log.seen, signal)
  }

  /** @internal */
  protected override userScores(itemRow: number, signal?: AbortSignal): Promise<Float32Array> {
    const { log, neighborOf } = this.state!
    return productColumn(neighborOf, log.seen, itemRow, signal)
  }

  /** @internal The user's own neighbours. */
  protected override similarUserRows(row: number, request: ListRequest): Promise<TopK> {
    return topOfScores(this.neighborScores(row), request)
  }

  /** @internal */
  protected override async contributions(userRow: number, itemRow: number): Promise<Contributions> {
    const { log, neighborOf } = this.state!
    const rows = rowIndices(neighborOf, userRow)
    const similarities = rowValues(neighborOf, userRow)
    const weightOf = (user: number) => rowMap(log.seen, user).get(itemRow) ?? 0
    const values = Float64Array.from(rows, (user, n) => similarities[n]! * weightOf(user))
    return { from: 'user', rows, values }
  }
}

async function makeSimilarityIndex(
  { log, neighbors }: NeighborState,
  options: NeighborSettings,
): Promise<UserSimilarityIndex> {
  const plain = await transpose(log.seen)
  const norms = await lengthNorms(plain)
  const byItem = await weighted(plain, options, undefined, norms)
  const yielder = new LoopYielder()
  const least = new Float64Array(neighbors.rows)
  await yielder.over(least.length, 1 << 8, (begin, end) => {
    for (let user = begin; user < end; user++) {
      const list = rowValues(neighbors, user)
      least[user] = list.length < options.neighbors ? 0 : list.reduce((a, b) => Math.min(a, b))
    }
  })
  const squares = new Float64Array(byItem.cols)
  await yielder.over(byItem.indices.length, 1 << 16, (begin, end) => {
    for (let n = begin; n < end; n++) squares[byItem.indices[n]!]! += squareOf(byItem.values![n]!, options)
  })
  return { byItem, norms, least, sizes: squares.map((square) => sizeOf(square, options)) }
}

/** What one interaction adds to a user's size: its square to the squared norm (cosine), 1 to the count (jaccard). */
function squareOf(weight: number, { similarity }: NeighborSettings): number {
  return similarity === 'cosine' ? weight * weight : 1
}

function sizeOf(squares: number, { similarity }: NeighborSettings): number {
  return similarity === 'cosine' ? Math.sqrt(squares) : squares
}

/** User row -> similarity, of those who would have the user of the history among their own neighbours. */
async function weightsFor(
  history: ReadonlyMap<number, number>,
  { byItem, norms, sizes, least }: UserSimilarityIndex,
  options: NeighborSettings,
  signal?: AbortSignal,
): Promise<Map<number, number>> {
  const weights = new Map<number, number>()
  if (history.size === 0) return weights
  const { similarity, shrinkage } = options
  const cosine = similarity === 'cosine'
  const column = await transpose(csrFromLists([history], byItem.rows), signal)
  const { values } = await weighted(column, options, signal, norms)
  const own = await transpose({ ...column, values }, signal)
  const pattern = (csr: Csr): Csr => (cosine ? csr : { ...csr, values: null })
  const dots = await product(pattern(own), pattern(byItem), signal)
  const size = sizeOf(
    values!.reduce((sum, weight) => sum + squareOf(weight, options), 0),
    options,
  )
  for (let user = 0; user < sizes.length; user++) {
    const dot = dots.data[user]!
    if (!(dot > 0)) continue
    const denominator = cosine ? size * sizes[user]! : size + sizes[user]! - dot
    const weight = Math.fround(dot / (denominator + shrinkage))
    if (weight > least[user]!) weights.set(user, weight)
  }
  return weights
}
