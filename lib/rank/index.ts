/**
 * Lists ranked anew: rules, diversity, calibration. From `'kindred'` or `'kindred/rank'`.
 * @module rank
 */

export type { BaseStep, ReRankStep } from './base/base-step.js'
export type { AttributeColumn, ItemAttribute, ItemValue } from './base/item-values.js'
export type { CandidateItem, CandidateList, RankedItem, RankOptions } from './base/ranked-list.js'
export { CalibratedList, type CalibratedListOptions } from './diversity/calibrated-list.js'
export { CategoryDiversity, type CategoryDiversityOptions } from './diversity/category-diversity.js'
export type { CategoryStep } from './diversity/category-step.js'
export {
  DeterminantalPointProcess,
  type DeterminantalPointProcessOptions,
} from './diversity/determinantal-point-process.js'
export {
  MaximalMarginalRelevance,
  type MaximalMarginalRelevanceOptions,
} from './diversity/maximal-marginal-relevance.js'
export type { VectorStep } from './diversity/vector-step.js'
export { ReRanker, rerank } from './re-ranker.js'
export { AttributeCap, type AttributeCapOptions } from './rules/attribute-cap.js'
export { Boost, type BoostOptions } from './rules/boost.js'
export { ExposureCap, type ExposureCapOptions } from './rules/exposure-cap.js'
export {
  ExposureCounter,
  type ExposureCounterOptions,
  type ExposureDelta,
  type ExposureOptions,
} from './rules/exposure-counter.js'
export { Freshness, type FreshnessOptions } from './rules/freshness.js'
export { MustInclude } from './rules/must-include.js'
export { MustNot } from './rules/must-not.js'
export type { ItemSelection } from './rules/selection.js'
