import type { Catalogue } from '../../data/catalogue.js'
import { Matrix } from '../../data/matrix.js'
import { checkBoolean, checkFunction, checkInteger, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { withCallback } from '../../native/caller-callback.js'
import { KindredError, show, throwIfAborted } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { nativeCall } from '../../native/native-call.js'
import { checkTexts } from '../check-texts.js'
import { embedItems } from '../embed-items.js'
import { EMBED_OPTIONS, type EmbeddedItems, type Embedder, type Embeddings, type EmbedOptions } from '../embedder.js'
import { refusePrompts } from '../refuse-prompts.js'
import { cutRows, normalizationOf } from '../vector-dims.js'
import { checkSif, type SifOptions } from './sentence-vectors.js'
import { principalComponents, sifWeights, withoutComponents } from './sif.js'
import { loadSif, type SifParts, saveSif } from './sif-encoder-folder.js'
import { type SplitWords, splitWords } from './split-words.js'
import { listWords, meansOf } from './word-lists.js'
import { WordVectors } from './word-vectors.js'

/** Options of {@link SifEncoder.fit}. */
export interface FitSifOptions extends SifOptions, AbortOptions {}

/** Options of {@link SifEncoder.load}. */
export interface LoadSifOptions extends AbortOptions {
  /** How a text becomes words: needed where the encoder was fitted with a function of yours, which no file can hold. */
  tokenize?: SplitWords
}

/** Texts that are embedded at a time. */
const TEXTS_AT_ONCE = 1 << 14

/**
 * Sentence vectors by smooth inverse frequency (Arora, Liang and Ma 2017, "A simple but tough-to-beat baseline for sentence
 * embeddings"): a mean of word vectors in which frequent words count less, without the direction that the sentences it was
 * fitted on share. A text encoder as others are: wherever one is taken, for item features say, so is this one. Everything
 * runs in this process.
 */
export class SifEncoder implements Embedder {
  /** Length of a vector. */
  readonly dims: number
  /** Texts are never cut. */
  readonly maxTokens = Infinity
  /** How `embed` pools words. */
  readonly pooling = 'mean'
  /** Whether `embed` divides vectors by their norm by default. */
  readonly normalize = false
  /** A word of probability p counts a / (a + p). */
  readonly a: number
  #parts: SifParts | undefined
  readonly #tokenize: SplitWords

  private constructor(parts: SifParts, tokenize: SplitWords) {
    this.dims = parts.vectors.cols
    this.a = parts.a
    this.#parts = parts
    this.#tokenize = tokenize
  }

  /**
   * Learns word weights and the shared directions from texts such as those that will be embedded.
   * @param vectors used as they are; words' probabilities are those of the text that they were trained on, else of `texts`
   * @throws ERR_VALUE naming the option or text, ERR_DATA where the texts have no word with a vector, ERR_ABORTED
   */
  static async fit(vectors: WordVectors, texts: readonly string[], options: FitSifOptions = {}): Promise<SifEncoder> {
    options = checkOptions('SifEncoder.fit', options, ['a', 'components', 'tokenize', 'signal'])
    const { signal } = options
    if (!(vectors instanceof WordVectors))
      throw new KindredError('ERR_VALUE', `SifEncoder.fit: expected WordVectors but received ${show(vectors)}.`)
    const { a, components: count, tokenize } = checkSif(options, vectors.dims)
    const own = checkTexts(texts)
    throwIfAborted(signal)
    const lists = await listWords(own, tokenize, vectors.words, signal)
    const weights = sifWeights(vectors, lists, a)
    const means = await meansOf(lists, vectors.vectors, weights, signal)
    const components = count === 0 ? new Matrix(0, vectors.dims) : await principalComponents(means, count, signal)
    const { words, vectors: rows } = vectors
    const ownTokenize = tokenize !== splitWords
    return new SifEncoder({ words, vectors: rows, weights, components, a, ownTokenize }, tokenize)
  }

  /**
   * Loads a folder that {@link save} wrote.
   * @throws ERR_MODEL_FILE if it is none, or altered; ERR_VALUE where it needs `tokenize`; ERR_IO, ERR_ABORTED
   */
  static async load(folder: string, options: LoadSifOptions = {}): Promise<SifEncoder> {
    options = checkOptions('SifEncoder.load', options, ['tokenize', 'signal'])
    const tokenize = checkFunction('tokenize', options.tokenize)
    if (typeof folder !== 'string' || folder === '')
      throw new KindredError('ERR_VALUE', `SifEncoder.load: expected a folder's path but received ${show(folder)}.`)
    throwIfAborted(options.signal)
    const parts = await loadSif(folder, options.signal)
    if (parts.ownTokenize && tokenize === undefined)
      throw new KindredError(
        'ERR_VALUE',
        `tokenize: ${folder} was fitted with a function of its own that makes words of texts. Give that function.`,
      )
    return new SifEncoder(
      { ...parts, ownTokenize: tokenize !== undefined && tokenize !== splitWords },
      tokenize ?? splitWords,
    )
  }

  /**
   * One vector per text, in the order given; `tokens` counts its words, known or not. A text without a known word has the
   * zero vector. `truncation` does nothing: texts are never cut.
   * @throws ERR_VALUE for a text that is no string, a pooling other than 'mean' or a prompt, ERR_DISPOSED, ERR_ABORTED
   */
  async embed(texts: readonly string[], options: EmbedOptions = {}): Promise<Embeddings> {
    options = checkOptions('embed', options, EMBED_OPTIONS)
    const { pooling = 'mean', truncation = 'truncate', dims = this.dims, normalize, signal } = options
    checkOneOf('truncation', truncation, ['error', 'truncate', 'chunk'])
    checkOneOf('pooling', pooling, ['mean'])
    checkInteger('dims', dims, { min: 1, max: this.dims })
    if (normalize !== undefined) checkBoolean('normalize', normalize)
    const normalization = normalizationOf(normalize, this.normalize)
    refusePrompts(options, 'a SIF encoder')
    const own = checkTexts(texts)
    const { words, vectors, weights, components } = this.#use()
    throwIfAborted(signal)
    const out = new Matrix(own.length, dims)
    const tokens = new Int32Array(own.length)
    await withCallback(options.onProgress, async (report) => {
      for (let begin = 0; begin < own.length; begin += TEXTS_AT_ONCE) {
        const some = own.slice(begin, begin + TEXTS_AT_ONCE)
        const lists = await listWords(some, this.#tokenize, words, signal)
        const means = await withoutComponents(await meansOf(lists, vectors, weights, signal), components, signal)
        out.subarray(begin, begin + some.length).data.set(cutRows(means, dims).data)
        tokens.set(lists.words, begin)
        report?.({ done: begin + some.length, total: own.length })
      }
    })
    if (normalization !== 'none') await nativeCall(signal, (native, abort) => native.normalizeRows(out, abort))
    return { vectors: out, tokens, truncated: new Array<boolean>(own.length).fill(false) }
  }

  /**
   * One vector per item of a catalogue, with a report on the texts.
   * @throws as {@link embed}
   */
  async embedItems(catalogue: Catalogue, options: EmbedOptions = {}): Promise<EmbeddedItems> {
    return embedItems(this, catalogue, options)
  }

  /**
   * The rows of each text's known words among the vectors that the encoder was fitted with.
   * @throws ERR_VALUE, ERR_DISPOSED, ERR_ABORTED
   */
  async tokenize(texts: readonly string[], options: AbortOptions = {}): Promise<Int32Array[]> {
    options = checkOptions('tokenize', options, ['signal'])
    const own = checkTexts(texts)
    const { words } = this.#use()
    const { ids, offsets } = await listWords(own, this.#tokenize, words, options.signal)
    return own.map((_, t) => ids.slice(offsets[t], offsets[t + 1]))
  }

  /**
   * Writes a folder that {@link load} and `loadEmbedder` read, atomically, over an older one if there is one.
   * @throws ERR_DISPOSED, ERR_IO, ERR_ABORTED
   */
  async save(dir: string, options: AbortOptions = {}): Promise<void> {
    options = checkOptions('save', options, ['signal'])
    throwIfAborted(options.signal)
    await saveSif(dir, this.#use(), options.signal)
  }

  /** Releases the vectors. Calls under way finish, later ones throw ERR_DISPOSED. Idempotent. */
  dispose(): void {
    this.#parts = undefined
  }

  /** As {@link dispose}, for `using`. */
  [Symbol.dispose](): void {
    this.dispose()
  }

  /** As {@link dispose}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.dispose()
  }

  #use(): SifParts {
    if (this.#parts !== undefined) return this.#parts
    throw new KindredError('ERR_DISPOSED', 'This SifEncoder has been disposed of.')
  }
}

guardReceivers(SifEncoder)
