import type { Matrix } from '../data/matrix.js'
import type { RankingModel } from '../models/base/recommender.js'
import type { Csr } from '../native/addon.js'
import { KindredError } from '../native/errors.js'
import { rowScorer } from './row-scorer.js'

/** What is ranked for the evaluated users [begin, end), who come in blocks, one after the other. */
export interface Ranking {
  /** How many items may be ranked. */
  readonly items: number
  /** Scores of every item [end - begin, items]; NaN for what a user may not be given. */
  scores(begin: number, end: number, signal: AbortSignal | undefined): Promise<Matrix>
  /** What each user had, which is not listed [end - begin, items]; null: nothing. */
  seen(begin: number, end: number): Csr | null
  /** The candidate items: one bitmap for all, one for each user, or null for all items. */
  candidates(begin: number, end: number): Uint8Array | null | Promise<Uint8Array>
}

/** A model's ranking of its items for users of the training log, given by their rows. */
export function rankingOf(
  model: RankingModel,
  userRows: Int32Array,
  exclude: 'seen' | 'none',
  candidates: Ranking['candidates'],
): Ranking {
  const { users, items } = model
  const scorer = rowScorer(model)
  return {
    items: items.size,
    scores(begin, end, signal) {
      if (model.users !== users || model.items !== items)
        throw new KindredError(
          'ERR_VALUE',
          'evaluate: the model changed during the call. Await it before the next change.',
        )
      return scorer.scores(userRows.subarray(begin, end), signal)
    },
    seen: (begin, end) => (exclude === 'seen' ? scorer.seen(userRows.subarray(begin, end)) : null),
    candidates,
  }
}
