import type { Interactions } from '../data/log/interactions.js'
import type { RankingModel } from '../models/base/recommender.js'
import { KindredError, show } from '../native/errors.js'
import { bootstrapMeans, type Interval } from './bootstrap.js'
import { type Evaluation, fullRanking, reportOf, toEvaluation } from './evaluate.js'
import { EVALUATE_OPTIONS, type EvaluateOptions, evaluateSettings } from './evaluate-options.js'
import { groundTruthOf } from './ground-truth.js'
import type { MetricName, PerUserMetrics } from './per-user-metrics.js'
import { snapshotOf } from './row-scorer.js'

/** Options of {@link compare}. */
export interface CompareOptions extends Omit<EvaluateOptions, 'unrankable'> {
  /** The name of the model that the others are compared with. Default: the first. */
  baseline?: string
}

/** Figures of several models and of their differences. */
export interface Comparison {
  /** The name of the model that the others are compared with. */
  baseline: string
  /** Each model's own figures. */
  models: Record<string, Evaluation>
  /**
   * For each model but the baseline: its metric minus the baseline's, user by user, with the interval of the mean
   * difference. A difference is significant at this confidence where its interval does not contain 0.
   */
  differences: Record<string, Record<MetricName, Interval>>
}

/**
 * Evaluates several models on the same users, with intervals of their differences: paired, resampled over users (Sakai
 * 2006, "Evaluating evaluation metrics based on the bootstrap"). Only users whom every model knows are evaluated.
 * @throws as {@link evaluate}
 */
export async function compare(
  models: Readonly<Record<string, RankingModel>>,
  test: Interactions,
  options: CompareOptions = {},
): Promise<Comparison> {
  const settings = evaluateSettings('compare', options, [
    ...EVALUATE_OPTIONS.filter((name) => name !== 'unrankable'),
    'baseline',
  ])
  if (models === null || typeof models !== 'object')
    throw new KindredError('ERR_VALUE', `compare: expected { name: model, ... } but received ${show(models)}.`)
  const names = Object.keys(models)
  const baseline = options.baseline ?? names[0]
  if (baseline === undefined || !names.includes(baseline))
    throw new KindredError(
      'ERR_VALUE',
      `compare: expected at least one model and a baseline among them but received ${show(baseline)} of ${names.join(', ') || 'none'}.`,
    )
  const snapshots = names.map((name) => snapshotOf(models[name]!))
  const known = (user: string | number) => snapshots.every((model) => model.users.has(user))
  const measured: [string, PerUserMetrics, Evaluation][] = []
  for (const [i, name] of names.entries()) {
    const groundTruth = await groundTruthOf(snapshots[i]!, test, { only: known, signal: settings.signal })
    const metrics = await fullRanking(snapshots[i]!, groundTruth, settings)
    const intervals = await bootstrapMeans([...metrics.values.values()], settings.bootstrap, settings.signal)
    measured.push([name, metrics, toEvaluation(metrics, intervals, reportOf(groundTruth, metrics, 'full ranking'))])
  }
  const base = measured.find(([name]) => name === baseline)![1]
  const differences: Comparison['differences'] = {}
  for (const [name, { values }] of measured) {
    if (name === baseline) continue
    const metrics = [...values.keys()]
    const paired = metrics.map((metric) => difference(values.get(metric)!, base.values.get(metric)!))
    const intervals = await bootstrapMeans(paired, settings.bootstrap, settings.signal)
    differences[name] = Object.fromEntries(metrics.map((metric, i) => [metric, intervals[i]!])) as Record<
      MetricName,
      Interval
    >
  }
  return {
    baseline,
    models: Object.fromEntries(measured.map(([name, , evaluation]) => [name, evaluation])),
    differences,
  }
}

/** Both hold the same users in the same order: that of the test log. */
function difference(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value - b[i]!)
}
