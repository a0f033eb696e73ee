import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { ZeroScores } from '../../native/addon.js'
import type { FittedLog } from './fitted-log.js'
import { wholeLog } from './grown-log.js'

/**
 * Which scores of a model are evidence. A score of exactly 0 says that nothing is known: a sum over the history without a
 * term (no history, weights of 0 only, no item that shares a neighbour or weight with it), or the product with a vector of
 * zeros (a user or an item without interactions or features). What sums to 0 by cancelling out counts as nothing known.
 *
 * - 'signed': scores of either sign rank, 0 comes last (vectors, EASE, GFCF, whose weights have either sign).
 * - 'positive': the model's weights are not negative, so that a score below 0 comes from negative weights of the history,
 *   is evidence against, and comes after what nothing is known for (kNN, SLIM, walks, Popularity).
 * - 'all': every score ranks as it is (RandomBaseline).
 */
export type Evidence = 'signed' | 'positive' | 'all'

/** Distinct popularities that keys can tell apart. */
const LEVELS = 2 ** 23
/** Bits of the float from which keys ascend: the smallest normal one, and the largest, negative, whose bits descend. */
const LOWEST = { positive: 0x00800000, signed: 0xff7fffff } as const
/** Keys are below this in magnitude ('positive'), or below minus the other ('signed'); scores are not. */
const BELOW = 2 ** -125
const BEYOND = 2 ** 127

/** The score that an entry of a list stands for, where zeros were placed by keys. */
export function scoreOf(placed: number): number {
  return Math.abs(placed) < BELOW || placed <= -BEYOND ? 0 : placed
}

/** Rows are ordered by how many interactions they have in the log: items by users, users by items. */
export type Popularity = 'items' | 'users'

const keysOfLogs = new WeakMap<FittedLog, Map<string, Promise<Float32Array>>>()

/**
 * Where zeros stand in lists of items, or users, of this log.
 * @param least leaves out scores below it
 */
export async function zeroScores(
  log: FittedLog,
  of: Popularity,
  evidence: Evidence,
  { fallback, minScore }: { fallback: 'popularity' | 'none'; minScore: number | undefined },
): Promise<ZeroScores | null> {
  const least = minScore ?? null
  if (evidence === 'all') return least === null ? null : { keys: new Float32Array(log[of].size), least }
  return { keys: fallback === 'none' ? null : await keysOf(log, of, evidence), least }
}

/** The keys of popularity, kept once computed: the log of a model is replaced as a whole. */
function keysOf(log: FittedLog, of: Popularity, evidence: 'signed' | 'positive'): Promise<Float32Array> {
  const kept = keysOfLogs.get(log) ?? new Map<string, Promise<Float32Array>>()
  keysOfLogs.set(log, kept)
  const name = `${of} ${evidence}`
  const keys = kept.get(name) ?? interactionsOf(log, of).then((counts) => popularityKeys(counts, evidence))
  kept.set(name, keys)
  return keys
}

/** How many interactions each item, or user, has in the log, whatever their weights; 0 for items added since. */
async function interactionsOf(log: FittedLog, of: Popularity): Promise<Int32Array> {
  const { users, items } = log
  if (log.grown && of === 'items') {
    const counts = new Int32Array(items.size)
    counts.set(log.grown.itemCounts)
    return counts
  }
  const seen = await wholeLog(log, undefined)
  if (of === 'users') return Int32Array.from({ length: users.size }, (_, u) => seen.indptr[u + 1]! - seen.indptr[u]!)
  const counts = new Int32Array(items.size)
  await new LoopYielder().over(seen.indices.length, 1 << 16, (begin, end) => {
    for (let n = begin; n < end; n++) counts[seen.indices[n]!]!++
  })
  return counts
}

/**
 * A float for each count, the same for equal counts and larger for larger ones: just above 0, or below all scores.
 * @param counts [n]
 */
function popularityKeys(counts: Int32Array, evidence: 'signed' | 'positive'): Float32Array {
  let most = 0
  for (const count of counts) if (count > most) most = count
  // Whether there is such a count, then its place among those that there are: 4 bytes for each up to the log's size.
  const levels = new Int32Array(most + 1)
  for (const count of counts) levels[count] = 1
  for (let count = 0, level = 0; count <= most; count++) if (levels[count] === 1) levels[count] = level++
  const step = evidence === 'positive' ? 1 : -1
  const bits = new Uint32Array(counts.length)
  for (let n = 0; n < bits.length; n++) bits[n] = LOWEST[evidence] + step * Math.min(levels[counts[n]!]!, LEVELS - 1)
  return new Float32Array(bits.buffer)
}
