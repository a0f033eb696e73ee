import type { Catalogue } from '../data/catalogue.js'
import type { Features } from '../data/features.js'
import type { Matrix } from '../data/matrix.js'
import type { AbortOptions, Progress } from '../native/call-options.js'
import type { AttentionPooling } from './pooling/attention-pooling.js'

/** How {@link Embedder.embed} makes vectors of texts. */
export interface EmbedOptions extends AbortOptions {
  /** How token states become one vector; default: what the encoder's folder says. */
  pooling?: 'mean' | 'cls' | 'max' | AttentionPooling
  /** Divide each vector by its Euclidean norm; default: what the encoder's folder says. */
  normalize?: boolean
  /**
   * What to do with texts longer than the encoder takes: 'truncate' cuts and flags them (default), 'error' refuses them
   * before anything is computed, 'chunk' encodes them in chunks of the full length, special tokens around each, and takes
   * the mean of the chunks' vectors weighted by their tokens (special tokens included), normalised afterwards if asked.
   */
  truncation?: 'error' | 'truncate' | 'chunk'
  /** Called as texts are finished; counts texts. */
  onProgress?: (progress: Progress) => void
}

export const EMBED_OPTIONS = ['pooling', 'normalize', 'truncation', 'signal', 'onProgress']

/** One vector for each text, with its number of tokens. */
export interface Embeddings {
  /** [texts, dims], in the caller's order. */
  vectors: Matrix
  /** [texts], tokens of each text before any truncation, special tokens included. */
  tokens: Int32Array
  /** [texts], whether something was cut off. */
  truncated: boolean[]
}

/** How many of a catalogue's texts were empty or cut off. */
export interface EmbeddingReport {
  /** Items of the catalogue. */
  items: number
  /** Items whose text is empty or white space: their vectors carry no information. */
  empty: number
  /** Items whose text was cut off. */
  truncated: number
  /** Tokens of all texts before any truncation, special tokens included. */
  tokens: number
}

/** One vector per item, with a report on the texts. */
export type EmbeddedItems = Features & {
  /** How many texts were empty or cut off. */
  readonly report: Readonly<EmbeddingReport>
}

/** What a {@link TextEmbedder} reads: a text, or token ids without the special ones around them. */
export type EncoderInput = string | Int32Array

/** A text encoder of any kind: texts in, vectors out. */
export interface Embedder extends Disposable, AsyncDisposable {
  /** Length of a vector. */
  readonly dims: number
  /** Longest text in tokens, special tokens included; Infinity if there is no limit. */
  readonly maxTokens: number
  /** How `embed` pools token states by default. */
  readonly pooling: 'cls' | 'mean' | 'max'
  /** Whether `embed` divides vectors by their norm by default. */
  readonly normalize: boolean
  /** One vector per text, in the order given. */
  embed(texts: readonly string[], options?: EmbedOptions): Promise<Embeddings>
  /** One vector per item, with a report on the texts. */
  embedItems(catalogue: Catalogue, options?: EmbedOptions): Promise<EmbeddedItems>
  /** The token ids of each text as the encoder sees them. */
  tokenize(texts: readonly string[], options?: AbortOptions): Promise<Int32Array[]>
  /** Releases the encoder's memory and process. Idempotent. */
  dispose(): void
}
