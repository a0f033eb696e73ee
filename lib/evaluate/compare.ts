import type { Interactions } from '../data/log/interactions.js'
import { LoopYielder } from '../data/yield-to-event-loop.js'
import type { RankingModel } from '../models/base/recommender.js'
import { checkInteger, checkIterable, checkOptions } from '../native/argument-checks.js'
import { KindredError, show } from '../native/errors.js'
import { fullRanking, knowledgeOf } from './evaluate.js'
import { EVALUATE_OPTIONS, type EvaluateOptions, type EvaluateSettings, evaluateSettings } from './evaluate-options.js'
import { type Evaluation, intervalsOf, reportOf, toEvaluation } from './evaluation.js'
import { checkTestLog, groundTruthOf } from './ground-truth.js'
import type { MetricName, PerUserMetrics } from './per-user-metrics.js'
import { checkRankingModel, snapshotOf } from './row-scorer.js'
import { bootstrapMeans, type Interval } from './statistics/bootstrap.js'
import { holm, randomizationTests } from './statistics/significance.js'

/** Options of {@link compare}. */
export interface CompareOptions extends Omit<EvaluateOptions, 'unrankable'> {
  /**
   * The name of the model that the others are compared with. Default: the first in the order of `Object.keys`, in which names
   * that are integers come before others.
   */
  baseline?: string
  /**
   * Metrics to compare, such as `['ndcg@10']`; the correction for several tests is over these. Default: all that are means
   * over users.
   */
  metrics?: Iterable<MetricName> & object
  /** Random tosses of each randomisation test, 1 to 1e6. Default 10000. */
  permutations?: number
}

/** A mean difference over users with its interval and test. */
export interface Difference extends Interval {
  /**
   * Two-sided, of the paired randomisation test over users: how likely so large a mean difference would be if the two
   * models did not differ. NaN where the metric has no users.
   */
  pValue: number
  /** The same after Holm's correction over all metrics and models compared: below 0.05 is significant at 5 % for all of them. */
  adjustedPValue: number
}

/** Figures of several models and of their differences. */
export interface Comparison {
  /** The name of the model that the others are compared with. */
  baseline: string
  /**
   * Each model's own figures on the users that all models know: `userCoverage` is over those, and the report's `unknownUsers`
   * counts the others.
   */
  models: Record<string, Evaluation>
  /**
   * For each model but the baseline: its metric minus the baseline's, user by user, with the interval of the mean
   * difference and its test. A difference is significant at this confidence where its interval does not contain 0; where
   * several are looked at, by `adjustedPValue`.
   */
  differences: Record<string, Record<MetricName, Difference>>
}

/** One model's figures on the users that all know. */
interface Measured {
  name: string
  metrics: PerUserMetrics
  evaluation: Evaluation
}

const LEGAL = [...EVALUATE_OPTIONS.filter((name) => name !== 'unrankable'), 'baseline', 'metrics', 'permutations']

/**
 * Evaluates several models on the same users, with intervals of their differences: paired, resampled over users (Sakai
 * 2006, "Evaluating evaluation metrics based on the bootstrap"), and with p-values of paired randomisation tests (Smucker,
 * Allan, Carterette 2007), corrected for their number (Holm 1979). Only users whom every model knows are evaluated.
 * @throws as {@link evaluate}; ERR_VALUE for a metric that is not computed
 */
export async function compare(
  models: Readonly<Record<string, RankingModel>>,
  test: Interactions,
  options: CompareOptions = {},
): Promise<Comparison> {
  options = checkOptions('compare', options, LEGAL)
  const settings = evaluateSettings('compare', options, LEGAL)
  const permutations = checkInteger('permutations', options.permutations ?? 10_000, { min: 1, max: 1_000_000 })
  const asked = options.metrics && [...checkIterable('metrics', options.metrics, 'a list of names of metrics')]
  if (models === null || typeof models !== 'object')
    throw new KindredError('ERR_VALUE', `compare: expected { name: model, ... } but received ${show(models)}.`)
  const names = Object.keys(models)
  const baseline = options.baseline ?? names[0]
  if (baseline === undefined || !names.includes(baseline))
    throw new KindredError(
      'ERR_VALUE',
      `compare: expected at least one model and a baseline among them but received ${show(baseline)} of ${names.join(', ') || 'none'}.`,
    )
  checkTestLog(test)
  for (const name of names) checkRankingModel(models[name], `compare: ${show(name)}`)
  const measured = await measureAll(models, test, settings, (metrics) => comparedMetrics(asked, metrics))
  const base = measured.find(({ name }) => name === baseline)!
  const compared = comparedMetrics(asked, base.metrics)
  const others = measured.filter((each) => each !== base)
  const yielder = new LoopYielder(settings.signal)
  const results: { intervals: Interval[]; pValues: Float64Array }[] = []
  for (const { metrics } of others) {
    const paired: Float64Array[] = []
    for (const metric of compared) {
      paired.push(difference(metrics.values.get(metric)!, base.metrics.values.get(metric)!))
      if (yielder.due) await yielder.yieldToLoop()
    }
    results.push({
      intervals: await bootstrapMeans(paired, settings.bootstrap, settings.signal),
      pValues: await randomizationTests(paired, permutations, settings.bootstrap.seed, settings.signal),
    })
  }
  const adjusted = holm(results.flatMap(({ pValues }) => [...pValues]))
  const differences: Comparison['differences'] = {}
  for (const [m, { name }] of others.entries()) {
    const { intervals, pValues } = results[m]!
    const of = (n: number): Difference => ({
      ...intervals[n]!,
      pValue: pValues[n]!,
      adjustedPValue: adjusted[m * compared.length + n]!,
    })
    differences[name] = Object.fromEntries(compared.map((metric, n) => [metric, of(n)])) as Record<
      MetricName,
      Difference
    >
  }
  return {
    baseline,
    models: Object.fromEntries(measured.map(({ name, evaluation }) => [name, evaluation])),
    differences,
  }
}

/**
 * Every model on the users that all of them know.
 * @param check looks at the first one's metrics, before the others are measured
 */
async function measureAll(
  models: Readonly<Record<string, RankingModel>>,
  test: Interactions,
  settings: EvaluateSettings,
  check: (metrics: PerUserMetrics) => void,
): Promise<Measured[]> {
  const snapshots = Object.entries(models).map(([name, model]) => ({ name, model: snapshotOf(model) }))
  const only = (user: string | number) => snapshots.every(({ model }) => model.users.has(user))
  if (test.users.size > 0 && !someOf(test.users, only))
    throw new KindredError('ERR_DATA', 'compare: no user of the test log is known to all models.')
  const measured: Measured[] = []
  for (const { name, model } of snapshots) {
    const groundTruth = await groundTruthOf(model, test, { only, signal: settings.signal })
    const { known, withoutVector } = await knowledgeOf(model, settings)
    const metrics = await fullRanking(model, groundTruth, known, settings)
    if (measured.length === 0) check(metrics)
    const report = reportOf(groundTruth, metrics, 'full ranking', settings, withoutVector)
    const intervals = await intervalsOf(metrics, settings)
    const evaluation = toEvaluation<Evaluation>(metrics, intervals, groundTruth.users.length, report, settings.perUser)
    measured.push({ name, metrics, evaluation })
  }
  return measured
}

function someOf<T>(values: Iterable<T>, is: (value: T) => boolean): boolean {
  for (const value of values) if (is(value)) return true
  return false
}

/** @throws ERR_VALUE for a metric that has no values */
function comparedMetrics(asked: readonly MetricName[] | undefined, { values }: PerUserMetrics): MetricName[] {
  if (asked === undefined) return [...values.keys()]
  const wrong = asked.find((metric) => !values.has(metric))
  if (asked.length > 0 && wrong === undefined) return [...new Set(asked)]
  throw new KindredError(
    'ERR_VALUE',
    `metrics: expected some of ${[...values.keys()].join(', ')} but received ${asked.length === 0 ? 'none' : show(wrong)}.`,
  )
}

/** Both hold the same users in the same order. */
function difference(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value - b[i]!)
}
