import { csrFromLists, rowValues } from '../../data/csr.js'
import { idOrder } from '../../data/id-order.js'
import { Matrix } from '../../data/matrix.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr } from '../../native/addon.js'
import { nativeCall } from '../../native/native-call.js'
import { product, transpose } from '../base/sparse-products.js'
import { lengthNorms, weighted } from './knn-kernels.js'
import type { NeighborSettings } from './knn-options.js'
import type { NeighborState } from './neighbor-model.js'

type UserSettings = NeighborSettings & { neighborhood: 'own' | 'reverse' }

/** What finds the neighbours of a user who is not in the log. */
export interface UserSimilarityIndex {
  /** [items, users] as similarities see it, each user's weights divided by one of `scales` */
  byItem: Csr
  /** [users] powers of two, so that products of great weights stay within 32-bit floats (1 for jaccard) */
  scales: Float64Array
  /** [items], for BM25 */
  norms: Float64Array
  /** [users] norms (cosine) or numbers of items (jaccard) */
  sizes: Float64Array
  /** [users] the similarity that must be exceeded to enter a user's own list */
  least: Float64Array
  /** [users] the users in the order in which ties are broken */
  order: Int32Array
}

export async function similarityIndexOf(
  { log, neighbors }: NeighborState,
  options: UserSettings,
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
  const { indices: users, values } = byItem
  const squares = new Float64Array(byItem.cols)
  const greatest = new Float64Array(byItem.cols)
  await yielder.over(users.length, 1 << 16, (begin, end) => {
    for (let n = begin; n < end; n++) {
      const user = users[n]!
      squares[user]! += squareOf(values![n]!, options)
      greatest[user] = Math.max(greatest[user]!, Math.abs(values![n]!))
    }
  })
  const sizes = squares.map((square) => sizeOf(square, options))
  const scales = greatest.map((weight) => scaleOf(weight, options))
  const scaled = new Float32Array(users.length)
  await yielder.over(users.length, 1 << 16, (begin, end) => {
    for (let n = begin; n < end; n++) scaled[n] = values![n]! / scales[users[n]!]!
  })
  return { byItem: { ...byItem, values: scaled }, scales, norms, least, sizes, order: await idOrder(log.users) }
}

/** The power of two at a user's greatest weight (cosine): to divide by it is exact. */
function scaleOf(greatest: number, { similarity }: NeighborSettings): number {
  return similarity === 'cosine' && greatest > 0 ? 2 ** Math.floor(Math.log2(greatest)) : 1
}

/** What one interaction adds to a user's size: its square to the squared norm (cosine), 1 to the count (jaccard). */
function squareOf(weight: number, { similarity }: NeighborSettings): number {
  return similarity === 'cosine' ? weight * weight : 1
}

function sizeOf(squares: number, { similarity }: NeighborSettings): number {
  return similarity === 'cosine' ? Math.sqrt(squares) : squares
}

/**
 * User row -> similarity, of the nearest users of a history, or of those who would have its user among their own
 * neighbours ('reverse').
 */
export async function neighborsOf(
  history: ReadonlyMap<number, number>,
  index: UserSimilarityIndex,
  options: UserSettings,
  signal?: AbortSignal,
): Promise<Map<number, number>> {
  const { order, least } = index
  const neighbors = new Map<number, number>()
  if (history.size === 0) return neighbors
  const similarities = await similaritiesOf(history, index, options, signal)
  if (options.neighborhood === 'reverse') {
    for (const [user, similarity] of similarities.entries())
      if (similarity > least[user]!) neighbors.set(user, similarity)
    return neighbors
  }
  const ordered = new Matrix(
    1,
    order.length,
    Float32Array.from(order, (user) => similarities[user]!),
  )
  const k = Math.min(options.neighbors, order.length)
  const top = await nativeCall(signal, (native, abort) => native.topKOfScores(ordered, k, null, null, null, abort))
  for (const [n, place] of top.indices.entries()) if (top.scores[n]! > 0) neighbors.set(order[place]!, top.scores[n]!)
  return neighbors
}

/** [users], 0 where nothing is shared. */
async function similaritiesOf(
  history: ReadonlyMap<number, number>,
  { byItem, scales, norms, sizes }: UserSimilarityIndex,
  options: NeighborSettings,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const { similarity, shrinkage } = options
  const cosine = similarity === 'cosine'
  const column = await transpose(csrFromLists([history], byItem.rows), signal)
  const values = (await weighted(column, options, signal, norms)).values!
  const scale = scaleOf(
    values.reduce((greatest, weight) => Math.max(greatest, Math.abs(weight)), 0),
    options,
  )
  const own = await transpose({ ...column, values: values.map((weight) => weight / scale) }, signal)
  const pattern = (csr: Csr): Csr => (cosine ? csr : { ...csr, values: null })
  const dots = await product(pattern(own), pattern(byItem), signal)
  const squares = values.reduce((sum, weight) => sum + squareOf(weight, options), 0)
  const size = sizeOf(squares, options)
  return Float32Array.from(sizes, (other, user) => {
    const dot = dots.data[user]! * scales[user]! * scale
    if (!(dot > 0)) return 0
    return dot / ((cosine ? size * other : size + other - dot) + shrinkage)
  })
}
