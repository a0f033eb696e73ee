import { ChunkedArray } from '../../data/chunked-array.js'
import type { Id, IdMap } from '../../data/id-map.js'
import { Interactions } from '../../data/log/interactions.js'
import type { Matrix } from '../../data/matrix.js'
import { ROWS_PER_YIELD, runYielding } from '../../data/resumable.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { checkIterable } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import type { FittedLog } from './fitted-log.js'
import { rowOf } from './list-filters.js'
import { usersAtOnce } from './ranked-lists.js'

/** A user and an item: `{ user, item }`, other properties aside, or `[user, item]`. */
export type UserItemPair =
  | {
      /** Who. */
      readonly user: Id
      /** What. */
      readonly item: Id
    }
  | readonly [user: Id, item: Id]

/** Options of `scoreMany`. */
export interface ScoreManyOptions {
  /**
   * What to do with pairs of a user or an item that the model does not know: refuse the call, score them NaN, or, of
   * `MatrixFactorization` alone, predict what is known of them: the mean rating and the biases of the user or item that
   * is known. Default 'error'.
   */
  unknown?: 'error' | 'nan' | 'mean'
  /** Aborts the call with ERR_ABORTED. */
  signal?: AbortSignal
}

/** Dense rows of pairs [pairs], -1 where the model does not know the user or item. */
export interface PairRows {
  users: Int32Array
  items: Int32Array
}

const IDS_PER_YIELD = 1 << 10
const PAIRS = 'a list of { user, item } or [user, item], or an Interactions log'

/** The rows of `pairs`, in their order. @throws ERR_UNKNOWN_ID unless `skip`, ERR_VALUE for what is no pair */
export async function pairRows(
  pairs: Iterable<UserItemPair>,
  log: FittedLog,
  skip: boolean,
  signal: AbortSignal | undefined,
): Promise<PairRows> {
  const find = (map: IdMap, id: Id, what: 'user' | 'item') => (skip ? map.indexOf(id) : rowOf(map, id, what))
  const yielder = new LoopYielder(signal)
  if (pairs instanceof Interactions) {
    const translated = async (from: IdMap, rows: Int32Array, to: IdMap, what: 'user' | 'item') => {
      const known = new Int32Array(from.size)
      await yielder.over(from.size, IDS_PER_YIELD, (begin, end) => {
        for (let row = begin; row < end; row++) known[row] = find(to, from.idAt(row), what)
      })
      const out = new Int32Array(rows.length)
      await yielder.over(rows.length, ROWS_PER_YIELD, (begin, end) => {
        for (let n = begin; n < end; n++) out[n] = known[rows[n]!]!
      })
      return out
    }
    return {
      users: await translated(pairs.users, pairs.userRows, log.users, 'user'),
      items: await translated(pairs.items, pairs.itemRows, log.items, 'item'),
    }
  }
  const [users, items] = [new ChunkedArray(Int32Array), new ChunkedArray(Int32Array)]
  for (const pair of checkIterable('pairs', pairs, PAIRS)) {
    const [user, item] = idsOf(pair, users.length)
    users.push(find(log.users, user, 'user'))
    items.push(find(log.items, item, 'item'))
    if (users.length % 256 === 0 && yielder.due) await yielder.yieldToLoop()
  }
  return { users: await runYielding(users.finish(), signal), items: await runYielding(items.finish(), signal) }
}

function idsOf(pair: UserItemPair, position: number): readonly [Id, Id] {
  if (Array.isArray(pair) && pair.length === 2) return pair as [Id, Id]
  if (typeof pair === 'object' && pair !== null && 'user' in pair && 'item' in pair) return [pair.user, pair.item]
  throw new KindredError(
    'ERR_VALUE',
    `pairs[${position}]: expected { user, item } or [user, item] but received ${show(pair)}.`,
  )
}

/** The scores of pairs [pairs] from those of all items for a block of users at a time; NaN for unknown ones. */
export async function scoresOfPairs(
  { users, items }: PairRows,
  log: FittedLog,
  scoreRows: (userRows: Int32Array) => Promise<Matrix>,
  signal: AbortSignal | undefined,
): Promise<Float32Array> {
  const yielder = new LoopYielder(signal)
  // The pairs of a user, as a linked list.
  const first = new Int32Array(log.users.size).fill(-1)
  const next = new Int32Array(users.length)
  await yielder.over(users.length, ROWS_PER_YIELD, (begin, end) => {
    for (let n = begin; n < end; n++) {
      if (users[n]! < 0) continue
      next[n] = first[users[n]!]!
      first[users[n]!] = n
    }
  })
  const asked = Int32Array.from(first.keys()).filter((user) => first[user]! >= 0)
  const scores = new Float32Array(users.length).fill(Number.NaN)
  const block = usersAtOnce(log.items.size)
  for (let begin = 0; begin < asked.length; begin += block) {
    const some = asked.subarray(begin, begin + block)
    const all = await scoreRows(some)
    await yielder.over(some.length, 1, (user) => {
      for (let n = first[some[user]!]!; n >= 0; n = next[n]!)
        if (items[n]! >= 0) scores[n] = all.data[user * all.cols + items[n]!]!
    })
  }
  return scores
}
