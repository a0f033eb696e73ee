import type { IdMap } from '../../data/id-map.js'
import type { Interactions } from '../../data/log/interactions.js'
import { createRandom } from '../../data/random.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'

const AT_ONCE = 1 << 14

/** Whom each user chose, by the items' rows among those of the blocks. */
export interface UserItems {
  /** Users that have at least one. */
  readonly users: number
  /** [users + 1] */
  readonly offsets: Int32Array
  /** Ascending within a user. */
  readonly items: Int32Array
  /** Rows of the log that were left out: of items without vectors, and of weights of at most 0. */
  readonly unused: number
}

/** The pairs of a log whose item is known and whose weight is above 0, by the log's own users. */
export interface LogPairs {
  /** Rows of the log's users. */
  readonly users: Int32Array
  /** Rows among those of the blocks. */
  readonly items: Int32Array
  readonly unused: number
}

/** @throws ERR_ABORTED */
export async function logPairs(log: Interactions, ids: IdMap, signal: AbortSignal | undefined): Promise<LogPairs> {
  const { userRows, itemRows, weights } = log
  const places = Int32Array.from(log.items, (id) => ids.indexOf(id))
  const users = new Int32Array(log.size)
  const items = new Int32Array(log.size)
  let count = 0
  await new LoopYielder(signal).over(log.size, AT_ONCE, (begin, end) => {
    for (let n = begin; n < end; n++) {
      const place = places[itemRows[n]!]!
      if (place < 0 || !(weights[n]! > 0)) continue
      users[count] = userRows[n]!
      items[count++] = place
    }
  })
  return { users: users.slice(0, count), items: items.slice(0, count), unused: log.size - count }
}

/** Pairs by user, in the order in which users first come. @throws ERR_ABORTED */
export async function byUser({ users, items, unused }: LogPairs, signal: AbortSignal | undefined): Promise<UserItems> {
  const yielder = new LoopYielder(signal)
  const places = new Map<number, number>()
  const rows = new Int32Array(users.length)
  const counts: number[] = []
  await yielder.over(users.length, AT_ONCE, (begin, end) => {
    for (let n = begin; n < end; n++) {
      const place = places.get(users[n]!) ?? places.size
      places.set(users[n]!, place)
      rows[n] = place
      counts[place] = (counts[place] ?? 0) + 1
    }
  })
  const offsets = new Int32Array(counts.length + 1)
  for (const [n, count] of counts.entries()) offsets[n + 1] = offsets[n]! + count
  const next = offsets.slice(0, -1)
  const sorted = new Int32Array(items.length)
  await yielder.over(items.length, AT_ONCE, (begin, end) => {
    for (let n = begin; n < end; n++) sorted[next[rows[n]!]!++] = items[n]!
  })
  await yielder.over(counts.length, 256, (begin, end) => {
    for (let user = begin; user < end; user++) sorted.subarray(offsets[user], offsets[user + 1]).sort()
  })
  return { users: counts.length, offsets, items: sorted, unused }
}

/** A user's items, a view. */
export const itemsOf = ({ offsets, items }: UserItems, user: number): Int32Array =>
  items.subarray(offsets[user], offsets[user + 1])

/** Pairs of a log in two parts: those of a share of the items, drawn by the seed, and the others. @throws ERR_ABORTED */
export async function holdOutItems(
  pairs: LogPairs,
  share: number,
  seed: number,
  signal: AbortSignal | undefined,
): Promise<{ train: LogPairs; held: LogPairs }> {
  const different = createRandom(seed).shuffle(Int32Array.from(new Set(pairs.items)).sort())
  const count = Math.min(different.length - 1, Math.max(1, Math.round(share * different.length)))
  const out = new Set(different.subarray(0, count))
  const marks = new Uint8Array(pairs.items.length)
  await new LoopYielder(signal).over(marks.length, AT_ONCE, (begin, end) => {
    for (let n = begin; n < end; n++) if (out.has(pairs.items[n]!)) marks[n] = 1
  })
  const part = (mark: number, unused: number): LogPairs => ({
    users: pairs.users.filter((_, n) => marks[n] === mark),
    items: pairs.items.filter((_, n) => marks[n] === mark),
    unused,
  })
  return { train: part(0, pairs.unused), held: part(1, 0) }
}
