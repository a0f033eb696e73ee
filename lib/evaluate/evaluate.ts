import type { Interactions } from '../data/log/interactions.js'
import { candidateBitmap } from '../models/base/list-filters.js'
import type { RankingModel } from '../models/base/recommender.js'
import { bootstrapMeans, type Interval } from './bootstrap.js'
import { type EvaluateOptions, type EvaluateSettings, evaluateSettings } from './evaluate-options.js'
import { type GroundTruth, groundTruthOf } from './ground-truth.js'
import type { ListMetric } from './metrics.js'
import { type PerUserMetrics, perUserMetrics } from './per-user-metrics.js'
import { snapshotOf } from './row-scorer.js'

/** What an evaluation was made of. */
export interface EvaluationReport {
  /** What was ranked: all items, or each user's held-out items and negatives. */
  protocol: 'full ranking' | 'sampled negatives'
  /** Users of the test log whom the model knows; figures leave out those of whom `unrankable: 'ignore'` leaves nothing. */
  users: number
  /** Users of the test log whom the model does not know; not evaluated. */
  unknownUsers: number
  /** Held-out pairs whose item the model does not know. */
  unknownItems: number
  /** Held-out pairs that the user had in training, and so cannot be listed. */
  seenItems: number
  /** Held-out pairs whose item is not among the `candidates`. */
  otherItems: number
}

/**
 * Metric -> mean over users with its interval: `precision@k`, `recall@k`, `f1@k`, `hitRate@k`, `ndcg@k`, `map@k`,
 * `mrr@k`, `auc`, and `coverage@k`, which is a property of all lists together and so has no interval (NaN).
 */
export interface Evaluation {
  [metric: `${ListMetric | 'coverage'}@${number}`]: Interval
  /** Area under the ROC curve, over the full ranking. */
  auc: Interval
  /** Not enumerable, so that `console.table(evaluation)` shows metrics only. */
  readonly report: EvaluationReport
}

/** Metrics by name, with coverage and the report. */
export function toEvaluation(
  metrics: PerUserMetrics,
  intervals: readonly Interval[],
  report: EvaluationReport,
): Evaluation {
  const evaluation: Record<string, Interval> = {}
  const names = [...metrics.values.keys()]
  for (const [i, name] of names.entries()) if (name !== 'auc') evaluation[name] = intervals[i]!
  evaluation.auc = intervals[names.indexOf('auc')]!
  for (const [k, value] of metrics.coverage)
    evaluation[`coverage@${k}`] = { value, low: Number.NaN, high: Number.NaN, users: metrics.users.length }
  Object.defineProperty(evaluation, 'report', { value: report, enumerable: false })
  return evaluation as unknown as Evaluation
}

export function reportOf(
  { users, unknownUsers, unknownItems }: GroundTruth,
  { seenItems, otherItems }: PerUserMetrics,
  protocol: EvaluationReport['protocol'],
): EvaluationReport {
  return { protocol, users: users.length, unknownUsers, unknownItems, seenItems, otherItems }
}

/** Full ranking of all items, or of `candidates`, for every evaluated user. */
export function fullRanking(
  model: RankingModel,
  groundTruth: GroundTruth,
  settings: EvaluateSettings,
): Promise<PerUserMetrics> {
  const candidates = candidateBitmap(settings.candidates, model.items, 'item', 'error')
  return perUserMetrics(model, groundTruth, settings, () => candidates)
}

/**
 * Evaluates a model by full ranking: each user's list is made from all items of the model, training items masked. Sampled
 * negatives are a protocol of their own ({@link evaluateSampled}), since their figures cannot be compared with these
 * (Krichene, Rendle 2020, "On sampled metrics for item recommendation").
 *
 * Users whom the model does not know are not evaluated. Held-out items that cannot be ranked count as missed, unless
 * `unrankable` says otherwise. The report has the numbers of both. Denominators: precision by k, recall by the held-out
 * items, NDCG and MAP by those of the best list possible. Where scores tie, figures are expected values over all orders of
 * the tied items, so that the order of rows does not matter; a model that gives every item the same score gets the figures
 * of a random ranking. A built-in model may change meanwhile: it is evaluated as it was when the call began.
 *
 * @param model a built-in model, or any {@link RankingModel}
 * @param test the held-out part of a split
 * @throws ERR_VALUE for an illegal option, ERR_DATA if the model knows none of the users, ERR_NOT_FITTED, ERR_ABORTED,
 * ERR_UNKNOWN_ID for a candidate that the model does not know
 */
export async function evaluate(
  model: RankingModel,
  test: Interactions,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  const settings = evaluateSettings('evaluate', options)
  const now = snapshotOf(model)
  const groundTruth = await groundTruthOf(now, test, settings)
  const metrics = await fullRanking(now, groundTruth, settings)
  const intervals = await bootstrapMeans([...metrics.values.values()], settings.bootstrap, settings.signal)
  return toEvaluation(metrics, intervals, reportOf(groundTruth, metrics, 'full ranking'))
}
