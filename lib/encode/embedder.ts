import type { Catalogue } from '../data/catalogue.js'
import type { EmbeddedItems } from './embed-items.js'
import type { Embeddings, EmbedOptions } from './onnx/text-embedder.js'

/** Texts in, vectors out: what every text encoder can do, whatever it runs on. */
export interface Embedder extends Disposable, AsyncDisposable {
  /** Length of a vector. */
  readonly dims: number
  /** Longest text in tokens, special tokens included; Infinity if there is no limit. */
  readonly maxTokens: number
  /** What `embed` does unless told otherwise. */
  readonly pooling: 'cls' | 'mean' | 'max'
  readonly normalize: boolean
  /** One vector per text, in the order given. */
  embed(texts: readonly string[], options?: EmbedOptions): Promise<Embeddings>
  /** One vector per item, and what became of the texts. */
  embedItems(catalogue: Catalogue, options?: EmbedOptions): Promise<EmbeddedItems>
  /** The token ids of each text as the encoder sees them. */
  tokenize(texts: readonly string[], options?: { signal?: AbortSignal }): Promise<Int32Array[]>
  /** Lets go of what the encoder holds. Idempotent. */
  dispose(): void
}
