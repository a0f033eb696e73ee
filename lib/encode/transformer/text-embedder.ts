import { resolve } from 'node:path'
import type { Catalogue } from '../../data/catalogue.js'
import { Matrix } from '../../data/matrix.js'
import { checkBoolean, checkInteger, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { withCallback } from '../../native/caller-callback.js'
import { KindredError, show, throwIfAborted } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { checkInputs, checkTexts } from '../check-texts.js'
import { embedItems } from '../embed-items.js'
import {
  EMBED_OPTIONS,
  type EmbeddedItems,
  type Embedder,
  type Embeddings,
  type EmbedOptions,
  type EncoderInput,
  PROMPT_OPTIONS,
  type PromptOptions,
} from '../embedder.js'
import { dimsAfter } from '../modules/row-module.js'
import { EncoderHost } from '../onnx/encoder-host.js'
import type { EncoderDtype } from '../onnx/find-model-file.js'
import type { PartialResult, PoolingPlan, ReadyEncoder, TextWork } from '../onnx/ipc-protocol.js'
import { AttentionPooling } from '../pooling/attention-pooling.js'
import { checkPoolingModes, type PoolingMode } from '../pooling/pooling-modes.js'
import { bundledEncoder } from '../static/bundled-encoder.js'
import { StaticEmbedder } from '../static/static-embedder.js'
import { warnOfTokenizer } from '../tokenize/tokenizer-warning.js'
import { normalizationOf } from '../vector-dims.js'
import { type EncoderConfig, readEncoderConfig } from './encoder-config.js'
import {
  checkRuntime,
  checkTextEmbedderOptions,
  type LoadTextEmbedderOptions,
  onnxOption,
  refuseOfStatic,
} from './load-options.js'
import { NativeEngine } from './native-engine.js'
import { NativeSession } from './native-session.js'
import { promptOf } from './prompt-option.js'
import type { EncoderSimilarity } from './sentence-transformers-config.js'
import type { EncoderPrecision, EngineName, TextEngine } from './text-engine.js'

/** What was chosen to run a model. */
interface ChosenEngine {
  name: EngineName
  engine: TextEngine
  reason: string
  precision: EncoderPrecision | EncoderDtype
}

const disposed = () => new KindredError('ERR_DISPOSED', 'This TextEmbedder has been disposed of.')

/**
 * A pretrained text encoder: texts in, vectors out. Where the folder holds `model.safetensors` of BERT's family, kindred's kernels
 * run it on threads of this process; any other ONNX model runs on onnxruntime in a process of its own, which ends with this one or
 * with `dispose()`, and does not keep it alive while idle. The event loop stays free either way.
 */
export class TextEmbedder implements Embedder {
  /** The folder that it was loaded from, absolute. */
  readonly folder: string
  /** Length of a vector, where `embed` is not asked for another. */
  readonly dims: number
  /** Longest text in tokens, special tokens included. */
  readonly maxTokens: number
  /** How `embed` pools token states by default; several modes: their vectors one after the other. */
  readonly pooling: PoolingMode | readonly PoolingMode[] | AttentionPooling
  /** Whether `embed` divides vectors by their norm by default, before they are cut to {@link dims}. */
  readonly normalize: boolean
  /** What can be put before texts, by name: the `prompts` of config_sentence_transformers.json. */
  readonly prompts: Readonly<Record<string, string>>
  /** The prompt that is put before texts by default; null: none. */
  readonly defaultPromptName: string | null
  /** How its vectors are to be compared, as its folder says; `'cosine'` if it does not. */
  readonly similarity: EncoderSimilarity
  /** What runs the model: kindred's kernels in this process, or onnxruntime in a process of its own. */
  readonly engine: EngineName
  /** Why it is that one. */
  readonly engineReason: string
  /** What the numbers of products are rounded to; of an ONNX model its `dtype`. */
  readonly precision: EncoderPrecision | EncoderDtype
  readonly #config: EncoderConfig
  readonly #engine: TextEngine
  /** Length of a token's state. */
  readonly #stateDims: number

  private constructor(config: EncoderConfig, chosen: ChosenEngine, { stateDims, dims }: ReadyEncoder) {
    this.#config = config
    this.#engine = chosen.engine
    this.engine = chosen.name
    this.engineReason = chosen.reason
    this.precision = chosen.precision
    this.#stateDims = stateDims
    this.folder = config.folder
    this.dims = Math.min(dims, config.truncateDims ?? dims)
    this.maxTokens = config.maxTokens
    const { modes, attention } = config.pooling
    this.pooling = attention
      ? new AttentionPooling(new Matrix(attention.heads, stateDims, attention.queries))
      : modes.length === 1
        ? modes[0]!
        : modes
    this.normalize = config.normalize
    this.prompts = config.prompts
    this.defaultPromptName = config.defaultPromptName
    this.similarity = config.similarity
  }

  /** @internal */
  get config(): EncoderConfig {
    return this.#config
  }

  /**
   * Loads an encoder from a Hugging Face style folder: `tokenizer.json`, `config.json`, and `model.safetensors` (or several files with
   * an index), or else `onnx/model.onnx` or `model.onnx` (for other dtypes `model_quantized.onnx`, `model_fp16.onnx` and so on). What sentence-transformers obeys is obeyed, or
   * refused: `modules.json` and the folders that it names, `config_sentence_transformers.json` and
   * `sentence_bert_config.json` give modules, pooling, prompts, dimensions, length and normalisation. Where they say
   * nothing, a text takes at most min(`model_max_length` of tokenizer_config.json, `max_position_embeddings` of
   * config.json) tokens, 512 if neither says, and vectors are mean-pooled and not normalised. A process warning
   * `KINDRED_TOKENIZER` tells of a tokenizer whose ids may differ from those of the reference implementation. Without a
   * folder, the static encoder that comes with the package, which takes no other option than `signal`.
   * @throws ERR_ENCODER if the folder is no encoder or cannot be run, ERR_RESOURCES if no process or file can be opened now,
   *   ERR_ENCODER_DIED, ERR_NOT_SUPPORTED for a precision that the processor does not have, ERR_VALUE, ERR_ABORTED
   */
  static load(folder?: undefined, options?: AbortOptions): Promise<StaticEmbedder>
  /** The same for a folder. */
  static load(folder: string, options?: LoadTextEmbedderOptions): Promise<TextEmbedder>
  /** The same where it is not known whether there is a folder. */
  static load(folder: string | undefined, options?: LoadTextEmbedderOptions): Promise<TextEmbedder | StaticEmbedder>
  static async load(folder?: string, options: LoadTextEmbedderOptions = {}): Promise<TextEmbedder | StaticEmbedder> {
    options = checkTextEmbedderOptions('TextEmbedder.load', options)
    const { signal } = options
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
    const path = resolve(folder)
    const { engine = 'auto', precision } = options
    const onnx = onnxOption(options)
    if (engine === 'onnx') return TextEmbedder.#onnx(path, options, 'asked for')
    if (onnx !== undefined) return TextEmbedder.#onnx(path, options, `${onnx} is an option of ONNX models`)
    if (engine === 'native' || precision !== undefined)
      return TextEmbedder.#native(path, options, engine === 'native' ? 'asked for' : 'precision is an option of it')
    try {
      return await TextEmbedder.#native(path, options, 'there is a model.safetensors of an architecture that it knows')
    } catch (error) {
      const { code, message } = error as KindredError
      if (code !== 'ERR_ENCODER' && code !== 'ERR_MODEL_FILE') throw error
      return TextEmbedder.#onnx(path, options, `the native engine cannot run it: ${message}`)
    }
  }

  /** On kindred's kernels. */
  static async #native(path: string, options: LoadTextEmbedderOptions, reason: string): Promise<TextEmbedder> {
    const { precision = 'f32', signal } = options
    const config = await readEncoderConfig(path, undefined)
    const session = await NativeSession.create(config, precision, signal)
    warnOfTokenizer(config.tokenizer, session.ready.differences)
    const engine = new NativeEngine(session, disposed)
    return new TextEmbedder(config, { name: 'native', engine, reason, precision }, session.ready)
  }

  /** On onnxruntime. */
  static async #onnx(path: string, options: LoadTextEmbedderOptions, reason: string): Promise<TextEmbedder> {
    const { dtype = 'fp32', threads, startTimeout = 60_000, signal } = options
    const config = await readEncoderConfig(path, dtype, reason)
    checkRuntime()
    throwIfAborted(signal)
    const program = { script: ['onnx', 'encoder-child.js'], config, threads, startTimeout }
    const { host, ready } = await EncoderHost.start(program, disposed, signal)
    warnOfTokenizer(config.tokenizer, ready.differences)
    const embedder = new TextEmbedder(config, { name: 'onnx', engine: host, reason, precision: dtype }, ready)
    host.belongTo(embedder)
    return embedder
  }

  /**
   * One vector per text. Texts are worked on sorted by length and come back in the order given. In place of a text its
   * token ids may be given, without special tokens, which are put around them; no prompt is put before them.
   * @throws ERR_VALUE for a text that is neither a string nor an Int32Array, or a prompt that the folder does not name,
   *   ERR_SHAPE for a `pooling` whose vectors the modules after it do not take, ERR_TRUNCATED (with `truncation:
   *   'error'`), ERR_ENCODER if the model fails or gives a number that is not finite, ERR_ENCODER_DIED, ERR_RESOURCES,
   *   ERR_DISPOSED, ERR_ABORTED
   */
  async embed(texts: readonly EncoderInput[], options: EmbedOptions = {}): Promise<Embeddings> {
    options = checkOptions('embed', options, EMBED_OPTIONS)
    const { truncation = 'truncate', signal, onProgress } = options
    checkOneOf('truncation', truncation, ['error', 'truncate', 'chunk'])
    if (options.normalize !== undefined) checkBoolean('normalize', options.normalize)
    const { pooling, wholeDims } = this.#planPooling(options.pooling)
    const dims =
      options.dims === undefined
        ? Math.min(wholeDims, this.#config.truncateDims ?? wholeDims)
        : checkInteger('dims', options.dims, { min: 1, max: wholeDims })
    const prompt = promptOf(this.#config, options)
    const own = checkInputs(texts)
    const total = own.length
    const out: Embeddings = {
      vectors: new Matrix(total, dims),
      tokens: new Int32Array(total),
      truncated: new Array(total).fill(false),
    }
    if (truncation === 'error') await this.#refuseLong(own, prompt, signal)
    const work: TextWork = {
      kind: 'embed',
      prompt,
      pooling,
      dims,
      normalization: normalizationOf(options.normalize, this.normalize),
      truncation: truncation === 'chunk' ? 'chunk' : 'truncate',
    }
    let done = 0
    const receive = (report: typeof onProgress) => (result: PartialResult, first: number) => {
      if (result.type === 'tokens') {
        out.tokens.set(result.tokens, first)
        for (const [i, flag] of result.truncated.entries()) out.truncated[first + i] = flag === 1
      } else if (result.type === 'vectors') {
        for (const [i, row] of result.rows.entries())
          out.vectors.row(first + row).set(result.vectors.subarray(i * dims, (i + 1) * dims))
        done += result.rows.length
        if (result.rows.length > 0) report?.({ done, total })
      }
    }
    await withCallback(onProgress, (report) => this.#engine.run(own, work, receive(report), signal))
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
   * The token ids of each text as the model sees them: prompt and special tokens included, cut to {@link maxTokens}.
   * @throws ERR_VALUE, ERR_ENCODER, ERR_ENCODER_DIED, ERR_RESOURCES, ERR_DISPOSED, ERR_ABORTED
   */
  async tokenize(texts: readonly string[], options: PromptOptions = {}): Promise<Int32Array[]> {
    options = checkOptions('tokenize', options, PROMPT_OPTIONS)
    const prompt = promptOf(this.#config, options)
    const own = checkTexts(texts)
    const out = new Array<Int32Array>(own.length)
    const receive = (result: PartialResult, first: number) => {
      if (result.type === 'ids') out[first + result.row] = result.ids
    }
    await this.#engine.run(own, { kind: 'ids', prompt }, receive, options.signal)
    return out
  }

  /** Gives its memory back, or ends its process; calls under way fail with ERR_DISPOSED. Idempotent. */
  dispose(): void {
    this.#engine.dispose()
  }

  /** As {@link dispose}, for `using`. */
  [Symbol.dispose](): void {
    this.dispose()
  }

  /** The same, and waits until no call is under way and no process is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.dispose()
    await this.#engine.gone()
  }

  /** How token states are pooled, and the length of the vectors that come of it. @throws ERR_VALUE, ERR_SHAPE */
  #planPooling(asked: EmbedOptions['pooling']): { pooling: PoolingPlan; wholeDims: number } {
    const { ofVectors } = this.#config
    const given = asked ?? this.pooling
    if (given instanceof AttentionPooling) {
      if (given.dims !== this.#stateDims)
        throw new KindredError(
          'ERR_SHAPE',
          `pooling: expected queries of ${this.#stateDims} dimensions, those of the encoder's token states, but received ${given.dims}.`,
        )
      return { pooling: { queries: given.queries.data }, wholeDims: dimsAfter(ofVectors, given.dims) }
    }
    const pooling = asked === undefined ? this.#config.pooling.modes : checkPoolingModes(asked)
    return { pooling, wholeDims: dimsAfter(ofVectors, pooling.length * this.#stateDims) }
  }

  async #refuseLong(texts: readonly EncoderInput[], prompt: string, signal: AbortSignal | undefined): Promise<void> {
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
    await this.#engine.run(texts, { kind: 'count', prompt }, receive, signal)
    if (worst !== undefined)
      throw new KindredError(
        'ERR_TRUNCATED',
        `texts[${worst.index}] has ${worst.count} tokens, the encoder takes at most ${this.maxTokens} (texts too long: ${long} of ${texts.length}). Use truncation: 'truncate' or 'chunk', or shorten it.`,
      )
  }
}

guardReceivers(TextEmbedder)
