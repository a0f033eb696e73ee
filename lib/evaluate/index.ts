/**
 * Ranking metrics with intervals, and comparisons of models. From `'kindred'` or `'kindred/evaluate'`.
 * @module evaluate
 */

export type { Interval } from './bootstrap.js'
export { type CompareOptions, type Comparison, compare } from './compare.js'
export { type Evaluation, type EvaluationReport, evaluate } from './evaluate.js'
export type { EvaluateOptions } from './evaluate-options.js'
export { type EvaluateSampledOptions, evaluateSampled, type SampledEvaluation } from './evaluate-sampled.js'
export type { ListMetric } from './metrics.js'
export type { MetricName } from './per-user-metrics.js'
