import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr } from '../../native/addon.js'
import { positives } from '../base/positive-rows.js'
import { transpose } from '../base/sparse-products.js'

const ROWS_AT_ONCE = 1 << 10

/** The bipartite graph of users and what they had with a weight above 0. */
export interface InteractionGraph {
  /** [users, items] 1 / sqrt(degree of the user * degree of the item) for each edge. */
  byUser: Csr
  /** [items, users], its transpose. */
  byItem: Csr
  /** [edges] the user of each edge, in the order of `byUser`. */
  users: Int32Array
  /** [users] 1 / sqrt(degree), 0 for one without edges. */
  userScales: Float32Array
  /** [items] alike. */
  itemScales: Float32Array
}

const scalesOf = (degrees: ArrayLike<number>) =>
  Float32Array.from(degrees, (degree) => (degree > 0 ? 1 / Math.sqrt(degree) : 0))

/** @param log weights [users, items] @throws ERR_ABORTED */
export async function interactionGraph(log: Csr, signal?: AbortSignal): Promise<InteractionGraph> {
  const edges = await positives(log, signal)
  const degrees = new Int32Array(edges.cols)
  const users = new Int32Array(edges.indices.length)
  const yielder = new LoopYielder(signal)
  await yielder.over(edges.rows, ROWS_AT_ONCE, (begin, end) => {
    for (let user = begin; user < end; user++)
      for (let n = edges.indptr[user]!; n < edges.indptr[user + 1]!; n++) {
        degrees[edges.indices[n]!]!++
        users[n] = user
      }
  })
  const userScales = scalesOf(
    Int32Array.from({ length: edges.rows }, (_, u) => edges.indptr[u + 1]! - edges.indptr[u]!),
  )
  const itemScales = scalesOf(degrees)
  const values = edges.values!
  await yielder.over(values.length, ROWS_AT_ONCE * 16, (begin, end) => {
    for (let n = begin; n < end; n++) values[n] = userScales[users[n]!]! * itemScales[edges.indices[n]!]!
  })
  return { byUser: edges, byItem: await transpose(edges, signal), users, userScales, itemScales }
}
