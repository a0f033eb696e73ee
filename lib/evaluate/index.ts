/**
 * Ranking metrics with intervals, comparisons of models, and the search for parameters. From `'kindred'` or `'kindred/evaluate'`.
 * @module evaluate
 */

export { type CompareOptions, type Comparison, compare, type Difference } from './compare.js'
export { evaluate } from './evaluate.js'
export {
  type DetailedFoldInEvaluation,
  evaluateFoldIn,
  type FoldInEvaluation,
  type FoldInModel,
} from './evaluate-fold-in.js'
export {
  type DetailedListsEvaluation,
  type EvaluateListsOptions,
  evaluateLists,
  type ListsEvaluation,
  type ListsPerUserFigures,
} from './evaluate-lists.js'
export type { EvaluateOptions } from './evaluate-options.js'
export {
  type EvaluateRatingsOptions,
  evaluateRatings,
  type RatingModel,
  type RatingsEvaluation,
} from './evaluate-ratings.js'
export {
  type DetailedSampledEvaluation,
  type EvaluateSampledOptions,
  evaluateSampled,
  type SampledEvaluation,
  type SampledPerUserFigures,
} from './evaluate-sampled.js'
export type { DetailedEvaluation, Evaluation, EvaluationReport, PerUserFigures } from './evaluation.js'
export type { GivenLists, ListedItem } from './given-lists.js'
export type { Gain } from './measures/gains.js'
export type { DiversityBy } from './measures/item-vectors.js'
export type { BeyondMetric, TotalMetric } from './measures/list-measures.js'
export type { ListMetric } from './measures/metrics.js'
export type { OffPolicyEstimator } from './off-policy/estimators.js'
export type { LoggedFeedback } from './off-policy/logged-feedback.js'
export {
  type OffPolicyEvaluation,
  type OffPolicyOptions,
  offPolicy,
  type PolicyValue,
} from './off-policy/off-policy.js'
export { type RewardLog, type RidgeRewardsOptions, ridgeRewards } from './off-policy/ridge-rewards.js'
export type { MetricName } from './per-user-metrics.js'
export type { Interval } from './statistics/bootstrap.js'
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
