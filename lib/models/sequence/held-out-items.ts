import { idOrder } from '../../data/id-order.js'
import type { Interactions } from '../../data/log/interactions.js'
import type { Matrix } from '../../data/matrix.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { KindredError } from '../../native/errors.js'
import type { FittedLog } from '../base/fitted-log.js'
import { type HeldOutLists, meanNdcg } from '../base/held-out-lists.js'
import { seenBy } from '../base/list-filters.js'
import { topOfVectors } from '../base/ranked-lists.js'
import type { UserSequences } from './user-sequences.js'

/** The length of the lists that are judged. */
const JUDGED_NEXT = 10

const MOST_USERS = 10_000

/**
 * The items of a validation that may come next: those with a weight above 0 that the log knows and the user has not had.
 * @throws ERR_DATA if there are none, ERR_ABORTED
 */
export async function heldOutItems(
  validation: Interactions,
  log: FittedLog,
  sequences: UserSequences,
  signal: AbortSignal | undefined,
): Promise<HeldOutLists> {
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
  return {
    users: Int32Array.from(judged, ([user]) => user),
    wanted: judged.map(([, items]) => Int32Array.from(items)),
  }
}

/**
 * The mean NDCG@10 of lists of all items but those that users have had.
 * @param states [users that are judged, dims]
 * @param vectors [items, dims]
 */
export function ndcgOf(
  heldOut: HeldOutLists,
  states: Matrix,
  vectors: Matrix,
  { seen }: FittedLog,
  signal: AbortSignal | undefined,
): Promise<number> {
  return meanNdcg(heldOut, { length: JUDGED_NEXT, items: vectors.rows }, (users, k, begin) =>
    topOfVectors(states.subarray(begin, begin + users.length), vectors, 'dot', {
      k,
      exclude: seenBy(seen, users, vectors.rows),
      candidates: null,
      zeros: null,
      signal,
    }),
  )
}
