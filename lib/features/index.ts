/**
 * Tables and vectors made ready for models: scaled, encoded, selected, reduced, fused. From `'kindred'` or
 * `'kindred/features'`.
 * @module features
 */

export type { BlockFusion } from './fuse/block-fusion.js'
export type { BlockFusionOptions, BlockFusionSettings, BlockScaling, MissingBlocks } from './fuse/block-options.js'
export { type ConcatenateOptions, Concatenation, concatenate } from './fuse/concatenation.js'
export type { FeatureBlocks, FeatureFusion, FusedFeatures, FusionReport } from './fuse/feature-fusion.js'
export { type FuseScoresOptions, fuseScores, type ScoreNormalization } from './fuse/fuse-scores.js'
export { type ReciprocalRankFusionOptions, reciprocalRankFusion } from './fuse/reciprocal-rank-fusion.js'
export type { FuseListsOptions, ScoredItem } from './fuse/scored-lists.js'
export { WeightedSum, type WeightedSumOptions, weightedSum } from './fuse/weighted-sum.js'
export { CountVectorizer, type VectorizeOptions } from './ngrams/count-vectorizer.js'
export type { VocabularyReport } from './ngrams/fitted-vocabulary.js'
export { HashingVectorizer, type HashingVectorizerOptions } from './ngrams/hashing-vectorizer.js'
export type { NgramOptions, TokenPattern } from './ngrams/ngram-options.js'
export { TfidfEmbedder, type TfidfEmbedderOptions } from './ngrams/tfidf-embedder.js'
export type { RowNorm, TfidfVectorizerOptions } from './ngrams/tfidf-options.js'
export { TfidfVectorizer } from './ngrams/tfidf-vectorizer.js'
export type { CountVectorizerOptions } from './ngrams/vocabulary-options.js'
export {
  CanonicalCorrelation,
  type CanonicalCorrelationOptions,
  type CanonicalTransformOptions,
} from './reduce/canonical-correlation.js'
export { PCA } from './reduce/pca.js'
export type { PCAOptions, PCASettings, PCASolver } from './reduce/pca-options.js'
export type { ReduceFitOptions, Reduction, ReductionState } from './reduce/reduction.js'
export { TruncatedSVD, type TruncatedSVDOptions, type TruncatedSVDSolver } from './reduce/truncated-svd.js'
