import type { Interactions } from '../data/log/interactions.js'
import { allowBitmap } from '../models/base/item-filters.js'
import type { Recommender } from '../models/base/recommender.js'
import { bootstrapMeans, type Interval } from './bootstrap.js'
import { type EvaluateOptions, type EvaluateSettings, evaluateSettings } from './evaluate-options.js'
import { type GroundTruth, groundTruthOf } from './ground-truth.js'
import { type PerUserMetrics, perUserMetrics } from './per-user-metrics.js'

export interface EvaluationReport {
  /** How lists were made: over all items, or over a user's held-out items and given negatives. */
  protocol: 'full ranking' | 'sampled negatives'
  /** Users judged. */
  users: number
  /** Users of the test log whom the model does not know; not judged. */
  unknownUsers: number
  /** Held-out pairs whose item the model does not know; counted as missed. */
  unknownItems: number
}

/**
 * Metric -> mean over users with its interval: `precision@k`, `recall@k`, `f1@k`, `hitRate@k`, `ndcg@k`, `map@k`,
 * `mrr@k`, `auc`, and `coverage@k`, which is a property of all lists together and so has no interval (NaN).
 */
export interface Evaluation {
  [metric: `${string}@${number}`]: Interval
  auc: Interval
  /** Not enumerable, so that `console.table(evaluation)` shows metrics only. */
  readonly report: EvaluationReport
}

/** Names the metrics of the series and adds coverage and the report. */
export function toEvaluation(
  series: PerUserMetrics,
  intervals: readonly Interval[],
  report: EvaluationReport,
): Evaluation {
  const evaluation: Record<string, Interval> = {}
  const names = [...series.values.keys()]
  for (const [i, name] of names.entries()) if (name !== 'auc') evaluation[name] = intervals[i]!
  evaluation.auc = intervals[names.indexOf('auc')]!
  for (const [k, value] of series.coverage)
    evaluation[`coverage@${k}`] = { value, low: Number.NaN, high: Number.NaN, users: series.users.length }
  Object.defineProperty(evaluation, 'report', { value: report, enumerable: false })
  return evaluation as unknown as Evaluation
}

export function reportOf(wanted: GroundTruth, protocol: EvaluationReport['protocol']): EvaluationReport {
  const { users, unknownUsers, unknownItems } = wanted
  return { protocol, users: users.length, unknownUsers, unknownItems }
}

/** Full ranking of all items, or of `candidates`, for every judged user. */
export function fullRanking(
  model: Recommender,
  wanted: GroundTruth,
  settings: EvaluateSettings,
): Promise<PerUserMetrics> {
  const allow = allowBitmap(settings.candidates, model.items)
  return perUserMetrics(model, wanted, settings, () => allow)
}

/**
 * Judges a model by full ranking: each user's list is made from all items of the model, training items masked. Sampled
 * candidate sets are a protocol of their own ({@link evaluateSampled}), since their figures do not compare (Krichene,
 * Rendle 2020, "On sampled metrics for item recommendation").
 *
 * Users whom the model does not know are not judged, held-out items that it does not know count as missed; both are
 * counted in `report`. For the denominators see `listMetrics`. Where scores tie, figures are
 * expected values over all orders of the tied items, so that the order of rows counts for nothing; a model that gives
 * every item the same score is at chance.
 *
 * @param test the held-out half of a split
 * @throws ERR_VALUE for an illegal option, ERR_DATA if the model knows none of the users, ERR_NOT_FITTED, ERR_ABORTED,
 * ERR_UNKNOWN_ID for a candidate that the model does not know
 */
export async function evaluate(
  model: Recommender,
  test: Interactions,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  const settings = evaluateSettings('evaluate', options)
  const wanted = await groundTruthOf(model, test, settings)
  const series = await fullRanking(model, wanted, settings)
  const intervals = await bootstrapMeans([...series.values.values()], settings.bootstrap, settings.signal)
  return toEvaluation(series, intervals, reportOf(wanted, 'full ranking'))
}
