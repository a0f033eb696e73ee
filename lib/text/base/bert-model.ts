import { join } from 'node:path'
import { fileName } from '../../encode/bert/architecture.js'
import { bertShapes } from '../../encode/bert/bert-config.js'
import { wholeShape, withZeroHeads } from '../../encode/bert/removed-heads.js'
import { checkOneOf, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import type { Adapter } from '../../nn/adapters/adapter.js'
import { tokenInputs } from '../../nn/bert/bert-encoder.js'
import { onnxBert } from '../../nn/bert/bert-onnx.js'
import { Graph, type Tensor } from '../../nn/graph/graph.js'
import { Program } from '../../nn/graph/program.js'
import { OnnxGraph } from '../../nn/onnx/onnx-graph.js'
import type { CachedLoss } from '../../nn/train/cached-step.js'
import { type FitJob, fitNetwork } from '../../nn/train/fit-network.js'
import { type TrainingHistory, trainingHistory } from '../../nn/train/history.js'
import { type EncodedTokens, encodedTokens } from './encoded-tokens.js'
import { layerRates } from './layer-rates.js'
import { checkTarget, type HuggingFaceModel, ONNX_INT8, saveHuggingFace } from './save-hugging-face.js'
import { type BertSource, checkFolder, type HeadShapes } from './source.js'
import { POOLING_CONFIG } from './text-pooling.js'
import { trainingLoss } from './training-loss.js'
import type { TrainingSettings } from './training-options.js'

/** What a model is trained on. */
export interface TrainingJob<Judged> extends FitJob<Judged> {
  readonly settings: TrainingSettings
  /** Adds what the head says of classes to the graph, of models that tell them. */
  logits?(graph: Graph, encoded: EncodedTokens): Tensor
  /** Adds the loss to the graph. @param logits what `logits` gave, or else the states */
  loss(graph: Graph, encoded: EncodedTokens, logits: Tensor): Tensor
  /** Whether the loss takes the states of layers beside the logits. */
  readonly readsLayers?: boolean
  /** Two passes with the divergence of their logits. */
  readonly rdrop?: { alpha: number } | undefined
  /** A loss that compares the vectors of a batch, made of `size` samples at a time. */
  readonly cached?:
    | (Omit<CachedLoss, 'vectors'> & { readonly size: number; vectors(graph: Graph, encoded: EncodedTokens): Tensor })
    | undefined
}

/** How {@link BertModel.exportOnnx} writes a model. */
export interface ExportOnnxOptions extends AbortOptions {
  /**
   * 'fp32': onnx/model.onnx; 'int8': onnx/model_int8.onnx, a quarter of its size, with the encoder's products and table of words
   * of 8-bit integers (weights by row, activations as they come). Default 'fp32'.
   */
  dtype?: 'fp32' | 'int8'
}

/** What all text models share: an encoder of BERT's family and one head above it, trained and saved together. */
export abstract class BertModel<Judged> {
  /** Longest text in tokens, special tokens included. */
  readonly maxTokens: number
  /**
   * The adapter that was trained, if one was: its options with every default filled in, and of AdaLoRA `ranks`, the rank of each
   * product by name.
   */
  get adapter(): Readonly<Record<string, unknown>> | undefined {
    const { adapter } = this.source.adaptation
    return adapter && { ...adapter.options, ...(adapter.ranks && { ranks: adapter.ranks }) }
  }

  /** Epochs of the last fit, with the loss of each step; it plots itself. */
  history: TrainingHistory<Judged> = trainingHistory()
  /** @internal */
  protected readonly source: BertSource
  /** @internal The weights of the head. */
  protected readonly head: HeadShapes
  #isTraining = false
  readonly #readings = new Set<Promise<unknown>>()

  /** @internal */
  protected constructor(source: BertSource, head: HeadShapes) {
    this.source = source
    this.head = head
    const { positions, padding } = source.folder.config
    this.maxTokens = padding === undefined ? positions : positions - padding - 1
  }

  /** @internal Bounds of `maxTokens`. */
  protected get tokenBounds(): { min: number; max: number } {
    return { min: this.source.tokenizer.specials + 1, max: this.maxTokens }
  }

  /** @internal A program that changes no weights, made anew when the adapter is another. */
  protected inference(outputs: (graph: Graph, encoded: EncodedTokens) => Tensor[]): () => Program {
    let made: { adapter: Adapter | undefined; program: Program } | undefined
    return () => {
      const { adapter } = this.source.adaptation
      if (made === undefined || made.adapter !== adapter) {
        const graph = new Graph(this.source.weights)
        made = { adapter, program: new Program(graph, outputs(graph, encodedTokens(this.source, graph, false))) }
      }
      return made.program
    }
  }

  /** @internal @throws ERR_NOT_SUPPORTED while the model is being trained */
  protected checkIdle(): void {
    if (this.#isTraining)
      throw new KindredError('ERR_NOT_SUPPORTED', `${this.constructor.name}: it is being trained; wait for fit to end.`)
  }

  /**
   * @internal Does what reads the weights; a fit that is called in the meantime begins when it has ended.
   * @throws ERR_NOT_SUPPORTED while the model is being trained
   */
  protected async reading<T>(work: () => Promise<T>): Promise<T> {
    this.checkIdle()
    const reading = work()
    this.#readings.add(reading)
    try {
      return await reading
    } finally {
      this.#readings.delete(reading)
    }
  }

  /** @internal Trains all weights that are not frozen; after an error the model is as it was. */
  protected async trainOn(prepare: () => Promise<TrainingJob<Judged>>): Promise<void> {
    await this.alone(async () => {
      const job = await prepare()
      const { settings } = job
      if (job.samples === 0)
        throw new KindredError('ERR_VALUE', `${this.constructor.name}: expected at least one text to learn from.`)
      const { adapter, seed } = settings
      const adapting = await this.source.adaptation.begin(adapter, seed)
      try {
        this.history = await this.#train(job)
      } catch (error) {
        await adapting.undo()
        throw error
      } finally {
        adapting.end()
        await this.source.adaptation.settle()
      }
    })
  }

  /** @internal Does what no other call may come between. @throws ERR_NOT_SUPPORTED while the model is being trained */
  protected async alone<T>(work: () => Promise<T>): Promise<T> {
    this.checkIdle()
    this.#isTraining = true
    try {
      await Promise.allSettled(this.#readings)
      return await work()
    } finally {
      this.#isTraining = false
    }
  }

  /** @internal @throws ERR_IO for a folder that a save would refuse */
  async checkTarget(dir: string): Promise<void> {
    const [architecture] = this.savedConfig().architectures as string[]
    await checkTarget(checkFolder('save', dir), architecture!)
  }

  async #train(job: TrainingJob<Judged>): Promise<TrainingHistory<Judged>> {
    const { settings } = job
    const { weights, folder, adaptation } = this.source
    const isOfHead = (name: string) => this.head.has(name)
    const trained = adaptation
      .trainable(this.weightNames(), isOfHead, settings.adapter !== undefined)
      .filter((name) => !settings.frozen(name))
    if (trained.length === 0)
      throw new KindredError('ERR_VALUE', 'frozen: expected weights that are left to train, but it names all of them.')
    const ofAdapter = [...(adaptation.adapter?.shapes.keys() ?? [])]
    const { cached } = job
    return fitNetwork(job, {
      weights,
      trained,
      all: [...new Set([...this.weightNames(), ...ofAdapter])],
      others: ofAdapter.filter((name) => !trained.includes(name)),
      learningRateFactor: layerRates(folder.config.layers, settings),
      afterStep: (at) => adaptation.afterStep(at),
      cached: cached && {
        ...cached,
        vectors: (graph) => cached.vectors(graph, encodedTokens(this.source, graph, true)),
      },
      record: (graph) => {
        const loss = trainingLoss(
          (words) => {
            const encoded = encodedTokens(this.source, graph, true, { words, whole: job.readsLayers })
            const logits = job.logits?.(graph, encoded) ?? encoded.states
            return { loss: job.loss(graph, encoded, logits), logits }
          },
          tokenInputs(graph).offsets,
          { adversarial: settings.adversarial, rdrop: job.rdrop },
        )
        return { ...loss, objective: adaptation.objective(loss.objective) }
      },
    })
  }

  /** @internal Saves weights under the names that transformers knows, and further files. */
  protected async saveWith(
    dir: string,
    options: AbortOptions,
    further?: Pick<HuggingFaceModel, 'files' | 'outdated'>,
  ): Promise<void> {
    options = checkOptions('save', options, ['signal'])
    await this.reading(() => this.#saveNow(dir, options, further))
  }

  async #saveNow(
    dir: string,
    options: AbortOptions,
    further?: Pick<HuggingFaceModel, 'files' | 'outdated'>,
  ): Promise<void> {
    const { folder, adaptation } = this.source
    const weights = adaptation.reader()
    const tensors: Record<string, { shape: readonly number[]; data: Float32Array }> = {}
    for (const name of [...this.weightNames(), ...adaptation.savedShapes.keys()]) {
      const { shape } = weights.entry(name)
      tensors[fileName(folder.architecture, folder.head, name)] = {
        shape: wholeShape(folder.config, name, shape),
        data: withZeroHeads(folder.config, name, shape, await weights.read(name)),
      }
    }
    const config = this.#wholeConfig()
    const model = { config, tensors, tokenizerFolder: folder.folder, ...further }
    await saveHuggingFace(checkFolder('save', dir), model, options)
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
    const files = await this.reading(() => this.onnxFiles({ isQuantized }))
    const { folder } = this.source
    await saveHuggingFace(
      checkFolder('save', dir),
      {
        config: this.#wholeConfig(),
        tensors: undefined,
        tokenizerFolder: folder.folder,
        files,
      },
      { signal },
    )
  }

  /** config.json: what the folder said, whose weights may have been of half precision, and what this model is. */
  #wholeConfig(): Record<string, unknown> {
    const { folder, adaptation } = this.source
    const { json } = folder
    const types = Object.fromEntries(
      ['dtype', 'torch_dtype'].filter((key) => key in json).map((key) => [key, 'float32']),
    )
    // What the folder's own head was for is not what this one is for.
    const none = { problem_type: undefined, [POOLING_CONFIG]: undefined }
    return { ...json, ...none, ...types, ...adaptation.savedConfig, ...this.savedConfig() }
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
    const { folder, adaptation } = this.source
    const graph = new OnnxGraph({ isQuantized })
    await this.onnxHead(graph, await onnxBert(graph, adaptation.reader(), folder.config))
    return { [isQuantized ? ONNX_INT8 : join('onnx', 'model.onnx')]: graph.encode().pieces() }
  }

  /** Gives the memory of its weights back; later calls throw ERR_DISPOSED. */
  dispose(): void {
    this.source.weights.dispose()
  }

  /** @internal The weights of the encoder and the head, as `frozen` is asked for them. */
  weightNames(): string[] {
    return [...bertShapes(this.source.folder.config).keys(), ...this.head.keys()]
  }
}

guardReceivers(BertModel)
