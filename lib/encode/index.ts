/**
 * Text to vectors: the bundled encoder, transformers, distillation, pooling. From `'kindred'` or `'kindred/encode'`.
 * @module encode
 */

export { AudioEmbedder, type LoadAudioOptions } from './audio/audio-embedder.js'
export type { Sound } from './audio/wav.js'
export { type DistillOptions, type DistillProgress, distill } from './distill/distill.js'
export type {
  EmbeddedItems,
  Embedder,
  EmbeddingReport,
  Embeddings,
  EmbedOptions,
  EncoderInput,
  PromptOptions,
} from './embedder.js'
export type { VideoEmbedding, VideoOptions } from './image/embed-frames.js'
export { ImageEmbedder, type LoadImageOptions } from './image/image-embedder.js'
export { loadEmbedder } from './load-embedder.js'
export type { MediaEmbedder } from './media/media-embedder.js'
export type {
  EmbeddedMediaItems,
  FailedInput,
  FailedItem,
  MediaEmbeddings,
  MediaEmbedOptions,
  MediaReport,
  MediaSource,
} from './media/media-embeddings.js'
export type { StatePooling } from './media/state-pooling.js'
export type { EncoderDtype } from './onnx/find-model-file.js'
export { AttentionPooling, type PoolingOptions } from './pooling/attention-pooling.js'
export type { PoolingMode } from './pooling/pooling-modes.js'
export type { DeviceTokenStates, TokenStates } from './pooling/token-states.js'
export { StaticEmbedder } from './static/static-embedder.js'
export { type StaticEncoder, saveStaticEncoder } from './static/static-encoder-file.js'
export type { WordPieceOptions } from './tokenize/wordpiece-options.js'
export { WordPieceTokenizer } from './tokenize/wordpiece-tokenizer.js'
export type { LoadEncoderOptions, LoadTextEmbedderOptions } from './transformer/load-options.js'
export type { EncoderSimilarity } from './transformer/sentence-transformers-config.js'
export { TextEmbedder } from './transformer/text-embedder.js'
export type { EncoderPrecision, EngineName } from './transformer/text-engine.js'
export type { Analogies, Analogy, AnalogyEvaluation, AnalogyScore } from './words/analogies.js'
export type { CorpusReport, Sentence, Sentences } from './words/corpus.js'
export type { WordFileFormat, WordFileReport } from './words/files/word-rows.js'
export type { SentenceVectors, SentenceVectorsOptions, SifOptions } from './words/sentence-vectors.js'
export { type FitSifOptions, type LoadSifOptions, SifEncoder } from './words/sif-encoder.js'
export { type SplitWords, splitWords } from './words/split-words.js'
export type { TrainWordVectorsOptions, WordAlgorithm } from './words/training-options.js'
export type { WordNeighbor } from './words/word-search.js'
export {
  type EvaluateAnalogiesOptions,
  type LoadWordVectorsOptions,
  type WordNeighborsOptions,
  WordVectors,
  type WordVectorsReport,
  type WriteWordVectorsOptions,
} from './words/word-vectors.js'
