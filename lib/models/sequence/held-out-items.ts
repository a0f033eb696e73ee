import { selectRows } from '../../data/csr.js'
import { gatherRows } from '../../data/gather-rows.js'
import { idOrder } from '../../data/id-order.js'
import type { Interactions } from '../../data/log/interactions.js'
import type { Matrix } from '../../data/matrix.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { KindredError } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'
import type { FittedLog } from '../base/fitted-log.js'
import { seenBy } from '../base/list-filters.js'
import type { UserSequences } from './user-sequences.js'

/** What users are to be shown next. */
export interface HeldOutItems {
  /** Rows of the users that are judged. */
  readonly users: Int32Array
  /** [users + 1] where the items of each begin */
  readonly indptr: Int32Array
  /** Rows of items. */
  readonly items: Int32Array
}

/** The length of the lists that are judged. */
const K = 10

const MOST_USERS = 10_000
const USERS_AT_ONCE = 256

/**
 * The items of a validation that may come next: those with a weight above 0 that the log knows and the user has not had.
 * @throws ERR_DATA if there are none, ERR_ABORTED
 */
export async function heldOutItems(
  validation: Interactions,
  log: FittedLog,
  sequences: UserSequences,
  signal: AbortSignal | undefined,
): Promise<HeldOutItems> {
  const byUser = await validation.byUser(signal)
  const yielder = new LoopYielder(signal)
  const found: [user: number, items: number[]][] = []
  for (const own of await idOrder(validation.users, signal)) {
    if (yielder.due) await yielder.yieldToLoop()
    const user = log.users.indexOf(validation.users.idAt(own))
    if (user < 0 || sequences.indptr[user] === sequences.indptr[user + 1]) continue
    const had = new Set(log.seen.indices.subarray(log.seen.indptr[user], log.seen.indptr[user + 1]))
    const items: number[] = []
    for (let n = byUser.indptr[own]!; n < byUser.indptr[own + 1]!; n++) {
      const item = byUser.values![n]! > 0 ? log.items.indexOf(validation.items.idAt(byUser.indices[n]!)) : -1
      if (item >= 0 && !had.has(item)) items.push(item)
    }
    if (items.length > 0) found.push([user, items])
  }
  if (found.length === 0)
    throw new KindredError(
      'ERR_DATA',
      `validation: none of its ${validation.users.size} users has a history in the log and an item that the log knows and they have not had. Do their ids have the same type?`,
    )
  const step = Math.max(1, found.length / MOST_USERS)
  const judged = Array.from({ length: Math.min(found.length, MOST_USERS) }, (_, n) => found[Math.floor(n * step)]!)
  const indptr = new Int32Array(judged.length + 1)
  judged.forEach(([, items], n) => {
    indptr[n + 1] = indptr[n]! + items.length
  })
  return {
    users: Int32Array.from(judged, ([user]) => user),
    indptr,
    items: Int32Array.from(judged.flatMap(([, items]) => items)),
  }
}

/**
 * The mean NDCG@10 (Järvelin and Kekäläinen 2002, gains of 1) of lists of all items but those that users have had.
 * @param states [users that are judged, dims]
 * @param vectors [items, dims]
 */
export async function ndcgOf(
  { users, indptr, items }: HeldOutItems,
  states: Matrix,
  vectors: Matrix,
  { seen }: FittedLog,
  signal: AbortSignal | undefined,
): Promise<number> {
  const k = Math.min(K, vectors.rows)
  let total = 0
  for (let begin = 0; begin < users.length; begin += USERS_AT_ONCE) {
    const some = users.subarray(begin, begin + USERS_AT_ONCE)
    const queries = gatherRows(
      states,
      Int32Array.from(some, (_, n) => begin + n),
    )
    const exclude = seenBy(
      { ...selectRows({ ...seen, values: null }, some) },
      Int32Array.from(some.keys()),
      vectors.rows,
    )
    const top = await nativeCall(signal, (native, abort) =>
      native.topK(queries, vectors, 'dot', k, exclude, null, abort),
    )
    for (let n = 0; n < some.length; n++) {
      const wanted = items.subarray(indptr[begin + n], indptr[begin + n + 1])
      let [gain, best] = [0, 0]
      for (let place = 0; place < k; place++) {
        const discount = 1 / Math.log2(place + 2)
        if (wanted.includes(top.indices[n * k + place]!)) gain += discount
        if (place < wanted.length) best += discount
      }
      total += gain / best
    }
  }
  return total / users.length
}
