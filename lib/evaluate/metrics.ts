/** The ranks of one user's relevant items, which are those held out, in the user's full ranking. */
export interface UserRanks {
  /** 0-based ranks among the eligible items, ascending; an item that cannot be ranked is absent. */
  ranks: ArrayLike<number>
  /** How many items are relevant, those that cannot be ranked included. */
  relevant: number
  /** How many items were eligible for the user's list. */
  eligible: number
}

export const LIST_METRICS = ['precision', 'recall', 'f1', 'hitRate', 'ndcg', 'map', 'mrr'] as const

/** The metrics of a list of the first k items, one user at a time; {@link evaluate} gives their means over users. */
export type ListMetric = (typeof LIST_METRICS)[number]

/** 1 / log2(rank + 2), the discount of Järvelin and Kekäläinen 2002. */
const discount = (rank: number) => 1 / Math.log2(rank + 2)

function idealDcg(count: number): number {
  let sum = 0
  for (let rank = 0; rank < count; rank++) sum += discount(rank)
  return sum
}

/**
 * The metrics of one user's list of the first k. Denominators:
 * - precision: hits / k, also where fewer than k items are eligible
 * - recall: hits / relevant
 * - f1: harmonic mean of the two, 0 without hits
 * - hitRate: 1 with at least one hit
 * - ndcg: binary gains over the best list possible, min(k, relevant) hits first (Järvelin, Kekäläinen 2002)
 * - map: mean over min(k, relevant) of the precision at each hit
 * - mrr: 1 / position of the first hit, 0 if it is not among the first k
 *
 * Relevant items that cannot be ranked count as missed.
 */
export function listMetrics({ ranks, relevant }: UserRanks, k: number): Record<ListMetric, number> {
  let hits = 0
  let dcg = 0
  let precisions = 0
  for (let i = 0; i < ranks.length && ranks[i]! < k; i++) {
    hits++
    dcg += discount(ranks[i]!)
    precisions += hits / (ranks[i]! + 1)
  }
  const best = Math.min(k, relevant)
  const precision = hits / k
  const recall = hits / relevant
  return {
    precision,
    recall,
    f1: hits === 0 ? 0 : (2 * precision * recall) / (precision + recall),
    hitRate: hits > 0 ? 1 : 0,
    ndcg: dcg / idealDcg(best),
    map: precisions / best,
    mrr: hits > 0 ? 1 / (ranks[0]! + 1) : 0,
  }
}

/**
 * Area under the ROC curve of one user: the share of pairs (relevant item, other eligible item) in the right order.
 * Relevant items that cannot be ranked count as last. NaN if no other item is eligible.
 */
export function auc({ ranks, relevant, eligible }: UserRanks): number {
  const others = eligible - ranks.length
  if (others === 0) return Number.NaN
  let right = 0
  for (let i = 0; i < ranks.length; i++) right += others - (ranks[i]! - i)
  return right / (relevant * others)
}
