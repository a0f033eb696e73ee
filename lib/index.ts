export {
  Catalogue,
  type CatalogueFromOptions,
  type CatalogueReport,
  type ReadCatalogueOptions,
} from './data/catalogue.js'
export type { CleaningOptions, DuplicatePolicy } from './data/clean.js'
export type { InteractionInput } from './data/collect.js'
export { Features } from './data/features.js'
export { type Id, IdMap } from './data/ids.js'
export { type Interaction, Interactions, type ReadInteractionsOptions } from './data/interactions.js'
export type { InteractionsReport } from './data/rows.js'
export type { FileFormat } from './data/source.js'
export type { SplitOptions } from './data/split.js'
export { AttentionPooling, type TokenStates } from './encode/attention-pooling.js'
export { type DistillOptions, type DistillProgress, distill } from './encode/distill.js'
export type { EmbeddedItems, EmbeddingReport } from './encode/embed-items.js'
export type { Embedder } from './encode/embedder.js'
export { loadEmbedder } from './encode/load-embedder.js'
export type { EncoderDtype } from './encode/model-file.js'
export { StaticEmbedder } from './encode/static-embedder.js'
export { type StaticEncoder, saveStaticEncoder } from './encode/static-encoder-file.js'
export { type Embeddings, type EmbedOptions, type LoadEncoderOptions, TextEmbedder } from './encode/text-embedder.js'
export { WordPieceTokenizer } from './encode/wordpiece.js'
export type { WordPieceOptions } from './encode/wordpiece-options.js'
export type { Interval } from './evaluate/bootstrap.js'
export { type CompareOptions, type Comparison, compare } from './evaluate/compare.js'
export { type Evaluation, type EvaluationReport, evaluate } from './evaluate/evaluate.js'
export type { EvaluateOptions } from './evaluate/options.js'
export { type EvaluateSampledOptions, evaluateSampled, type SampledEvaluation } from './evaluate/sampled.js'
export { AlternatingLeastSquares } from './models/als.js'
export type { AlternatingLeastSquaresOptions } from './models/als-options.js'
export { ContentBased } from './models/content-based.js'
export { loadModel } from './models/load.js'
export { Popularity, type PopularityOptions } from './models/popularity.js'
export { RandomBaseline, type RandomBaselineOptions } from './models/random-baseline.js'
export type {
  AddItemsReport,
  FitOptions,
  FitProgress,
  HistoryEntry,
  Recommendation,
  Recommender,
  RecommendForOptions,
  RecommendOptions,
  ScoreOptions,
  SimilarOptions,
} from './models/recommender.js'
export { type BackendInfo, backendInfo, setThreads } from './native/backend.js'
export { KindredError, type KindredErrorCode } from './native/errors.js'
export { Matrix } from './native/matrix.js'
