/**
 * Ranking metrics with intervals, and comparisons of models. From `'kindred'` or `'kindred/evaluate'`.
 * @module evaluate
 */

export type { Interval } from './bootstrap.js'
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
export type { Gain } from './gains.js'
export type { GivenLists, ListedItem } from './given-lists.js'
export type { DiversityBy } from './item-vectors.js'
export type { BeyondMetric, TotalMetric } from './list-measures.js'
export type { ListMetric } from './metrics.js'
export type { MetricName } from './per-user-metrics.js'
