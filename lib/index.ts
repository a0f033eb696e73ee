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
export type { EmbeddedItems, EmbeddingReport } from './encode/embed-items.js'
export type { EncoderDtype } from './encode/model-file.js'
export { type Embeddings, type EmbedOptions, type LoadEncoderOptions, TextEmbedder } from './encode/text-embedder.js'
export { type BackendInfo, backendInfo, setThreads } from './native/backend.js'
export { KindredError, type KindredErrorCode } from './native/errors.js'
export { Matrix } from './native/matrix.js'
