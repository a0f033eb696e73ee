/**
 * Tables and vectors made ready for models: scaled, encoded, selected, reduced, fused. From `'kindred'` or
 * `'kindred/features'`.
 * @module features
 */

export type { Category, CategoryValues, CodedCategories } from './categories/category.js'
export type { CategoryEncoder, CodedLists, EncoderReport } from './categories/category-encoder.js'
export type { Bucket, CategoryEncoding, CategoryEntry } from './categories/encoding.js'
export { HashingEncoder, type HashingEncoderOptions } from './categories/hashing-encoder.js'
export {
  type LabelLists,
  MultiLabelBinarizer,
  type MultiLabelBinarizerOptions,
} from './categories/multi-label-binarizer.js'
export { OneHotEncoder, type OneHotEncoderOptions } from './categories/one-hot-encoder.js'
export { OrdinalEncoder, type OrdinalEncoderOptions } from './categories/ordinal-encoder.js'
export { TargetEncoder, type TargetEncoderOptions } from './categories/target-encoder.js'
export type { TargetSmoothing } from './categories/target-statistics.js'
export type { VocabularyOptions } from './categories/vocabulary.js'
export type { VocabularyEncoder } from './categories/vocabulary-encoder.js'
export { Adwin, type AdwinOptions, type AdwinUpdate } from './drift/adwin.js'
export type { DriftVerdict } from './drift/drift-verdict.js'
export type { StabilityOptions } from './drift/histogram-checks.js'
export { jensenShannon } from './drift/jensen-shannon.js'
export { type KolmogorovSmirnovTest, kolmogorovSmirnov } from './drift/kolmogorov-smirnov.js'
export { populationStabilityIndex } from './drift/population-stability-index.js'
export type { CyclicPart } from './fields/cyclic-parts.js'
export type { LatLon } from './fields/place.js'
export type { BlockFusion } from './fuse/block-fusion.js'
export type { BlockFusionOptions, BlockFusionSettings, BlockScaling, MissingBlocks } from './fuse/block-options.js'
export { type ConcatenateOptions, Concatenation, concatenate } from './fuse/concatenation.js'
export type { FeatureBlocks, FeatureFusion, FusedFeatures, FusionReport } from './fuse/feature-fusion.js'
export { type FuseScoresOptions, fuseScores, type ScoreNormalization } from './fuse/fuse-scores.js'
export { type ReciprocalRankFusionOptions, reciprocalRankFusion } from './fuse/reciprocal-rank-fusion.js'
export type { FuseListsOptions, ScoredItem } from './fuse/scored-lists.js'
export { WeightedSum, type WeightedSumOptions, weightedSum } from './fuse/weighted-sum.js'
export type { ImportanceFunction, ImportanceMetricName, RowValues } from './importance/metrics.js'
export {
  type PermutationImportance,
  type PermutationImportanceOptions,
  permutationImportance,
  type RowPredictor,
} from './importance/permutation-importance.js'
export {
  type FieldImportance,
  type ScoredTextPrediction,
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
export { CountVectorizer, type VectorizeOptions } from './ngrams/count-vectorizer.js'
export type { VocabularyReport } from './ngrams/fitted-vocabulary.js'
export { HashingVectorizer, type HashingVectorizerOptions } from './ngrams/hashing-vectorizer.js'
export type { NgramOptions, TokenPattern } from './ngrams/ngram-options.js'
export { TfidfEmbedder, type TfidfEmbedderOptions } from './ngrams/tfidf-embedder.js'
export type { TextRowNorm, TfidfVectorizerOptions } from './ngrams/tfidf-options.js'
export { TfidfVectorizer } from './ngrams/tfidf-vectorizer.js'
export type { CountVectorizerOptions } from './ngrams/vocabulary-options.js'
export type {
  CyclicFeature,
  FeatureDeclaration,
  FeatureDeclarations,
  FeatureKind,
  GeohashFeature,
  HashFeature,
  LogFeature,
  MinMaxFeature,
  MultiLabelFeature,
  NumberFeature,
  OfColumn,
  OfNumbers,
  OfPlace,
  OneHotFeature,
  OrdinalFeature,
  PlaceFeature,
  QuantileFeature,
  RobustFeature,
  StandardFeature,
  TargetFeature,
  TextFeature,
  VectorFeature,
} from './pipeline/declaration.js'
export type { FeatureCounts } from './pipeline/feature.js'
export { FeaturePipeline } from './pipeline/feature-pipeline.js'
export type { FeatureRow } from './pipeline/fitted-pipeline.js'
export type { FitPipelineFileOptions, TransformPipelineFileOptions } from './pipeline/pipeline-files.js'
export type {
  FitPipelineOptions,
  LoadPipelineOptions,
  PipelineInput,
  TransformedFeatures,
  TransformPipelineOptions,
  TransformTableOptions,
} from './pipeline/pipeline-options.js'
export type { PipelineReport } from './pipeline/report.js'
export type { Correlations } from './profile/associations.js'
export type {
  ColumnProfile,
  FrequentValue,
  LengthSummary,
  NumberHistogram,
  NumberSummary,
  Quantiles,
} from './profile/column-profile.js'
export type { ProfiledType } from './profile/column-types.js'
export type { Finding, FindingKind } from './profile/findings.js'
export type { TableProfileJson } from './profile/profile-json.js'
export { type ProfileTableOptions, profileTable } from './profile/profile-table.js'
export type { ColumnDrift, DriftBin, TableDrift, TypeChange } from './profile/table-drift.js'
export { TableProfile } from './profile/table-profile.js'
export {
  CanonicalCorrelation,
  type CanonicalCorrelationOptions,
  type CanonicalTransformOptions,
} from './reduce/canonical-correlation.js'
export { PCA } from './reduce/pca.js'
export type { PCAOptions, PCASettings, PCASolver } from './reduce/pca-options.js'
export type { PCAState } from './reduce/pca-state.js'
export type { ReduceFitOptions, Reduction, ReductionState } from './reduce/reduction.js'
export { TruncatedSVD, type TruncatedSVDOptions, type TruncatedSVDSolver } from './reduce/truncated-svd.js'
export type { FillRule } from './scale/fill-value.js'
export type { LinearMaps, LinearScaler } from './scale/linear-scaler.js'
export { LogTransformer, type LogTransformerOptions } from './scale/log-transformer.js'
export type { MatrixTransformer, TransformerJson } from './scale/matrix-transformer.js'
export { MinMaxScaler, type MinMaxScalerOptions } from './scale/min-max-scaler.js'
export type { OutlierLimits, OutlierMethod } from './scale/outlier-bounds.js'
export { OutlierLimiter, type OutlierLimiterOptions } from './scale/outlier-limiter.js'
export type { OutputDistribution } from './scale/quantile-map.js'
export { QuantileTransformer, type QuantileTransformerOptions } from './scale/quantile-transformer.js'
export { RobustScaler, type RobustScalerOptions } from './scale/robust-scaler.js'
export { type RowNorm, RowNormalizer, type RowNormalizerOptions } from './scale/row-normalizer.js'
export { type ImputeStrategy, SimpleImputer, type SimpleImputerOptions } from './scale/simple-imputer.js'
export { StandardScaler, type StandardScalerOptions } from './scale/standard-scaler.js'
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
