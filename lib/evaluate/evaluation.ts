import type { Id } from '../data/id-map.js'
import type { EvaluateSettings } from './evaluate-options.js'
import type { GroundTruth } from './ground-truth.js'
import type { Gain } from './measures/gains.js'
import type { BeyondMetric, TotalMetric } from './measures/list-measures.js'
import type { ListMetric } from './measures/metrics.js'
import type { MetricName, PerUserMetrics } from './per-user-metrics.js'
import { bootstrapMeans, type Interval } from './statistics/bootstrap.js'

/** What an evaluation was made of. */
export interface EvaluationReport {
  /**
   * What was ranked: all items, each user's held-out items and negatives, all items for users folded in, or nothing, since
   * the lists were given.
   */
  protocol: 'full ranking' | 'sampled negatives' | 'fold-in' | 'given lists'
  /** What a hit counts in NDCG. */
  gain: Gain
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
  /** Items without features, or that nobody had, which count as like no other; 0 where no `diversity` is asked for. */
  withoutVector: number
}

/** Figures of each user, NaN where a metric leaves the user out. */
export interface PerUserFigures {
  /** Evaluated users, in the order of the arrays: integers first, ascending, then strings. */
  users: readonly Id[]
  /** For each metric that is a mean over users its numbers [users]. */
  metrics: {
    readonly [metric: `${ListMetric | BeyondMetric}@${number}`]: Float64Array
    /** Area under the ROC curve of each user. */
    readonly auc: Float64Array
  }
}

/**
 * Metric -> mean over users with its interval. Of the hits among the first k: `precision@k`, `listPrecision@k`, `recall@k`,
 * `cappedRecall@k`, `f1@k`, `hitRate@k`, `ndcg@k`, `map@k`, `uncappedMap@k`, `mrr@k`. Of the lists themselves:
 * `novelty@k`, `popularityPercentile@k` and, with the option `diversity`, `diversity@k`. `coverage@k`, `gini@k` and
 * `userCoverage` are properties of all lists together and so have no interval (NaN).
 */
export interface Evaluation {
  [metric: `${ListMetric | BeyondMetric | TotalMetric}@${number}`]: Interval
  /** Area under the ROC curve, over the full ranking. */
  auc: Interval
  /** The share of the users of the test log to whom at least one item can be recommended. */
  userCoverage: Interval
  /** Not enumerable, so that `console.table(evaluation)` shows metrics only. */
  readonly report: EvaluationReport
  /** The figures of each user, with `perUser: true`. Not enumerable. */
  readonly perUser?: PerUserFigures
}

/** An evaluation with the figures of each user. */
export interface DetailedEvaluation extends Evaluation {
  readonly perUser: PerUserFigures
}

/** The intervals of all metrics of users. */
export function intervalsOf(metrics: PerUserMetrics, settings: EvaluateSettings): Promise<Interval[]> {
  return bootstrapMeans([...metrics.values.values()], settings.bootstrap, settings.signal)
}

/** A number of all lists together. */
function ofAll(value: number, users: number): Interval {
  return { value, low: Number.NaN, high: Number.NaN, users }
}

/**
 * Metrics by name, with those of all lists and the report.
 * @param testUsers users whom lists could have been made for
 */
export function toEvaluation<Whole extends { readonly report: object; readonly perUser?: object }>(
  metrics: PerUserMetrics,
  intervals: readonly Interval[],
  testUsers: number,
  report: Whole['report'],
  perUser: boolean,
): Whole {
  const evaluation: Record<string, Interval> = {}
  const names = [...metrics.values.keys()]
  for (const [i, name] of names.entries()) evaluation[name] = intervals[i]!
  for (const [name, value] of metrics.totals) evaluation[name] = ofAll(value, metrics.users.length)
  evaluation.userCoverage = ofAll(metrics.listed / testUsers, testUsers)
  return withHidden<Whole>(evaluation, report, perUser ? perUserFigures(metrics) : undefined)
}

/** An evaluation with what `console.table` shall not show. */
export function withHidden<Whole extends { readonly report: object; readonly perUser?: object }>(
  metrics: object,
  report: Whole['report'],
  perUser?: Whole['perUser'],
): Whole {
  Object.defineProperty(metrics, 'report', { value: report, enumerable: false })
  if (perUser !== undefined) Object.defineProperty(metrics, 'perUser', { value: perUser, enumerable: false })
  return metrics as Whole
}

function perUserFigures({ users, values }: PerUserMetrics): PerUserFigures {
  return { users, metrics: Object.fromEntries(values) as Record<MetricName, Float64Array> }
}

export function reportOf(
  { users, unknownUsers, heldOut }: GroundTruth,
  { seenItems, otherItems }: PerUserMetrics,
  protocol: EvaluationReport['protocol'],
  { gain }: EvaluateSettings,
  withoutVector: number,
): EvaluationReport {
  const { unknownItems } = heldOut
  return { protocol, gain, users: users.length, unknownUsers, unknownItems, seenItems, otherItems, withoutVector }
}
