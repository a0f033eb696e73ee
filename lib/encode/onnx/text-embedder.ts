import { resolve } from 'node:path'
import type { Catalogue } from '../../data/catalogue.js'
import { Matrix } from '../../data/matrix.js'
import { checkBoolean, checkInteger, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { withCallback } from '../../native/caller-callback.js'
import { abortError, KindredError, show, throwIfAborted } from '../../native/errors.js'
import { checkNotBundled } from '../../native/package-file.js'
import { checkDescriptors, isExhausted, systemError } from '../../native/system-errors.js'
import { checkInputs, checkTexts } from '../check-texts.js'
import { embedItems } from '../embed-items.js'
import {
  EMBED_OPTIONS,
  type EmbeddedItems,
  type Embedder,
  type Embeddings,
  type EmbedOptions,
  type EncoderInput,
} from '../embedder.js'
import { AttentionPooling } from '../pooling/attention-pooling.js'
import { bundledEncoder } from '../static/bundled-encoder.js'
import { StaticEmbedder } from '../static/static-embedder.js'
import { type EncoderConfig, readEncoderConfig } from './encoder-config.js'
import { EncoderProcess } from './encoder-process.js'
import { DTYPES, type EncoderDtype } from './find-model-file.js'
import type { PartialResult, PoolingPlan, Work } from './ipc-protocol.js'

/** How {@link TextEmbedder.load} loads an encoder. */
export interface LoadEncoderOptions extends AbortOptions {
  /** Which variant of the model to load; default 'fp32'. */
  dtype?: EncoderDtype
  /** Threads of this encoder; default `backendInfo().threads.count`. */
  threads?: number
  /** Milliseconds that the encoder's process may take to start, now and whenever it is started anew; default 60,000. */
  startTimeout?: number
}

/** The process, and what the next one is started with. */
interface ProcessSlot {
  process: EncoderProcess | undefined
  readonly threads: number | undefined
  readonly startTimeout: number
}

/** @throws ERR_VALUE */
export function checkEncoderOptions(where: string, options: LoadEncoderOptions): void {
  checkOptions(where, options, ['dtype', 'threads', 'startTimeout', 'signal'])
  if (options.dtype !== undefined) checkOneOf('dtype', options.dtype, DTYPES)
  if (options.threads !== undefined) checkInteger('threads', options.threads, { min: 1, max: 1024 })
  if (options.startTimeout !== undefined)
    checkInteger('startTimeout', options.startTimeout, { min: 1, max: 2 ** 31 - 1 })
}

/** Refuses what only a transformer has. @param which the static encoder in question @throws ERR_VALUE */
export function refuseOfStatic(which: string, options: LoadEncoderOptions): void {
  for (const name of ['dtype', 'threads', 'startTimeout'] as const)
    if (options[name] !== undefined)
      throw new KindredError(
        'ERR_VALUE',
        `${name}: of folders with a transformer, but ${which} is a static encoder: one table of int8 in this process, whose threads setThreads or KINDRED_THREADS sets.`,
      )
}

const disposed = () => new KindredError('ERR_DISPOSED', 'This TextEmbedder has been disposed of.')
const abandoned = new FinalizationRegistry<ProcessSlot>((slot) => slot.process?.close(disposed()))

/**
 * A pretrained text encoder: texts in, vectors out. The model runs in a process of its own, so that the event loop stays
 * free; that process ends with this one, or with `dispose()`, and does not keep it alive while idle.
 */
export class TextEmbedder implements Embedder {
  /** The folder that it was loaded from, absolute. */
  readonly folder: string
  /** Length of a vector. */
  readonly dims: number
  /** Longest text in tokens, special tokens included. */
  readonly maxTokens: number
  /** How `embed` pools token states by default. */
  readonly pooling: 'cls' | 'mean' | 'max'
  /** Whether `embed` divides vectors by their norm by default. */
  readonly normalize: boolean
  readonly #config: EncoderConfig
  readonly #slot: ProcessSlot
  #disposed = false

  private constructor(config: EncoderConfig, slot: ProcessSlot, dims: number) {
    this.#config = config
    this.#slot = slot
    this.folder = config.folder
    this.dims = dims
    this.maxTokens = config.maxTokens
    this.pooling = config.pooling
    this.normalize = config.normalize
    abandoned.register(this, slot, slot)
  }

  /**
   * Loads an encoder from a Hugging Face style folder: `tokenizer.json`, `config.json`, `onnx/model.onnx` or `model.onnx`
   * (for other dtypes `model_quantized.onnx`, `model_fp16.onnx` and so on). What sentence-transformers obeys is obeyed:
   * `sentence_bert_config.json`, `modules.json` and `1_Pooling/config.json` give length, pooling and normalisation. Without
   * them a text takes at most min(`model_max_length` of tokenizer_config.json, `max_position_embeddings` of config.json)
   * tokens, 512 if neither says, and vectors are mean-pooled and not normalised. Without a folder, the static encoder
   * that comes with the package, which takes no other option than `signal`.
   * @throws ERR_ENCODER if the folder is no encoder or cannot be run, ERR_RESOURCES if no process or file can be opened now,
   *   ERR_ENCODER_DIED, ERR_VALUE, ERR_ABORTED
   */
  static load(folder?: undefined, options?: AbortOptions): Promise<StaticEmbedder>
  /** The same for a folder. */
  static load(folder: string, options?: LoadEncoderOptions): Promise<TextEmbedder>
  /** The same where it is not known whether there is a folder. */
  static load(folder: string | undefined, options?: LoadEncoderOptions): Promise<TextEmbedder | StaticEmbedder>
  static async load(folder?: string, options: LoadEncoderOptions = {}): Promise<TextEmbedder | StaticEmbedder> {
    checkEncoderOptions('TextEmbedder.load', options)
    const { dtype = 'fp32', threads, startTimeout = 60_000, signal } = options
    if (folder === undefined) {
      refuseOfStatic('the encoder that comes with the package', options)
      return StaticEmbedder.load(bundledEncoder(), { signal })
    }
    if (typeof folder !== 'string' || folder === '')
      throw new KindredError(
        'ERR_VALUE',
        `TextEmbedder.load: expected the path of an encoder's folder but received ${show(folder)}.`,
      )
    throwIfAborted(signal)
    const config = await readEncoderConfig(resolve(folder), dtype)
    checkRuntime()
    throwIfAborted(signal)
    const process = new EncoderProcess(config, threads, startTimeout)
    const onAbort = () => process.close(abortError(signal!))
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      const dims = await process.keepAliveFor(process.ready)
      return new TextEmbedder(config, { process, threads, startTimeout }, dims)
    } finally {
      signal?.removeEventListener('abort', onAbort)
    }
  }

  /**
   * One vector per text. Texts are worked on sorted by length and come back in the order given. In place of a text its
   * token ids may be given, without special tokens, which are put around them; no prompt is put before them.
   * @throws ERR_VALUE for a text that is neither a string nor an Int32Array, ERR_TRUNCATED (with `truncation: 'error'`), ERR_ENCODER if the model
   *   fails or gives a number that is not finite, ERR_ENCODER_DIED, ERR_RESOURCES, ERR_DISPOSED, ERR_ABORTED
   */
  async embed(texts: readonly EncoderInput[], options: EmbedOptions = {}): Promise<Embeddings> {
    checkOptions('embed', options, EMBED_OPTIONS)
    const { truncation = 'truncate', signal, onProgress } = options
    checkOneOf('truncation', truncation, ['error', 'truncate', 'chunk'])
    const normalize = options.normalize ?? this.normalize
    checkBoolean('normalize', normalize)
    const pooling = poolingPlan(options.pooling ?? this.pooling, this.dims)
    const own = checkInputs(texts)
    const total = own.length
    const out: Embeddings = {
      vectors: new Matrix(total, this.dims),
      tokens: new Int32Array(total),
      truncated: new Array(total).fill(false),
    }
    if (truncation === 'error') await this.#refuseLong(own, signal)
    const work: Work = {
      kind: 'embed',
      pooling,
      normalize,
      truncation: truncation === 'chunk' ? 'chunk' : 'truncate',
    }
    let done = 0
    const receive = (report: typeof onProgress) => (result: PartialResult, first: number) => {
      if (result.type === 'tokens') {
        out.tokens.set(result.tokens, first)
        for (const [i, flag] of result.truncated.entries()) out.truncated[first + i] = flag === 1
      } else if (result.type === 'vectors') {
        for (const [i, row] of result.rows.entries())
          out.vectors.row(first + row).set(result.vectors.subarray(i * this.dims, (i + 1) * this.dims))
        done += result.rows.length
        if (result.rows.length > 0) report?.({ done, total })
      }
    }
    await withCallback(onProgress, (report) => this.#process().run(own, work, receive(report), signal))
    return out
  }

  /**
   * One vector per item of a catalogue, from its text; `report` on the result counts what was empty or cut off.
   * @throws like {@link embed}
   */
  async embedItems(catalogue: Catalogue, options: EmbedOptions = {}): Promise<EmbeddedItems> {
    return embedItems(this, catalogue, options)
  }

  /**
   * The token ids of each text as the model sees them: special tokens included, cut to {@link maxTokens}.
   * @throws ERR_VALUE, ERR_ENCODER, ERR_ENCODER_DIED, ERR_RESOURCES, ERR_DISPOSED, ERR_ABORTED
   */
  async tokenize(texts: readonly string[], options: AbortOptions = {}): Promise<Int32Array[]> {
    checkOptions('tokenize', options, ['signal'])
    const own = checkTexts(texts)
    const out = new Array<Int32Array>(own.length)
    const receive = (result: PartialResult, first: number) => {
      if (result.type === 'ids') out[first + result.row] = result.ids
    }
    await this.#process().run(own, { kind: 'ids' }, receive, options.signal)
    return out
  }

  /** Ends the encoder's process; calls under way fail with ERR_DISPOSED. Idempotent. */
  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    abandoned.unregister(this.#slot)
    this.#slot.process?.close(disposed())
  }

  /** As {@link dispose}, for `using`. */
  [Symbol.dispose](): void {
    this.dispose()
  }

  /** The same, and waits until the process is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.dispose()
    const process = this.#slot.process
    await process?.keepAliveFor(process.gone)
  }

  /** The process; a new one if the last has died. */
  #process(): EncoderProcess {
    if (this.#disposed) throw disposed()
    const { process, threads, startTimeout } = this.#slot
    if (process !== undefined && !process.ended) return process
    this.#slot.process = new EncoderProcess(this.#config, threads, startTimeout)
    return this.#slot.process
  }

  async #refuseLong(texts: readonly EncoderInput[], signal: AbortSignal | undefined): Promise<void> {
    let worst: { index: number; count: number } | undefined
    let long = 0
    const receive = (result: PartialResult, first: number) => {
      if (result.type !== 'tokens') return
      for (const [i, count] of result.tokens.entries()) {
        if (count <= this.maxTokens) continue
        long++
        if (worst === undefined || first + i < worst.index) worst = { index: first + i, count }
      }
    }
    await this.#process().run(texts, { kind: 'count' }, receive, signal)
    if (worst !== undefined)
      throw new KindredError(
        'ERR_TRUNCATED',
        `texts[${worst.index}] has ${worst.count} tokens, the encoder takes at most ${this.maxTokens} (texts too long: ${long} of ${texts.length}). Use truncation: 'truncate' or 'chunk', or shorten it.`,
      )
  }
}

function poolingPlan(pooling: unknown, dims: number): PoolingPlan {
  if (!(pooling instanceof AttentionPooling)) return checkOneOf('pooling', pooling, ['mean', 'cls', 'max'] as const)
  if (pooling.dims === dims) return { queries: pooling.queries.data }
  throw new KindredError(
    'ERR_SHAPE',
    `pooling: expected queries of ${dims} dimensions, the encoder's, but received ${pooling.dims}.`,
  )
}

function checkRuntime(): void {
  checkNotBundled()
  try {
    checkDescriptors()
    require.resolve('onnxruntime-node')
  } catch (cause) {
    if (isExhausted(cause)) throw systemError('onnxruntime-node cannot be looked for', cause)
    throw new KindredError(
      'ERR_ENCODER',
      'Text encoders run on onnxruntime-node, an optional dependency that is not installed. Add it with: npm install onnxruntime-node',
      { cause },
    )
  }
}
