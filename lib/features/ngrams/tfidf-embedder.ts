import type { Catalogue } from '../../data/catalogue.js'
import { Matrix } from '../../data/matrix.js'
import { csrOf } from '../../data/sparse-matrix.js'
import { matrixTensor, vectorTensor } from '../../data/storage/saved-tensors.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { checkTexts } from '../../encode/check-texts.js'
import { embedItems } from '../../encode/embed-items.js'
import {
  EMBED_OPTIONS,
  type EmbeddedItems,
  type Embedder,
  type Embeddings,
  type EmbedOptions,
  PROMPT_OPTIONS,
  type PromptOptions,
} from '../../encode/embedder.js'
import { refusePrompts } from '../../encode/refuse-prompts.js'
import { cutRows, normalizationOf } from '../../encode/vector-dims.js'
import { checkBoolean, checkInteger, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError, throwIfAborted } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { nativeCall } from '../../native/native-call.js'
import { TruncatedSVD } from '../reduce/truncated-svd.js'
import type { VectorizeOptions } from './count-vectorizer.js'
import { TFIDF_OPTIONS, type TfidfVectorizerOptions } from './tfidf-options.js'
import { TfidfVectorizer } from './tfidf-vectorizer.js'
import { loadVectorizer, saveVectorizer } from './vectorizer-file.js'

/** Options of {@link TfidfEmbedder.fit}: those of {@link TfidfVectorizer}, and what its rows are reduced to. */
export interface TfidfEmbedderOptions extends TfidfVectorizerOptions {
  /** Length of a vector; default 128, or as many as there are texts or features where those are fewer. */
  dims?: number
  /** Whether `embed` divides vectors by their norm by default; default true. */
  normalize?: boolean
  /** Seed of the truncated SVD's start; default 0. */
  seed?: number
}

const OWN_OPTIONS = ['dims', 'normalize', 'seed'] as const
const KIND = 'tfidf-embedder'

interface State {
  readonly tfidf: TfidfVectorizer
  /** [features, dims], a right singular vector in each column */
  readonly axes: Matrix
}

/**
 * Latent semantic analysis (Deerwester et al. 1990) as a text encoder: TF-IDF, its truncated SVD, rows of norm 1. Learned from
 * your own texts in seconds, without a model; of words that it has not seen it knows nothing. Takes the place of any other
 * {@link Embedder}.
 */
export class TfidfEmbedder implements Embedder {
  /** Length of a vector. */
  readonly dims: number
  /** Texts are never cut. */
  readonly maxTokens = Infinity
  /** A text's vector is a mean of those of its n-grams, as far as its direction goes. */
  readonly pooling = 'mean'
  /** Whether `embed` divides vectors by their norm by default. */
  readonly normalize: boolean
  #state: State | undefined

  private constructor(state: State, normalize: boolean) {
    this.dims = state.axes.cols
    this.normalize = normalize
    this.#state = state
  }

  /**
   * Learns from texts, or from those of a catalogue.
   * @throws as {@link TfidfVectorizer.fit}; ERR_VALUE if there are fewer texts or features than `dims`
   */
  static async fit(
    texts: readonly string[] | Catalogue,
    options: TfidfEmbedderOptions & VectorizeOptions = {},
  ): Promise<TfidfEmbedder> {
    options = checkOptions('TfidfEmbedder.fit', options, [...TFIDF_OPTIONS, ...OWN_OPTIONS, 'signal', 'onProgress'])
    const { dims, normalize = true, seed = 0, signal, onProgress, ...rest } = options
    checkBoolean('normalize', normalize)
    if (dims !== undefined) checkInteger('dims', dims, { min: 1 })
    checkInteger('seed', seed, { min: 0 })
    const tfidf = new TfidfVectorizer(rest)
    const rows = await tfidf.fitTransform(Array.isArray(texts) ? texts : ((texts as Catalogue)?.texts ?? texts), {
      signal,
      onProgress,
    })
    const most = Math.min(rows.rows, rows.cols)
    if (dims !== undefined && dims > most)
      throw new KindredError(
        'ERR_VALUE',
        `dims: expected at most ${most}, for ${rows.rows} texts of ${rows.cols} features, but received ${dims}.`,
      )
    const svd = await new TruncatedSVD({ components: dims ?? Math.min(128, most), seed }).fit(rows, { signal })
    return new TfidfEmbedder({ tfidf, axes: await transposed(svd.components, signal) }, normalize)
  }

  /**
   * One vector per text. Of each text `tokens` tells how many different n-grams it has that the fit knew; a text of none has the
   * zero vector.
   * @throws ERR_VALUE for a text that is no string, another pooling than 'mean' or a prompt, ERR_DISPOSED, ERR_ABORTED
   */
  async embed(texts: readonly string[], options: EmbedOptions = {}): Promise<Embeddings> {
    options = checkOptions('TfidfEmbedder.embed', options, EMBED_OPTIONS)
    const { truncation = 'truncate', pooling = 'mean', dims = this.dims, normalize, signal, onProgress } = options
    checkOneOf('truncation', truncation, ['error', 'truncate', 'chunk'])
    checkOneOf('pooling', pooling, ['mean'])
    checkInteger('dims', dims, { min: 1, max: this.dims })
    if (normalize !== undefined) checkBoolean('normalize', normalize)
    refusePrompts(options, 'a TF-IDF embedder')
    const own = checkTexts(texts)
    const { tfidf, axes } = this.#use()
    throwIfAborted(signal)
    const rows = await tfidf.transform(own, { signal, onProgress })
    const data = await nativeCall(signal, (native, abort) => native.csrMultiply(csrOf(rows), axes, abort))
    const whole = new Matrix(own.length, this.dims, data)
    const normalization = normalizationOf(normalize, this.normalize)
    const unit = (vectors: Matrix) => nativeCall(signal, (native, abort) => native.normalizeRows(vectors, abort))
    if (normalization === 'before') await unit(whole)
    const vectors = cutRows(whole, dims)
    if (normalization === 'after') await unit(vectors)
    const tokens = new Int32Array(own.length)
    for (let r = 0; r < own.length; r++) tokens[r] = rows.offsets[r + 1]! - rows.offsets[r]!
    return { vectors, tokens, truncated: new Array<boolean>(own.length).fill(false) }
  }

  /** One vector per item of a catalogue, with a report on the texts. @throws as {@link embed} */
  async embedItems(catalogue: Catalogue, options: EmbedOptions = {}): Promise<EmbeddedItems> {
    return embedItems(this, catalogue, options)
  }

  /** The features of each text that the fit knew, by their columns. @throws ERR_VALUE, ERR_DISPOSED, ERR_ABORTED */
  async tokenize(texts: readonly string[], options: PromptOptions = {}): Promise<Int32Array[]> {
    options = checkOptions('TfidfEmbedder.tokenize', options, PROMPT_OPTIONS)
    refusePrompts(options, 'a TF-IDF embedder')
    const own = checkTexts(texts)
    const rows = await this.#use().tfidf.transform(own, { signal: options.signal })
    return own.map((_, r) => rows.row(r).indices)
  }

  /** The vectorizer: names and idf of the n-grams. @throws ERR_DISPOSED */
  get vectorizer(): TfidfVectorizer {
    return this.#use().tfidf
  }

  /** Saves it as a folder: config.json and one safetensors file. @throws ERR_DISPOSED, ERR_IO, ERR_ABORTED */
  async save(dir: string, options: AbortOptions = {}): Promise<void> {
    options = checkOptions('TfidfEmbedder.save', options, ['signal'])
    const { tfidf, axes } = this.#use()
    const { vocabulary, idf } = tfidf.fitted()
    const more = { idf: vectorTensor(idf), axes: matrixTensor(axes) }
    await saveVectorizer(dir, KIND, tfidf.options, vocabulary, more, options.signal, { normalize: this.normalize })
  }

  /** Loads what {@link save} saved. @throws ERR_MODEL_FILE, ERR_IO, ERR_ABORTED */
  static async load(dir: string, options: AbortOptions = {}): Promise<TfidfEmbedder> {
    options = checkOptions('TfidfEmbedder.load', options, ['signal'])
    const saved = await loadVectorizer(dir, KIND, options.signal)
    const axes = saved.tensors.matrix('axes', { rows: saved.vocabulary.names.length })
    return new TfidfEmbedder({ tfidf: TfidfVectorizer.restored(saved), axes }, saved.config.normalize !== false)
  }

  /** Releases the columns and axes. Calls under way finish, later ones throw ERR_DISPOSED. Idempotent. */
  dispose(): void {
    this.#state = undefined
  }

  /** As {@link dispose}, for `using`. */
  [Symbol.dispose](): void {
    this.dispose()
  }

  /** As {@link dispose}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.dispose()
  }

  #use(): State {
    if (this.#state !== undefined) return this.#state
    throw new KindredError('ERR_DISPOSED', 'This TfidfEmbedder has been disposed of.')
  }
}

guardReceivers(TfidfEmbedder)

/** @throws ERR_ABORTED */
async function transposed({ rows, cols, data }: Matrix, signal: AbortSignal | undefined): Promise<Matrix> {
  const out = new Matrix(cols, rows)
  await new LoopYielder(signal).over(cols, 1 << 10, (begin, end) => {
    for (let c = begin; c < end; c++) for (let r = 0; r < rows; r++) out.data[c * rows + r] = data[r * cols + c]!
  })
  return out
}
