import type { IdMap } from '../data/id-map.js'
import type { Interactions } from '../data/log/interactions.js'
import { candidateBitmap } from '../models/base/list-filters.js'
import type { RankingModel } from '../models/base/recommender.js'
import { KindredError } from '../native/errors.js'
import { type EvaluateOptions, type EvaluateSettings, evaluateSettings } from './evaluate-options.js'
import { type DetailedEvaluation, type Evaluation, intervalsOf, reportOf, toEvaluation } from './evaluation.js'
import { type GroundTruth, groundTruthOf } from './ground-truth.js'
import { popularityOf } from './measures/item-popularity.js'
import { itemVectors } from './measures/item-vectors.js'
import type { ItemKnowledge } from './measures/list-measures.js'
import { type PerUserMetrics, perUserMetrics } from './per-user-metrics.js'
import { rankingOf } from './ranking.js'
import { rowScorer, snapshotOf } from './row-scorer.js'

/** @throws ERR_DATA if unknown candidates are left out and no other is left */
function candidateCount({ candidates, unknown }: EvaluateSettings, items: IdMap): number {
  if (candidates === undefined) return items.size
  const count = new Set(candidates.filter((id) => items.has(id))).size
  if (count > 0 || unknown === 'error') return count
  throw new KindredError('ERR_DATA', `candidates: the model knows none of the ${candidates.length} ids.`)
}

/** What metrics beyond accuracy need of a model's items, and how many items have no vector. */
export async function knowledgeOf(
  model: RankingModel,
  settings: EvaluateSettings,
): Promise<{ known: ItemKnowledge; withoutVector: number }> {
  const { items } = model
  const { diversity, signal } = settings
  const seen = await rowScorer(model).seenByAll(signal)
  const own = diversity === undefined ? undefined : await itemVectors(diversity, items, seen, signal)
  return {
    known: {
      popularity: await popularityOf(seen, signal),
      vectors: own?.vectors ?? null,
      catalogue: candidateCount(settings, items),
    },
    withoutVector: own?.without ?? 0,
  }
}

/** Full ranking of all items, or of `candidates`, for every evaluated user. */
export async function fullRanking(
  model: RankingModel,
  groundTruth: GroundTruth,
  known: ItemKnowledge,
  settings: EvaluateSettings,
): Promise<PerUserMetrics> {
  const candidates = candidateBitmap(settings.candidates, model.items, 'item', settings.unknown)
  const ranking = rankingOf(model, groundTruth.userRows, settings.exclude, () => candidates)
  return perUserMetrics(ranking, groundTruth, known, settings)
}

/**
 * Evaluates a model by full ranking: each user's list is made from all items of the model, training items masked. Sampled
 * negatives are a protocol of their own ({@link evaluateSampled}), since their figures cannot be compared with these
 * (Krichene, Rendle 2020, "On sampled metrics for item recommendation").
 *
 * Users whom the model does not know are not evaluated ({@link evaluateFoldIn} does that). Held-out items that cannot be
 * ranked count as missed, unless `unrankable` says otherwise. The report has the numbers of both. Denominators: precision by
 * k, recall by the held-out items, NDCG and MAP by those of the best list possible; `listPrecision`, `cappedRecall` and
 * `uncappedMap` have the other ones. Where scores tie, figures are expected values over all orders of the tied items, so
 * that the order of rows does not matter; a model that gives every item the same score gets the figures of a random
 * ranking. A built-in model may change meanwhile: it is evaluated as it was when the call began.
 *
 * @param model a built-in model, or any {@link RankingModel}
 * @param test the held-out part of a split
 * @throws ERR_VALUE for an illegal option, ERR_DATA if the model knows none of the users or a weight is no gain,
 * ERR_NOT_FITTED, ERR_ABORTED, ERR_UNKNOWN_ID for a candidate that the model does not know
 */
export async function evaluate(
  model: RankingModel,
  test: Interactions,
  options: EvaluateOptions & { perUser: true },
): Promise<DetailedEvaluation>
export async function evaluate(model: RankingModel, test: Interactions, options?: EvaluateOptions): Promise<Evaluation>
export async function evaluate(
  model: RankingModel,
  test: Interactions,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  const settings = evaluateSettings('evaluate', options)
  const now = snapshotOf(model)
  const groundTruth = await groundTruthOf(now, test, settings)
  const { known, withoutVector } = await knowledgeOf(now, settings)
  const metrics = await fullRanking(now, groundTruth, known, settings)
  const intervals = await intervalsOf(metrics, settings)
  const report = reportOf(groundTruth, metrics, 'full ranking', settings, withoutVector)
  return toEvaluation(metrics, intervals, test.users.size, report, settings.perUser)
}
