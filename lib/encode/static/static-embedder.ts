import { createHash } from 'node:crypto'
import type { Catalogue } from '../../data/catalogue.js'
import { Matrix } from '../../data/matrix.js'
import { checkBoolean, checkInteger, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { withCallback } from '../../native/caller-callback.js'
import { KindredError, show, throwIfAborted } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { nativeCall } from '../../native/native-call.js'
import { checkTexts } from '../check-texts.js'
import { embedItems } from '../embed-items.js'
import { EMBED_OPTIONS, type EmbeddedItems, type Embedder, type Embeddings, type EmbedOptions } from '../embedder.js'
import { refusePrompts } from '../refuse-prompts.js'
import { overTextBatches } from '../text-batches.js'
import { WordPieceTokenizer } from '../tokenize/wordpiece-tokenizer.js'
import { cutRows, normalizationOf } from '../vector-dims.js'
import {
  completeEncoder,
  loadStaticEncoder,
  type SavedStaticEncoder,
  type StaticEncoder,
} from './static-encoder-file.js'

interface State {
  readonly tokenizer: WordPieceTokenizer
  /** [vocab, dims], the bits of int8. */
  readonly rows: Uint8Array
  readonly scales: Float32Array
}

/**
 * A static text encoder (Model2Vec, Tulkens and van Dongen 2024): a text's vector is the mean of its tokens' vectors.
 * Tokenising, gathering and averaging are one native pass over all threads, in this process.
 */
export class StaticEmbedder implements Embedder {
  /** Length of a vector. */
  readonly dims: number
  /** Longest text in tokens; Infinity if texts are never cut. */
  readonly maxTokens: number
  /** How `embed` pools tokens. */
  readonly pooling = 'mean'
  /** Whether `embed` divides vectors by their norm by default. */
  readonly normalize: boolean
  /** How the encoder was made, as its folder says. */
  readonly about: Readonly<Record<string, unknown>>
  #state: State | undefined

  private constructor(encoder: SavedStaticEncoder, tokenizer: WordPieceTokenizer) {
    const { embeddings, scales } = encoder
    this.dims = encoder.dims
    this.maxTokens = encoder.maxTokens
    this.normalize = encoder.normalize
    this.about = encoder.about
    const rows = new Uint8Array(embeddings.buffer, embeddings.byteOffset, embeddings.length)
    this.#state = { tokenizer, rows, scales }
  }

  /**
   * Loads a folder that `saveStaticEncoder` wrote.
   * @throws ERR_MODEL_FILE if it is none, or altered, ERR_IO, ERR_ABORTED
   */
  static async load(folder: string, options: AbortOptions = {}): Promise<StaticEmbedder> {
    options = checkOptions('StaticEmbedder.load', options, ['signal'])
    if (typeof folder !== 'string' || folder === '')
      throw new KindredError(
        'ERR_VALUE',
        `StaticEmbedder.load: expected the path of an encoder's folder but received ${show(folder)}.`,
      )
    throwIfAborted(options.signal)
    return StaticEmbedder.#make(await loadStaticEncoder(folder, options), options.signal)
  }

  /**
   * An encoder in memory; its arrays are used as they are.
   * @throws ERR_VALUE, ERR_SHAPE, ERR_DUPLICATE naming the value at fault; ERR_ABORTED
   */
  static async from(encoder: StaticEncoder, options: AbortOptions = {}): Promise<StaticEmbedder> {
    options = checkOptions('StaticEmbedder.from', options, ['signal'])
    throwIfAborted(options.signal)
    return StaticEmbedder.#make(completeEncoder(encoder), options.signal)
  }

  static async #make(encoder: SavedStaticEncoder, signal: AbortSignal | undefined): Promise<StaticEmbedder> {
    const tokenizer = await WordPieceTokenizer.create(encoder.vocabulary, { ...encoder.tokenizer, signal })
    return new StaticEmbedder(encoder, tokenizer)
  }

  /**
   * One vector per text, in the order given. A text without tokens has the zero vector and 0 tokens. With `truncation:
   * 'chunk'` nothing is cut: the mean of the chunks' vectors, weighted by their tokens, is the mean of all tokens.
   * @throws ERR_VALUE for a text that is no string, a pooling other than 'mean' or a prompt, ERR_TRUNCATED (with `truncation:
   *   'error'`), ERR_DISPOSED, ERR_ABORTED
   */
  async embed(texts: readonly string[], options: EmbedOptions = {}): Promise<Embeddings> {
    options = checkOptions('embed', options, EMBED_OPTIONS)
    const { truncation = 'truncate', pooling = 'mean', dims = this.dims, normalize, signal, onProgress } = options
    checkOneOf('truncation', truncation, ['error', 'truncate', 'chunk'])
    checkOneOf('pooling', pooling, ['mean'])
    checkInteger('dims', dims, { min: 1, max: this.dims })
    if (normalize !== undefined) checkBoolean('normalize', normalize)
    const normalization = normalizationOf(normalize, this.normalize)
    refusePrompts(options, 'a static encoder')
    const own = checkTexts(texts)
    const { tokenizer, rows, scales } = this.#use()
    throwIfAborted(signal)
    const total = own.length
    const limit = truncation === 'chunk' ? Infinity : this.maxTokens
    const vectors = new Matrix(total, dims)
    const tokens = new Int32Array(total)
    const truncated = new Array<boolean>(total).fill(false)
    let done = 0
    await withCallback(onProgress, (report) =>
      overTextBatches(own, async (begin, end) => {
        const out = vectors.subarray(begin, end)
        const whole = dims === this.dims ? out : new Matrix(end - begin, this.dims)
        const counts = tokens.subarray(begin, end)
        const most = limit === Infinity ? null : limit
        const unit = normalization !== 'none'
        await nativeCall(signal, (native, abort) =>
          native.staticEmbed(tokenizer.handle, rows, scales, own, begin, end, most, unit, whole.data, counts, abort),
        )
        if (whole !== out) {
          out.data.set(cutRows(whole, dims).data)
          if (normalization === 'after') await nativeCall(signal, (native, abort) => native.normalizeRows(out, abort))
        }
        if (limit !== Infinity) for (let i = begin; i < end; i++) truncated[i] = tokens[i]! > limit
        done += end - begin
        report?.({ done, total })
      }),
    )
    if (truncation === 'error') this.#refuseLong(tokens)
    return { vectors, tokens, truncated }
  }

  /**
   * One vector per item of a catalogue, with a report on the texts.
   * @throws as {@link embed}
   */
  async embedItems(catalogue: Catalogue, options: EmbedOptions = {}): Promise<EmbeddedItems> {
    return embedItems(this, catalogue, options)
  }

  /**
   * The token ids of each text, cut to {@link maxTokens}; there are no special tokens.
   * @throws ERR_VALUE, ERR_DISPOSED, ERR_ABORTED
   */
  async tokenize(texts: readonly string[], options: AbortOptions = {}): Promise<Int32Array[]> {
    options = checkOptions('tokenize', options, ['signal'])
    const ids = await this.#use().tokenizer.encode(texts, options)
    return this.maxTokens === Infinity ? ids : ids.map((text) => text.subarray(0, this.maxTokens))
  }

  /** @internal SHA-256 (hex) of all that its vectors depend on. @throws ERR_DISPOSED */
  fingerprint(): string {
    const { tokenizer, rows, scales } = this.#use()
    const hash = createHash('sha256').update(rows)
    hash.update(new Uint8Array(scales.buffer, scales.byteOffset, scales.byteLength))
    return hash.update(JSON.stringify([tokenizer.vocabulary, tokenizer.options])).digest('hex')
  }

  /** Releases the table. Calls under way finish, later ones throw ERR_DISPOSED. Idempotent. */
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
    throw new KindredError('ERR_DISPOSED', 'This StaticEmbedder has been disposed of.')
  }

  #refuseLong(tokens: Int32Array): void {
    const first = tokens.findIndex((count) => count > this.maxTokens)
    if (first < 0) return
    const long = tokens.reduce((sum, count) => sum + Number(count > this.maxTokens), 0)
    throw new KindredError(
      'ERR_TRUNCATED',
      `texts[${first}] has ${tokens[first]} tokens, the encoder takes at most ${this.maxTokens} (texts too long: ${long} of ${tokens.length}). Use truncation: 'truncate' or 'chunk', or shorten it.`,
    )
  }
}

guardReceivers(StaticEmbedder)
