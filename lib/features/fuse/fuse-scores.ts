import { checkOneOf, checkOptions } from '../../native/argument-checks.js'
import { checkLists, checkWeights, type FuseListsOptions, fuseLists, type ScoredItem } from './scored-lists.js'

/** How the scores of a list are made comparable with another's. */
export type ScoreNormalization = 'min-max' | 'z-score' | 'none'

/** Options of {@link fuseScores}. */
export interface FuseScoresOptions extends FuseListsOptions {
  /**
   * 'min-max', the default: a list's scores become 0 to 1, all 1 where they are equal. 'z-score': mean 0 and standard deviation 1
   * (divided by n), all 0 where they are equal. 'none'.
   */
  normalization?: ScoreNormalization
}

/**
 * Late fusion: the weighted sum of the scores that several models or modalities give items, each list's normalised first (CombSUM;
 * Fox and Shaw 1994, "Combination of multiple searches"). An item that a list lacks counts as its worst one there: give lists
 * of more items than are wanted.
 * @param lists each of distinct items, in any order
 * @returns best first; ties in the order in which items first come
 * @throws ERR_VALUE, ERR_DUPLICATE for an item that comes twice in a list, ERR_SHAPE unless there is one weight per list
 */
export function fuseScores(lists: Iterable<Iterable<ScoredItem>>, options: FuseScoresOptions = {}): ScoredItem[] {
  options = checkOptions('fuseScores', options, ['normalization', 'weights', 'k'])
  const kinds: readonly ScoreNormalization[] = ['min-max', 'z-score', 'none']
  const normalization = checkOneOf('normalization', options.normalization ?? 'min-max', kinds)
  const given = checkLists('fuseScores', lists)
  const weights = checkWeights('fuseScores', options.weights, given.length)
  const scores = given.map((list) => normalized(list, normalization))
  // What an item lacks in a list, it has in common with the worst there: all count from that.
  const worst = scores.map((list) =>
    normalization === 'min-max' ? 0 : list.reduce((a, b) => Math.min(a, b), Infinity),
  )
  const least = worst.reduce((sum, score, n) => sum + (given[n]!.length > 0 ? weights[n]! * score : 0), 0)
  const fused = fuseLists(given, options.k, (n, rank) => weights[n]! * (scores[n]![rank]! - worst[n]!))
  for (const entry of fused) entry.score += least
  return fused
}

function normalized(list: readonly ScoredItem[], normalization: ScoreNormalization): number[] {
  const scores = list.map(({ score }) => score)
  if (normalization === 'none') return scores
  if (normalization === 'min-max') {
    const low = scores.reduce((a, b) => Math.min(a, b), Infinity)
    const high = scores.reduce((a, b) => Math.max(a, b), -Infinity)
    return scores.map((score) => (high > low ? (score / 2 - low / 2) / (high / 2 - low / 2) : 1))
  }
  const mean = scores.reduce((sum, score) => sum + score / scores.length, 0)
  const deviation = Math.sqrt(scores.reduce((sum, score) => sum + (score - mean) ** 2 / scores.length, 0))
  return scores.map((score) => (deviation > 0 ? (score - mean) / deviation : 0))
}
