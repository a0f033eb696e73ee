import { checkNumber, checkOptions } from '../../native/argument-checks.js'
import { checkLists, checkWeights, type FuseListsOptions, fuseLists, type ScoredItem } from './scored-lists.js'

/** Options of {@link reciprocalRankFusion}. */
export interface ReciprocalRankFusionOptions extends FuseListsOptions {
  /** The k of the paper: how little the first ranks differ from the next; from 0, default 60. */
  rankConstant?: number
}

/**
 * Lists fused by rank alone, so that their scores need not be comparable: an item scores the sum over lists of
 * weight / (rankConstant + its rank there), ranks from 1, and nothing where a list lacks it (Cormack, Clarke, Büttcher 2009, "Reciprocal rank
 * fusion outperforms Condorcet and individual rank learning methods").
 * @param lists each of distinct items, best first, as `recommend` gives them; their scores are not looked at
 * @returns best first; ties in the order in which items first come
 * @throws ERR_VALUE, ERR_DUPLICATE for an item that comes twice in a list, ERR_SHAPE unless there is one weight per list
 */
export function reciprocalRankFusion(
  lists: Iterable<Iterable<ScoredItem>>,
  options: ReciprocalRankFusionOptions = {},
): ScoredItem[] {
  options = checkOptions('reciprocalRankFusion', options, ['rankConstant', 'weights', 'k'])
  const rankConstant = checkNumber('rankConstant', options.rankConstant ?? 60, { min: 0 })
  const given = checkLists('reciprocalRankFusion', lists)
  const weights = checkWeights('reciprocalRankFusion', options.weights, given.length)
  return fuseLists(given, options.k, (n, rank) => weights[n]! / (rankConstant + rank + 1))
}
