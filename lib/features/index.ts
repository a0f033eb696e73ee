/**
 * Tables and vectors made ready for models: scaled, encoded, selected, reduced, fused. From `'kindred'` or
 * `'kindred/features'`.
 * @module features
 */
export type { ImportanceFunction, ImportanceMetricName, RowValues } from './importance/metrics.js'
export {
  type PermutationImportance,
  type PermutationImportanceOptions,
  permutationImportance,
  type RowPredictor,
} from './importance/permutation-importance.js'
export {
  type FieldImportance,
  type TextImportance,
  type TextImportanceOptions,
  type TextPrediction,
  type TextPredictor,
  textImportance,
} from './importance/text-importance.js'
export type { CrossValidationOptions } from './linear/cross-validation.js'
export { ElasticNet, type ElasticNetOptions, Lasso, type LassoOptions } from './linear/elastic-net.js'
export {
  type CrossValidatedModel,
  ElasticNetCV,
  type ElasticNetCVOptions,
  LassoCV,
  type LassoCVOptions,
} from './linear/elastic-net-cv.js'
export {
  type DescentOptions,
  type ElasticNetPathOptions,
  elasticNetPath,
  type LassoPathOptions,
  type LinearPath,
  lassoPath,
} from './linear/elastic-net-path.js'
export type { NumberList } from './linear/inputs.js'
export type { LinearFitOptions, LinearModel } from './linear/linear-model.js'
export {
  type LogisticDescentOptions,
  LogisticL1,
  type LogisticL1Options,
  type LogisticL1PathOptions,
  type LogisticPath,
  logisticL1Path,
} from './linear/logistic-l1.js'
export type { PenaltyGridOptions } from './linear/penalties.js'
export type { ClassLabels } from './select/class-labels.js'
export {
  type CorrelationFilterOptions,
  type CorrelationSelection,
  correlationFilter,
} from './select/correlation-filter.js'
export { type MutualInformationOptions, mutualInformation } from './select/mutual-information.js'
export { type ColumnScores, chiSquared, type FScoreOptions, fScore, type TargetTask } from './select/scores.js'
export { type SelectFeaturesOptions, selectFeatures } from './select/select-features.js'
export type { DroppedColumn, FeatureSelection } from './select/selection.js'
export { takeColumns } from './select/take-columns.js'
export { type VarianceThresholdOptions, varianceThreshold } from './select/variance-threshold.js'
