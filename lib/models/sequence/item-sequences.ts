import { createRandom } from '../../data/random.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { FittedLog } from '../base/fitted-log.js'
import { orderedLog } from '../base/ordered-log.js'

/** What a log says of order: the time of each of its entries [nonzeros of `seen`], NaN where there is none; null without any. */
export interface TimedLog extends FittedLog {
  times: Float64Array | null
}

/** Users' items as sentences of items by falling frequency. */
export interface ItemSequences {
  /** [items that come] the row of each in the log */
  items: Int32Array
  /** [items that come] how many users have it */
  counts: Float64Array
  /**
   * Places in `items`, -1 after each user. Items are in the order of their times, those of equal time, or of none, in
   * another order in each epoch.
   */
  tokensOf(epoch: number): Promise<Int32Array>
}

const ROWS_AT_ONCE = 1 << 8

/** Runs of a user's items that no time tells apart. */
interface Runs {
  /** Places in `items`, user after user, -1 between. */
  tokens: Int32Array
  /** Where runs of at least two begin and end, in turns. */
  bounds: number[]
}

/** Items by how many have them, of equal many by their place in the order of ids. */
function byFrequency(counts: Float64Array, least: number): Int32Array {
  const places = Int32Array.from(counts.keys()).filter((item) => counts[item]! >= least)
  return places.sort((a, b) => counts[b]! - counts[a]! || a - b)
}

/**
 * The sequences of a log: entries with a weight above 0, items of at least `minCount` users. What comes out does not depend
 * on the order of the log's rows.
 * @throws ERR_ABORTED
 */
export async function itemSequences(
  log: TimedLog,
  minCount: number,
  seed: number,
  signal: AbortSignal | undefined,
): Promise<ItemSequences> {
  const ordered = await orderedLog(log, signal)
  const { byUser } = ordered
  const times = log.times === null ? null : await timesInOrder(log, ordered.users, ordered.items, signal)
  const counts = new Float64Array(byUser.cols)
  const yielder = new LoopYielder(signal)
  await yielder.over(byUser.rows, ROWS_AT_ONCE, (begin, end) => {
    for (let n = byUser.indptr[begin]!; n < byUser.indptr[end]!; n++)
      if (byUser.values![n]! > 0) counts[byUser.indices[n]!]!++
  })
  const kept = byFrequency(counts, minCount)
  const placeOf = new Int32Array(byUser.cols).fill(-1)
  kept.forEach((item, place) => {
    placeOf[item] = place
  })
  const runs: Runs = { tokens: new Int32Array(byUser.indices.length + byUser.rows), bounds: [] }
  let at = 0
  await yielder.over(byUser.rows, ROWS_AT_ONCE, (begin, end) => {
    for (let user = begin; user < end; user++) {
      const entries: number[] = []
      for (let n = byUser.indptr[user]!; n < byUser.indptr[user + 1]!; n++)
        if (byUser.values![n]! > 0 && placeOf[byUser.indices[n]!]! >= 0) entries.push(n)
      if (times !== null) entries.sort((a, b) => compareTimes(times[a]!, times[b]!))
      for (let i = 0; i < entries.length; ) {
        let next = i + 1
        while (next < entries.length && isSameTime(times, entries[i]!, entries[next]!)) next++
        if (next - i > 1) runs.bounds.push(at, at + next - i)
        for (; i < next; i++) runs.tokens[at++] = placeOf[byUser.indices[entries[i]!]!]!
      }
      runs.tokens[at++] = -1
    }
  })
  const tokens = runs.tokens.slice(0, at)
  return {
    items: Int32Array.from(kept, (place) => ordered.items[place]!),
    counts: Float64Array.from(kept, (place) => counts[place]!),
    tokensOf: (epoch) => shuffledRuns({ tokens, bounds: runs.bounds }, seed, epoch, signal),
  }
}

/** Earlier first, those without a time last. */
function compareTimes(a: number, b: number): number {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : 1
  return Number.isNaN(b) ? -1 : a - b
}

function isSameTime(times: Float64Array | null, a: number, b: number): boolean {
  return times === null || compareTimes(times[a]!, times[b]!) === 0
}

/** The times of the entries of a log in the order of ids, as `orderedLog` has them. */
async function timesInOrder(
  { seen, times }: TimedLog,
  users: Int32Array,
  items: Int32Array,
  signal: AbortSignal | undefined,
): Promise<Float64Array> {
  const out = new Float64Array(times!.length)
  const places = new Int32Array(items.length)
  items.forEach((item, place) => {
    places[item] = place
  })
  let at = 0
  await new LoopYielder(signal).over(users.length, ROWS_AT_ONCE, (begin, end) => {
    for (let u = begin; u < end; u++) {
      const [from, to] = [seen.indptr[users[u]!]!, seen.indptr[users[u]! + 1]!]
      const entries = Int32Array.from({ length: to - from }, (_, i) => from + i)
      entries.sort((a, b) => places[seen.indices[a]!]! - places[seen.indices[b]!]!)
      for (const entry of entries) out[at++] = times![entry]!
    }
  })
  return out
}

/** A copy with each run in an order of this epoch. */
async function shuffledRuns(
  { tokens, bounds }: Runs,
  seed: number,
  epoch: number,
  signal: AbortSignal | undefined,
): Promise<Int32Array> {
  if (bounds.length === 0) return tokens
  const out = tokens.slice()
  const random = createRandom((seed + epoch * 0x9e3779b9) % 2 ** 53)
  await new LoopYielder(signal).over(bounds.length / 2, ROWS_AT_ONCE, (begin, end) => {
    for (let run = begin; run < end; run++) random.shuffle(out.subarray(bounds[2 * run], bounds[2 * run + 1]))
  })
  return out
}
