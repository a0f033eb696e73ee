import { join, resolve } from 'node:path'
import { createRandom } from '../../data/random.js'
import type { HuggingFaceTokenizer } from '../../encode/tokenize/hugging-face-tokenizer.js'
import type { NnNumbers } from '../../native/addon.js'
import { checkOneOf, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { withCallback } from '../../native/caller-callback.js'
import { KindredError, show, throwIfAborted } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { fileName, type HeadKind } from '../../nn/bert/architecture.js'
import { bertConfigOf } from '../../nn/bert/architectures/index.js'
import { type BertConfig, bertShapes } from '../../nn/bert/bert-config.js'
import { bertEncoder, type TokenInputs, tokenInputs } from '../../nn/bert/bert-encoder.js'
import { onnxBert } from '../../nn/bert/bert-onnx.js'
import { type BertFolder, loadBertWeights, readBertFolder, readTensor } from '../../nn/bert/load-bert.js'
import { Graph, type Tensor } from '../../nn/graph/graph.js'
import { Program } from '../../nn/graph/program.js'
import { OnnxGraph } from '../../nn/onnx/onnx-graph.js'
import { adamw } from '../../nn/ops/adamw.js'
import { type TrainingEpoch, train } from '../../nn/train/train.js'
import { Weights } from '../../nn/weights.js'
import { checkTarget, saveHuggingFace } from './save-hugging-face.js'
import { loadTokenizer, type TokenBatch } from './token-sequences.js'
import type { TrainingSettings } from './training-options.js'

/** A loaded folder: the encoder's weights are there, those of a head are not. */
export interface BertSource {
  readonly folder: BertFolder
  readonly tokenizer: HuggingFaceTokenizer
  readonly weights: Weights
}

/** The states of all tokens in a graph, and what they came from. */
export interface EncodedTokens {
  readonly inputs: TokenInputs
  /** [tokens, dims] */
  readonly states: Tensor
  readonly config: BertConfig
  /** Dropout of the head; 0 but in training. */
  readonly dropout: number
  /** Dropout of a text's first state, before the layer that pools it; 0 but in training. */
  readonly firstDropout: number
}

/** What a model is trained on. */
export interface TrainingJob<Judged> {
  readonly settings: TrainingSettings
  readonly samples: number
  /** Adds the loss to the graph. */
  loss(graph: Graph, encoded: EncodedTokens): Tensor
  /** Tokens of these samples, and what the loss takes beside them. */
  batch(samples: Int32Array, step: number): TokenBatch & { others: Readonly<Record<string, NnNumbers>> }
  /** After each epoch; a greater score is better. */
  validate?(): Promise<{ judged: Judged; score: number }>
}

/** @throws ERR_ENCODER for a folder that is none or of another architecture, ERR_VALUE, ERR_MODEL_FILE, ERR_ABORTED */
export async function loadSource(
  where: string,
  folder: string,
  head: HeadKind,
  signal?: AbortSignal,
): Promise<BertSource> {
  const found = await readBertFolder(checkFolder(where, folder), head)
  const tokenizer = await loadTokenizer(found.folder)
  const { vocabulary } = found.config
  if (tokenizer.size > vocabulary)
    throw new KindredError(
      'ERR_ENCODER',
      `${found.folder}: its tokenizer.json has ${tokenizer.size} tokens, but config.json says that vocab_size is ${vocabulary}. Take both from one model.`,
    )
  const weights = new Weights()
  await loadBertWeights(weights, found, signal)
  throwIfAborted(signal)
  return { folder: found, tokenizer, weights }
}

/**
 * An encoder with normal weights drawn by the seed and biases of 0.
 * @param json its config.json, but for the size of the vocabulary
 * @throws ERR_ENCODER, ERR_VALUE
 */
export async function newSource(
  where: string,
  tokenizerFolder: string,
  json: Readonly<Record<string, unknown>>,
  seed: number,
): Promise<BertSource> {
  const path = checkFolder(where, tokenizerFolder)
  const tokenizer = await loadTokenizer(path)
  const whole = { ...json, vocab_size: tokenizer.size }
  const weights = new Weights()
  const folder = {
    ...bertConfigOf(whole, where),
    folder: path,
    head: 'words' as const,
    json: whole,
    file: undefined,
    tensors: new Map(),
  }
  const source = { folder, tokenizer, weights }
  await addHead(source, bertShapes(folder.config), seed, () => false)
  return source
}

function checkFolder(where: string, folder: unknown): string {
  if (typeof folder === 'string' && folder !== '') return resolve(folder)
  throw new KindredError('ERR_VALUE', `${where}: expected the path of a folder but received ${show(folder)}.`)
}

/** How {@link BertModel.exportOnnx} writes a model. */
export interface ExportOnnxOptions extends AbortOptions {
  /**
   * 'fp32': onnx/model.onnx; 'int8': onnx/model_int8.onnx, a quarter of its size, with the encoder's products and table of words
   * of 8-bit integers (weights by row, activations as they come). Default 'fp32'.
   */
  dtype?: 'fp32' | 'int8'
}

/** The tensors of a head and their shapes. */
export type HeadShapes = ReadonlyMap<string, readonly number[]>

/**
 * Declares weights: those of the folder where `isKept` says so, else normal numbers drawn by the seed, biases of 0 and factors
 * of normalisations of 1.
 */
export async function addHead(
  { folder, weights }: BertSource,
  shapes: HeadShapes,
  seed: number,
  isKept: (name: string) => boolean,
): Promise<void> {
  const random = createRandom(seed)
  for (const [name, shape] of shapes) {
    weights.declare(name, shape)
    if (isKept(name)) await weights.write(name, await readTensor(folder, name, shape))
    else if (name.endsWith('LayerNorm.weight')) await weights.write(name, new Float32Array(shape[0]!).fill(1))
    else if (shape.length === 2) {
      const normal = () => folder.config.initializerRange * random.normal()
      await weights.write(name, Float32Array.from({ length: shape[0]! * shape[1]! }, normal))
    }
  }
}

/** What all text models share: an encoder of BERT's family and one head above it, trained and saved together. */
export abstract class BertModel<Judged> {
  /** Longest text in tokens, special tokens included. */
  readonly maxTokens: number
  /** Epochs of the last fit. */
  history: readonly TrainingEpoch<Judged>[] = []
  /** @internal */
  protected readonly source: BertSource
  readonly #head: HeadShapes
  #isTraining = false

  /** @internal */
  protected constructor(source: BertSource, head: HeadShapes) {
    this.source = source
    this.#head = head
    const { positions, padding } = source.folder.config
    this.maxTokens = padding === undefined ? positions : positions - padding - 1
  }

  /** @internal Bounds of `maxTokens`. */
  protected get tokenBounds(): { min: number; max: number } {
    return { min: this.source.tokenizer.specials + 1, max: this.maxTokens }
  }

  /** @internal The encoder in a new graph, for a program that changes no weights. */
  protected encoded(graph: Graph): EncodedTokens {
    return this.#encoded(graph, false)
  }

  #encoded(graph: Graph, isTraining: boolean): EncodedTokens {
    const { config, head } = this.source.folder
    const inputs = tokenInputs(graph)
    const { firstDropout, textDropout, tokenDropout } = config.head
    return {
      inputs,
      config,
      states: bertEncoder(graph, config, inputs, isTraining),
      dropout: isTraining ? { texts: textDropout, tokens: tokenDropout, words: 0, none: 0 }[head] : 0,
      firstDropout: isTraining ? firstDropout : 0,
    }
  }

  /** @internal @throws ERR_NOT_SUPPORTED while the model is being trained */
  protected checkIdle(): void {
    if (this.#isTraining)
      throw new KindredError('ERR_NOT_SUPPORTED', `${this.constructor.name}: it is being trained; wait for fit to end.`)
  }

  /** @internal Trains all weights that are not frozen; after an error the model is as it was. */
  protected async trainOn(prepare: () => Promise<TrainingJob<Judged>>): Promise<void> {
    this.checkIdle()
    this.#isTraining = true
    try {
      const job = await prepare()
      const { settings } = job
      if (job.samples === 0)
        throw new KindredError('ERR_VALUE', `${this.constructor.name}: expected at least one text to learn from.`)
      const { program, names } = await this.#step(job)
      this.history = await withCallback(settings.onProgress, (onProgress) =>
        train<Judged>({
          ...settings,
          onProgress,
          samples: job.samples,
          weights: this.source.weights,
          trained: names,
          validate: job.validate,
          step: async (samples, given) => {
            const { inputs, sizes, others } = job.batch(samples, given.step[0]!)
            const [loss] = await program.run({ ...inputs, ...others, ...given }, sizes, { signal: settings.signal })
            return loss![0]!
          },
        }),
      )
    } finally {
      this.#isTraining = false
    }
  }

  /** @internal @throws ERR_IO for a folder that a save would refuse */
  async checkTarget(dir: string): Promise<void> {
    const [architecture] = this.savedConfig().architectures as string[]
    await checkTarget(checkFolder('save', dir), architecture!)
  }

  /** @internal Saves weights under the names that transformers knows, and further files. */
  protected async saveWith(
    dir: string,
    options: AbortOptions,
    files?: Readonly<Record<string, readonly Uint8Array[]>>,
  ): Promise<void> {
    options = checkOptions('save', options, ['signal'])
    this.checkIdle()
    const { folder, weights } = this.source
    const tensors: Record<string, { shape: readonly number[]; data: Float32Array }> = {}
    for (const name of this.#names())
      tensors[fileName(folder.architecture, folder.head, name)] = {
        shape: weights.entry(name).shape,
        data: await weights.read(name),
      }
    const config = this.#wholeConfig()
    await saveHuggingFace(checkFolder('save', dir), { config, tensors, tokenizerFolder: folder.folder, files }, options)
  }

  /** @internal Adds what the head makes of the states to an ONNX graph. */
  protected abstract onnxHead(graph: OnnxGraph, states: string): Promise<void>

  /**
   * Writes it as an ONNX model: config.json, the tokenizer's files, and onnx/model.onnx, or with `dtype: 'int8'`
   * onnx/model_int8.onnx (a folder takes both, one call after the other), with the inputs `input_ids`,
   * `attention_mask` and, where the architecture has types of tokens, `token_type_ids` [batch, sequence], for onnxruntime and
   * others.
   * @throws ERR_IO if it cannot be written or the folder holds something else, ERR_NOT_SUPPORTED during a fit, ERR_ABORTED
   */
  async exportOnnx(dir: string, options: ExportOnnxOptions = {}): Promise<void> {
    const { dtype, signal } = checkOptions('exportOnnx', options, ['dtype', 'signal'])
    const isQuantized = checkOneOf('dtype', dtype ?? 'fp32', ['fp32', 'int8']) === 'int8'
    this.checkIdle()
    const { folder } = this.source
    await saveHuggingFace(
      checkFolder('save', dir),
      {
        config: this.#wholeConfig(),
        tensors: undefined,
        tokenizerFolder: folder.folder,
        files: await this.onnxFiles({ isQuantized }),
      },
      { signal },
    )
  }

  /** config.json: what the folder said, whose weights may have been of half precision, and what this model is. */
  #wholeConfig(): Record<string, unknown> {
    const { json } = this.source.folder
    const types = Object.fromEntries(
      ['dtype', 'torch_dtype'].filter((key) => key in json).map((key) => [key, 'float32']),
    )
    return { ...json, ...types, ...this.savedConfig() }
  }

  /** @internal The name of a class of transformers for this architecture, such as BertModel for 'Model'. */
  protected className(ending: string): string {
    const { architecture, json } = this.source.folder
    return `${architecture.classes[json.model_type as string]}${ending}`
  }

  /** @internal The id of padding behind which positions begin, for batches. */
  protected get padding(): number | undefined {
    return this.source.folder.config.padding
  }

  /** @internal What config.json says beside the encoder's. */
  protected abstract savedConfig(): Readonly<Record<string, unknown>>

  /** @internal onnx/model.onnx, or onnx/model_int8.onnx. */
  protected async onnxFiles({ isQuantized = false } = {}): Promise<Record<string, readonly Uint8Array[]>> {
    const { folder, weights } = this.source
    const graph = new OnnxGraph({ isQuantized })
    await this.onnxHead(graph, await onnxBert(graph, weights, folder.config))
    return { [join('onnx', isQuantized ? 'model_int8.onnx' : 'model.onnx')]: graph.encode().pieces() }
  }

  /** Gives the memory of its weights back; later calls throw ERR_DISPOSED. */
  dispose(): void {
    this.source.weights.dispose()
  }

  #names(): string[] {
    return [...bertShapes(this.source.folder.config).keys(), ...this.#head.keys()]
  }

  /** The program of a step, its optimiser at the start, and the weights that it changes. */
  async #step({ loss, settings }: TrainingJob<Judged>): Promise<{ program: Program; names: string[] }> {
    const { weights } = this.source
    const names = this.#names().filter((name) => !settings.frozen(name))
    if (names.length === 0)
      throw new KindredError('ERR_VALUE', 'frozen: expected weights that are left to train, but it names all of them.')
    const graph = new Graph(weights)
    const value = loss(graph, this.#encoded(graph, true))
    const { maxNorm, weightDecay } = settings
    const { kept } = adamw(value, names, {
      weightDecay,
      maxNorm,
      decays: (name) => !name.endsWith('bias') && !name.includes('LayerNorm'),
    })
    for (const name of kept) await weights.clear(name)
    return { program: new Program(graph, [value]), names }
  }
}

guardReceivers(BertModel)
