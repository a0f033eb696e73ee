import type { Interactions } from '../../../data/log/interactions.js'
import { LoopYielder } from '../../../data/yield-to-event-loop.js'
import type { FittedLog } from '../../base/fitted-log.js'

/** The last items of each user [users, length], the last one last, -1 before the first. */
export interface RecentItems {
  rows: Int32Array
  length: number
}

/** The items of one user, oldest first. */
export function recentOf({ rows, length }: RecentItems, user: number): Int32Array {
  return rows.subarray(user * length, (user + 1) * length).filter((row) => row >= 0)
}

/**
 * The last items of the users of a log by time; rows without one count as the oldest, those of equal time in the order of rows.
 * @param before those of the same users before these rows; none: the rows are all
 */
export async function recentItems(
  added: Interactions,
  { users, items }: FittedLog,
  length: number,
  before: RecentItems | undefined,
  signal: AbortSignal | undefined,
): Promise<RecentItems> {
  const rows = new Int32Array(users.size * length).fill(-1)
  if (before !== undefined) rows.set(before.rows)
  const userOf = Int32Array.from(added.users, (id) => users.indexOf(id))
  const itemOf = Int32Array.from(added.items, (id) => items.indexOf(id))
  const own = new Map<number, number[]>()
  const yielder = new LoopYielder(signal)
  await yielder.over(added.size, 1 << 12, (begin, end) => {
    for (let n = begin; n < end; n++) {
      const user = userOf[added.userRows[n]!]!
      const list = own.get(user)
      if (list === undefined) own.set(user, [n])
      else list.push(n)
    }
  })
  const timeOf = (n: number) => {
    const time = added.times?.[n]
    return time === undefined || Number.isNaN(time) ? -Infinity : time
  }
  const byTime = (a: number, b: number) => (timeOf(a) === timeOf(b) ? a - b : timeOf(a) - timeOf(b))
  for (const [user, list] of own) {
    const news = list.sort(byTime).map((n) => itemOf[added.itemRows[n]!]!)
    const known = recentOf({ rows, length }, user).filter((row) => !news.includes(row))
    const last = [...known, ...news].slice(-length)
    rows.fill(-1, user * length, (user + 1) * length)
    rows.set(last, (user + 1) * length - last.length)
    if (yielder.due) await yielder.yieldToLoop()
  }
  return { rows, length }
}
