/**
 * Ranking metrics with intervals, comparisons of models, and the search for parameters. From `'kindred'` or `'kindred/evaluate'`.
 * @module evaluate
 */

export type { Interval } from './bootstrap.js'
export { type CompareOptions, type Comparison, compare } from './compare.js'
export { type Evaluation, type EvaluationReport, evaluate } from './evaluate.js'
export type { EvaluateOptions } from './evaluate-options.js'
export { type EvaluateSampledOptions, evaluateSampled, type SampledEvaluation } from './evaluate-sampled.js'
export type { ListMetric } from './metrics.js'
export type { MetricName } from './per-user-metrics.js'
export type { PruningOptions } from './tune/median-pruning.js'
export type { TrialContext } from './tune/run-trial.js'
export {
  type ChoiceParameter,
  type ChoiceValue,
  choice,
  type IntParameter,
  int,
  type LogUniformParameter,
  logUniform,
  type NumericParameter,
  type Parameter,
  type ParamsOf,
  type SearchSpace,
  type UniformParameter,
  uniform,
} from './tune/space.js'
export type { Direction, Trial } from './tune/trial.js'
export { tune } from './tune/tune.js'
export type { TuneOptions } from './tune/tune-options.js'
export type { TuneResult } from './tune/tune-result.js'
