import { type RankedItem, withReason } from '../../rank/base/ranked-list.js'
import type { StageSettings } from './check-declaration.js'
import type { CascadeModel } from './declaration.js'
import type { CheckedRequest } from './request.js'
import { askModel } from './retrieval.js'

/** A ranking, ready to be asked. */
export interface Ranking {
  readonly stage: StageSettings
  readonly depth: number
  readonly model: () => CascadeModel
}

/**
 * The candidates in the order of a model, with its scores; those beyond its depth, or that it does not know, follow in theirs, with
 * the lowest score that there is.
 */
export async function rankCandidates(
  { stage, depth }: Ranking,
  model: CascadeModel,
  candidates: readonly RankedItem[],
  request: CheckedRequest,
  signal: AbortSignal,
): Promise<RankedItem[]> {
  const asked = candidates.slice(0, depth)
  const ranked = await askModel(model, request, {
    k: asked.length,
    candidates: asked.map(({ item }) => item),
    exclude: 'none',
    unknown: 'ignore',
    signal,
    ...(request.context !== undefined && { context: request.context }),
  })
  const places = new Map(asked.map(({ item }, place) => [item, place]))
  const isRanked = new Set(ranked.map(({ item }) => item))
  const least = ranked.reduce((score, entry) => Math.min(score, entry.score), ranked.length > 0 ? Infinity : 0)
  return [
    ...ranked.map(({ item, score }) => {
      const place = places.get(item)!
      return { ...withReason(asked[place]!, `ranked by ${stage.name}, from place ${place + 1}`), score }
    }),
    ...candidates
      .filter(({ item }) => !isRanked.has(item))
      .map((entry) => ({ ...withReason(entry, `not ranked by ${stage.name}`), score: least })),
  ]
}
