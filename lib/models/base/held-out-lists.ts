import { rowIndices } from '../../data/csr.js'
import { gatherRows } from '../../data/gather-rows.js'
import { Interactions } from '../../data/log/interactions.js'
import type { Matrix } from '../../data/matrix.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr, TopK } from '../../native/addon.js'
import { KindredError, show } from '../../native/errors.js'
import type { FittedLog } from './fitted-log.js'
import { seenBy } from './list-filters.js'
import { topOfVectors, usersAtOnce } from './ranked-lists.js'

/** Length of the lists that models without an order are judged by. */
export const JUDGED = 20

/** Users of a validation and the items that their lists should have. */
export interface HeldOutLists {
  /** Rows of users, ascending. */
  users: Int32Array
  /** Rows of items of each of them, ascending. */
  wanted: Int32Array[]
}

/**
 * What of a validation a model can be judged by: rows of its users and items with weights above 0.
 * @param userPlaces [users] in which row each of `log.users` stands
 * @param itemPlaces [items] alike
 * @throws ERR_VALUE for no log, ERR_DATA if nothing is left, or nothing that a list may hold, ERR_ABORTED
 */
export async function heldOutLists(
  log: FittedLog,
  validation: Interactions,
  userPlaces: Int32Array,
  itemPlaces: Int32Array,
  signal: AbortSignal | undefined,
): Promise<HeldOutLists> {
  if (!(validation instanceof Interactions))
    throw new KindredError('ERR_VALUE', `validation: expected Interactions but received ${show(validation)}.`)
  const lists = new Map<number, Set<number>>()
  const yielder = new LoopYielder(signal)
  const { userRows, itemRows, weights } = validation
  let isListable = false
  for (let n = 0; n < userRows.length; n++) {
    if (yielder.due) await yielder.yieldToLoop()
    if (!(weights[n]! > 0)) continue
    const user = log.users.indexOf(validation.users.idAt(userRows[n]!))
    const item = log.items.indexOf(validation.items.idAt(itemRows[n]!))
    if (user < 0 || item < 0) continue
    isListable ||= !rowIndices(log.seen, user).includes(item)
    const row = userPlaces[user]!
    const list = lists.get(row) ?? new Set()
    lists.set(row, list.add(itemPlaces[item]!))
  }
  if (lists.size === 0)
    throw new KindredError(
      'ERR_DATA',
      `validation: none of its ${validation.size} rows has a user and an item of the log. Do their ids have the same type?`,
    )
  if (!isListable)
    throw new KindredError(
      'ERR_DATA',
      'validation: its users have all of its items in the log, and lists leave these out. Hold interactions out of the log.',
    )
  const users = Int32Array.from(lists.keys()).sort()
  return { users, wanted: Array.from(users, (row) => Int32Array.from(lists.get(row)!).sort()) }
}

/**
 * The mean of NDCG (Järvelin and Kekäläinen 2002, binary gains) over the users of a validation.
 * @param shape how long lists are, and how many items there are
 * @param listsOf gives the lists of some users by their rows, `k` long; `begin` is the place of the first among those of the validation
 */
export async function meanNdcg(
  { users, wanted }: HeldOutLists,
  { length, items }: { length: number; items: number },
  listsOf: (users: Int32Array, k: number, begin: number) => Promise<TopK>,
): Promise<number> {
  const k = Math.min(length, items)
  const block = usersAtOnce(Math.max(items, k))
  let sum = 0
  for (let begin = 0; begin < users.length; begin += block) {
    const some = users.subarray(begin, begin + block)
    const { indices } = await listsOf(some, k, begin)
    for (let q = 0; q < some.length; q++) {
      const own = new Set(wanted[begin + q])
      let [gain, most] = [0, 0]
      for (let place = 0; place < k; place++) {
        const discounted = 1 / Math.log2(place + 2)
        if (own.has(indices[q * k + place]!)) gain += discounted
        if (place < own.size) most += discounted
      }
      sum += gain / most
    }
  }
  return sum / users.length
}

/** NDCG@20 of products of vectors, without what users have in `seen`. */
export function ndcgOfVectors(
  heldOut: HeldOutLists,
  userVectors: Matrix,
  itemVectors: Matrix,
  seen: Csr,
  signal: AbortSignal | undefined,
): Promise<number> {
  return meanNdcg(heldOut, { length: JUDGED, items: itemVectors.rows }, (users, k) =>
    topOfVectors(gatherRows(userVectors, users), itemVectors, 'dot', {
      k,
      exclude: seenBy(seen, users, itemVectors.rows),
      candidates: null,
      zeros: null,
      signal,
    }),
  )
}

/** Numbers that tell one validation from another. */
export function heldOutContent({ users, wanted }: HeldOutLists): Int32Array[] {
  return [users, ...wanted]
}

/** Whether a matrix has an entry there, by halving its row. */
export function hasEntry(csr: Csr, row: number, column: number): boolean {
  const columns = rowIndices(csr, row)
  let [low, high] = [0, columns.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (columns[middle]! < column) low = middle + 1
    else high = middle
  }
  return columns[low] === column
}
