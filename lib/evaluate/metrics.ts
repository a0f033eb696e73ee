/** The ranks of one user's held-out items in the user's full ranking. */
export interface UserRanks {
  /** Held-out items that can be ranked, as groups of equal scores, best first. */
  groups: readonly RankGroup[]
  /** How many items were held out, those that cannot be ranked included. */
  relevant: number
  /** How many items were eligible for the user's list. */
  eligible: number
}

/** Items of one score. */
export interface RankGroup {
  /** Eligible items of a higher score. */
  before: number
  /** Eligible items of this score. */
  tied: number
  /** Held-out items among them, at least 1. */
  relevant: number
}

/** A metric of the list of the first k items; `evaluate` gives its mean over users. */
export type ListMetric = 'precision' | 'recall' | 'f1' | 'hitRate' | 'ndcg' | 'map' | 'mrr'

export const LIST_METRICS: readonly ListMetric[] = ['precision', 'recall', 'f1', 'hitRate', 'ndcg', 'map', 'mrr']

/** 1 / log2(rank + 2), the discount of Järvelin and Kekäläinen 2002. */
const discount = (rank: number) => 1 / Math.log2(rank + 2)

/** The sum of the discounts of ranks [begin, end). */
function discounts(begin: number, end: number): number {
  let sum = 0
  for (let rank = begin; rank < end; rank++) sum += discount(rank)
  return sum
}

/**
 * The metrics of one user's list of the first k. Where items tie, each is the expected value over all orders of the tied
 * (McSherry and Najork 2008, "Computing information retrieval performance measures efficiently in the presence of tied
 * scores"), so that no figure depends on the order of rows. Denominators:
 * - precision: hits / k, also where fewer than k items are eligible
 * - recall: hits / held-out items
 * - f1: harmonic mean of the two, 0 without hits
 * - hitRate: 1 with at least one hit
 * - ndcg: binary gains over the best list possible, min(k, held-out items) hits first (Järvelin, Kekäläinen 2002)
 * - map: mean over min(k, held-out items) of the precision at each hit
 * - mrr: 1 / position of the first hit, 0 if it is not among the first k
 *
 * Held-out items that cannot be ranked count as missed as far as `relevant`, at least 1, holds them.
 */
export function listMetrics({ groups, relevant }: UserRanks, k: number): Record<ListMetric, number> {
  let hits = 0
  let dcg = 0
  let precisions = 0
  let noHit = 1
  let earlier = 0
  for (const { before, tied, relevant: count } of groups) {
    if (before >= k) break
    const places = Math.min(tied, k - before)
    hits += (count * places) / tied
    dcg += (count * discounts(before, before + places)) / tied
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
    recall: hits / relevant,
    f1: (2 * hits) / (k + relevant),
    hitRate: 1 - noHit,
    ndcg: dcg / discounts(0, best),
    map: precisions / best,
    mrr: reciprocalRank(groups[0], k),
  }
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
