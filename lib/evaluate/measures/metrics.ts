/** The ranks of one user's held-out items in the user's full ranking. */
export interface UserRanks {
  /** Held-out items that can be ranked, as groups of equal scores, best first. */
  groups: readonly RankGroup[]
  /** How many items were held out, those that cannot be ranked included. */
  relevant: number
  /** How many items were eligible for the user's list. */
  eligible: number
  /** Gains of the `relevant` items, the highest first; null: 1 each. */
  gains: Float64Array | null
}

/** Items of one score. */
export interface RankGroup {
  /** Eligible items of a higher score. */
  before: number
  /** Eligible items of this score. */
  tied: number
  /** Held-out items among them, at least 1. */
  relevant: number
  /** The sum of their gains. */
  gain: number
}

/** A metric of the hits among the first k items; `evaluate` gives its mean over users. */
export type ListMetric =
  | 'precision'
  | 'listPrecision'
  | 'recall'
  | 'cappedRecall'
  | 'f1'
  | 'hitRate'
  | 'ndcg'
  | 'map'
  | 'uncappedMap'
  | 'mrr'

export const LIST_METRICS: readonly ListMetric[] = [
  'precision',
  'listPrecision',
  'recall',
  'cappedRecall',
  'f1',
  'hitRate',
  'ndcg',
  'map',
  'uncappedMap',
  'mrr',
]

/** 1 / log2(rank + 2), the discount of Järvelin and Kekäläinen 2002. */
const discount = (rank: number) => 1 / Math.log2(rank + 2)

/** sums[n]: of the discounts of ranks [0, n), as far as asked for. */
let sums = Float64Array.of(0)

/** The sum of the discounts of ranks [begin, end). */
function discounts(begin: number, end: number): number {
  if (end >= sums.length) {
    const longer = new Float64Array(Math.max(end + 1, 2 * sums.length))
    longer.set(sums)
    for (let n = sums.length; n < longer.length; n++) longer[n] = longer[n - 1]! + discount(n - 1)
    sums = longer
  }
  return sums[end]! - sums[begin]!
}

/**
 * The metrics of one user's list of the first k. Where items tie, each is the expected value over all orders of the tied
 * (McSherry and Najork 2008, "Computing information retrieval performance measures efficiently in the presence of tied
 * scores"), so that no figure depends on the order of rows. Denominators:
 * - precision: hits / k, also where fewer than k items are eligible
 * - listPrecision: hits / length of the list, min(k, eligible items); 0 for an empty list
 * - recall: hits / held-out items
 * - cappedRecall: hits / min(k, held-out items), which a perfect list always brings to 1
 * - f1: harmonic mean of precision and recall, 0 without hits
 * - hitRate: 1 with at least one hit
 * - ndcg: gains, discounted by rank, over those of the best list possible, the min(k, held-out items) highest gains first
 *   (Järvelin, Kekäläinen 2002); NaN where no held-out item has a gain
 * - map: sum of the precision at each hit, over min(k, held-out items)
 * - uncappedMap: the same sum over all held-out items
 * - mrr: 1 / position of the first hit, 0 if it is not among the first k
 *
 * Held-out items that cannot be ranked count as missed as far as `relevant`, at least 1, holds them.
 */
export function listMetrics({ groups, relevant, eligible, gains }: UserRanks, k: number): Record<ListMetric, number> {
  let hits = 0
  let dcg = 0
  let precisions = 0
  let noHit = 1
  let earlier = 0
  for (const { before, tied, relevant: count, gain } of groups) {
    if (before >= k) break
    const places = Math.min(tied, k - before)
    hits += (count * places) / tied
    dcg += (gain * discounts(before, before + places)) / tied
    for (let j = 0; j < places; j++) {
      // Given a hit at place j, (count - 1) j / (tied - 1) of the others are expected before it.
      const hitsSoFar = earlier + 1 + (tied === 1 ? 0 : ((count - 1) * j) / (tied - 1))
      precisions += ((count / tied) * hitsSoFar) / (before + j + 1)
    }
    noHit *= noneAmong(places, count, tied)
    earlier += count
  }
  const best = Math.min(k, relevant)
  return {
    precision: hits / k,
    listPrecision: eligible === 0 ? 0 : hits / Math.min(k, eligible),
    recall: hits / relevant,
    cappedRecall: hits / best,
    f1: (2 * hits) / (k + relevant),
    hitRate: 1 - noHit,
    ndcg: dcg / (gains === null ? discounts(0, best) : bestGains(gains, best)),
    map: precisions / best,
    uncappedMap: precisions / relevant,
    mrr: reciprocalRank(groups[0], k),
  }
}

/** The discounted sum of the first `count` gains. */
function bestGains(gains: Float64Array, count: number): number {
  let sum = 0
  for (let rank = 0; rank < count; rank++) sum += gains[rank]! * discount(rank)
  return sum
}

/** The probability that none of `count` items is among `places` sampled of `tied`. */
function noneAmong(places: number, count: number, tied: number): number {
  let none = 1
  for (let i = 0; i < Math.min(places, count) && none > 0; i++)
    none *= Math.max(0, tied - Math.max(places, count) - i) / (tied - i)
  return none
}

/** 1 / position of the first hit, which is in the best group. */
function reciprocalRank(best: RankGroup | undefined, k: number): number {
  if (best === undefined) return 0
  const { before, tied, relevant } = best
  let sum = 0
  let notYet = 1
  for (let j = 0; j <= tied - relevant && before + j < k; j++) {
    const here = relevant / (tied - j)
    sum += (notYet * here) / (before + j + 1)
    notYet *= 1 - here
  }
  return sum
}

/**
 * Area under the ROC curve of one user: the share of pairs (held-out item, other eligible item) in the right order; a
 * tied pair counts one half. Held-out items that cannot be ranked count as last. NaN if no other item is eligible.
 */
export function auc({ groups, relevant, eligible }: UserRanks): number {
  const others = eligible - groups.reduce((sum, group) => sum + group.relevant, 0)
  if (others === 0) return Number.NaN
  let right = 0
  let earlier = 0
  for (const group of groups) {
    const above = group.before - earlier
    const tied = group.tied - group.relevant
    right += group.relevant * (others - above - tied / 2)
    earlier += group.relevant
  }
  return right / (relevant * others)
}
