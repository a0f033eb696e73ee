import { checkInteger, checkNumber, checkOneOf } from '../../native/argument-checks.js'
import { KindredError } from '../../native/errors.js'

/** What the options of ItemKNN and UserKNN share. */
export interface NeighborOptions {
  /** Neighbours kept for each item (ItemKNN) or user (UserKNN), at least 1. Default 200. */
  neighbors?: number
  /**
   * 'cosine' (default): dot / (|a| |b| + shrinkage), of the weights in the log. 'jaccard': users or
   * items in common / (in either + shrinkage), whatever the weights.
   */
  similarity?: 'cosine' | 'jaccard'
  /**
   * How interactions are weighted in the cosine (scores add up the log's own weights all the same); items are the
   * documents, users the terms, and an interaction of weight 0 or less is left out under 'tfidf' and 'bm25'. 'tfidf':
   * sqrt(w) * idf, 'bm25': w (k1 + 1) / (k1 (1 - b + b length / mean length) + w) * idf with k1 = 1.2 and b = 0.75; idf
   * is log(items / (1 + items that the user had)). Default 'none'.
   */
  weighting?: 'none' | 'tfidf' | 'bm25'
  /**
   * Added to the denominator, which lowers similarities that rest on few common interactions (Herlocker, Konstan,
   * Borchers, Riedl 1999, "An algorithmic framework for performing collaborative filtering", whose significance
   * weighting has the same aim). At least 0. Default 0.
   */
  shrinkage?: number
}

/** The options in force, defaults filled in. */
export type NeighborSettings = Required<NeighborOptions>

export const NEIGHBOR_OPTIONS = ['neighbors', 'similarity', 'weighting', 'shrinkage']

/** Checks the options and fills in the defaults. @throws ERR_VALUE */
export function neighborSettings(options: NeighborOptions): NeighborSettings {
  const settings: NeighborSettings = {
    neighbors: checkInteger('neighbors', options.neighbors ?? 200, { min: 1, max: 2 ** 31 - 1 }),
    similarity: checkOneOf('similarity', options.similarity ?? 'cosine', ['cosine', 'jaccard']),
    weighting: checkOneOf('weighting', options.weighting ?? 'none', ['none', 'tfidf', 'bm25']),
    shrinkage: checkNumber('shrinkage', options.shrinkage ?? 0, { min: 0 }),
  }
  if (settings.similarity === 'jaccard' && settings.weighting !== 'none')
    throw new KindredError(
      'ERR_VALUE',
      `weighting: expected 'none' with similarity 'jaccard', which compares sets, but received '${settings.weighting}'.`,
    )
  return settings
}
