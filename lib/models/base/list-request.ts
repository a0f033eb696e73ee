import { checkInteger, checkNumber, checkOneOf } from '../../native/argument-checks.js'
import { untilAborted } from '../../native/native-call.js'
import { type Evidence, type Popularity, zeroScores } from './evidence.js'
import type { FittedLog } from './fitted-log.js'
import { candidateBitmap } from './list-filters.js'
import type { ListRequest } from './ranked-lists.js'
import type { Ids, ListOptions } from './recommend-options.js'

/** What lists are made by where nothing is said. */
export const DEFAULTS = { fallback: 'popularity', minScore: undefined } as const
/** Options of lists among candidates. */
export const FILTERED = ['k', 'minScore', 'fallback', 'candidates', 'unknown', 'signal']

/** How long a list is; 10 if nothing is said. @throws ERR_VALUE */
export function checkK(k: unknown): number {
  return checkInteger('k', k ?? 10, { min: 0 })
}

/** What becomes of unknown ids. @throws ERR_VALUE */
export function checkUnknown(unknown: unknown): 'error' | 'ignore' {
  return checkOneOf('unknown', unknown ?? 'error', ['error', 'ignore'])
}

/** What a list of items, or users, of `log` is to hold; nothing is excluded yet. @throws ERR_VALUE, ERR_UNKNOWN_ID */
export async function listRequest(
  log: FittedLog,
  of: Popularity,
  evidence: Evidence,
  options: ListOptions & { candidates?: Ids; unknown?: 'error' | 'ignore' },
): Promise<ListRequest> {
  const fallback = checkOneOf('fallback', options.fallback ?? DEFAULTS.fallback, ['popularity', 'none'])
  const minScore = options.minScore === undefined ? undefined : checkNumber('minScore', options.minScore)
  const what = of === 'items' ? 'item' : 'user'
  return {
    k: Math.min(checkK(options.k), log[of].size),
    exclude: null,
    candidates: candidateBitmap(options.candidates, log[of], what, checkUnknown(options.unknown)),
    zeros: await untilAborted(zeroScores(log, of, evidence, { fallback, minScore }), options.signal),
    signal: options.signal,
  }
}
