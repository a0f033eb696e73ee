import type { Id, IdMap } from '../../id-map.js'
import { type Resumable, ROWS_PER_YIELD } from '../../resumable.js'
import type { InteractionColumns } from '../interaction-columns.js'
import type { CompareRows } from './partition-rows.js'

// Random numbers that belong to an id, or to a pair of user and item, and a seed: the same in every log, whatever the
// order of its rows. 42 and '42' have different ones.

/** The finalizer of MurmurHash3 (Appleby 2011), a bijection of 32-bit words. */
function mix(word: number): number {
  let h = word
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** Uniform in [0, 1), 53 bits, from two pairs of words. */
function uniform(a0: number, a1: number, b0: number, b1: number): number {
  const high = mix(a0 + Math.imul(b0, 0x9e3779b1))
  const low = mix(a1 + Math.imul(b1, 0x85ebca77) + Math.imul(high, 0xc2b2ae3d))
  return ((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53
}

/** [2 * ids] two hashed words for each id. */
function* hashIds(ids: IdMap, seed: number): Resumable<Int32Array> {
  const words = new Int32Array(2 * ids.size)
  const low = mix(seed | 0)
  const high = mix(Math.floor(seed / 2 ** 32) ^ low)
  let next = 0
  for (const id of ids) {
    const isText = typeof id === 'string'
    let a = low ^ (isText ? 0x2545f491 : 0)
    let b = high
    const take = (word: number) => {
      a = Math.imul(a ^ word, 0x9e3779b1)
      a = (a << 13) | (a >>> 19)
      b = Math.imul(b ^ word, 0x5f356495)
      b = (b << 11) | (b >>> 21)
    }
    if (isText) for (let i = 0; i < id.length; i++) take(id.charCodeAt(i))
    else {
      take(id | 0)
      take(Math.floor(id / 2 ** 32) | 0)
    }
    words[next++] = mix(a ^ mix(b))
    words[next++] = mix(b ^ mix(a))
    if (next % ROWS_PER_YIELD === 0) yield
  }
  return words
}

/** One number in [0, 1) for the pair of user and item of a row. @param seed an integer from 0 to 2^53 - 1 */
function* pairDraw(log: InteractionColumns, seed: number): Resumable<(row: number) => number> {
  const { userRows, itemRows } = log
  const users = yield* hashIds(log.users, seed)
  const items = yield* hashIds(log.items, seed)
  return (row) => {
    const user = 2 * userRows[row]!
    const item = 2 * itemRows[row]!
    return uniform(users[user]!, users[user + 1]!, items[item]!, items[item + 1]!)
  }
}

/** Rows by the draw of their pair of user and item, least first; equal draws by their ids. */
export function* byDraw(log: InteractionColumns, seed: number): Resumable<CompareRows> {
  const draw = yield* pairDraw(log, seed)
  const draws = new Float64Array(log.userRows.length)
  for (let row = 0; row < draws.length; row++) {
    if (row % ROWS_PER_YIELD === 0) yield
    draws[row] = draw(row)
  }
  return (a, b) => draws[a]! - draws[b]! || comparePairs(log, a, b)
}

/** Rows by their time, last first; equal times by a draw that does not depend on the order of rows. */
export function* lastFirst(log: InteractionColumns, times: Float64Array): Resumable<CompareRows> {
  const draw = yield* pairDraw(log, 0)
  return (a, b) => times[b]! - times[a]! || draw(a) - draw(b) || comparePairs(log, a, b)
}

/** Indices of ids by their draw, least first; equal draws by the ids. */
export function* idsByDraw(ids: IdMap, seed: number): Resumable<CompareRows> {
  const words = yield* hashIds(ids, seed)
  const draw = (index: number) => uniform(words[2 * index]!, words[2 * index + 1]!, 0, 0)
  return (a, b) => draw(a) - draw(b) || compareIds(ids.idAt(a), ids.idAt(b))
}

/** Integers before strings, each in their own order. */
function compareIds(a: Id, b: Id): number {
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1
  return a < b ? -1 : a > b ? 1 : 0
}

function comparePairs({ users, items, userRows, itemRows }: InteractionColumns, a: number, b: number): number {
  return (
    compareIds(users.idAt(userRows[a]!), users.idAt(userRows[b]!)) ||
    compareIds(items.idAt(itemRows[a]!), items.idAt(itemRows[b]!))
  )
}
