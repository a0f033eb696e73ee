import type { Catalogue } from '../data/catalogue.js'
import type { Features } from '../data/features.js'
import type { Matrix } from '../data/matrix.js'
import type { AbortOptions, Progress } from '../native/call-options.js'
import type { AttentionPooling } from './pooling/attention-pooling.js'
import type { PoolingMode } from './pooling/pooling-modes.js'

/** What is put before each text; of encoders with prompts. */
export interface PromptOptions extends AbortOptions {
  /** One of the encoder's prompts, by name; default: the `default_prompt_name` of its folder, none if it names none. */
  promptName?: string
  /** A prompt of your own, in place of one by name; `''` for none. */
  prompt?: string
}

/** How {@link Embedder.embed} makes vectors of texts. */
export interface EmbedOptions extends PromptOptions {
  /**
   * How token states become one vector; several modes: their vectors one after the other. Default: what the encoder's
   * folder says.
   */
  pooling?: PoolingMode | readonly PoolingMode[] | AttentionPooling
  /** How many numbers of each vector are kept, of its first; default {@link Embedder.dims}. For Matryoshka encoders. */
  dims?: number
  /**
   * Divide each vector by its Euclidean norm; default: what the encoder's folder says. `true` gives norms of 1 whatever
   * `dims` is; by default vectors are normalised whole and then cut, as sentence-transformers does.
   */
  normalize?: boolean
  /**
   * What to do with texts longer than the encoder takes: 'truncate' cuts and flags them (default), 'error' refuses them
   * before anything is computed, 'chunk' encodes them in chunks of the full length, special tokens around each, and takes
   * the mean of the chunks' pooled vectors weighted by their tokens (special tokens included); what follows the pooling,
   * normalisation included, is done to that mean.
   */
  truncation?: 'error' | 'truncate' | 'chunk'
  /** Called as texts are finished; counts texts. */
  onProgress?: (progress: Progress) => void
}

export const PROMPT_OPTIONS = ['promptName', 'prompt', 'signal']
export const EMBED_OPTIONS = [...PROMPT_OPTIONS, 'pooling', 'dims', 'normalize', 'truncation', 'onProgress']

/** One vector for each text, with its number of tokens. */
export interface Embeddings {
  /** [texts, dims], in the caller's order. */
  vectors: Matrix
  /** [texts], tokens of each text before any truncation, those of a prompt and special ones included. */
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
  /** Length of a vector, where `embed` is not asked for another. */
  readonly dims: number
  /** Longest text in tokens, special tokens included; Infinity if there is no limit. */
  readonly maxTokens: number
  /** How `embed` pools token states by default. */
  readonly pooling: PoolingMode | readonly PoolingMode[] | AttentionPooling
  /** Whether `embed` divides vectors by their norm by default. */
  readonly normalize: boolean
  /** One vector per text, in the order given. */
  embed(texts: readonly string[], options?: EmbedOptions): Promise<Embeddings>
  /** One vector per item, with a report on the texts. */
  embedItems(catalogue: Catalogue, options?: EmbedOptions): Promise<EmbeddedItems>
  /** The token ids of each text as the encoder sees them. */
  tokenize(texts: readonly string[], options?: PromptOptions): Promise<Int32Array[]>
  /** Releases the encoder's memory and process. Idempotent. */
  dispose(): void
}
