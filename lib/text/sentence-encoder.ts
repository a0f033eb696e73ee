import { join } from 'node:path'
import { Matrix } from '../data/matrix.js'
import { checkTexts } from '../encode/check-texts.js'
import { checkInteger, checkNumber, checkOneOf, checkOptions } from '../native/argument-checks.js'
import type { AbortOptions } from '../native/call-options.js'
import { KindredError } from '../native/errors.js'
import { guardReceivers } from '../native/guard-receivers.js'
import { POOLING } from '../nn/bert/architecture.js'
import type { Graph, Tensor } from '../nn/graph/graph.js'
import type { Program } from '../nn/graph/program.js'
import type { OnnxGraph } from '../nn/onnx/onnx-graph.js'
import { gatherRows } from '../nn/ops/layers/gather.js'
import { rowDots, unitRows } from '../nn/ops/layers/vectors.js'
import { inBatchContrastive } from '../nn/ops/losses/contrastive.js'
import { squaredError } from '../nn/ops/losses/losses.js'
import { BertModel } from './base/bert-model.js'
import { checkChunkSize, placesOfChunks } from './base/cached-pairs.js'
import type { EncodedTokens } from './base/encoded-tokens.js'
import { checkPairs, checkScores, type ScoredPairs, type TextPair } from './base/pairs.js'
import { poolingModule, sentencePooling } from './base/saved-pooling.js'
import { addHead, type BertSource, loadSource } from './base/source.js'
import {
  checkPooling,
  checkPoolingHeads,
  pooledStates,
  queryShapes,
  type StatePooling,
  type TextPooling,
} from './base/text-pooling.js'
import { batchesWithin, batchOf, tokenSequences } from './base/token-sequences.js'
import { checkValidation, TRAINING_OPTIONS, type TrainingOptions, trainingSettings } from './base/training-options.js'
import { spearman } from './spearman.js'

/** How {@link SentenceEncoder.load} loads a model. */
export interface LoadSentenceEncoderOptions extends AbortOptions {
  /**
   * What makes a vector of a text's states. Attention begins with new queries, unless the folder has them. Default what the
   * folder's 1_Pooling/config.json says, 'mean' without one.
   */
  pooling?: TextPooling
  /** Of `pooling: 'attention'`: heads, each with a query of its own; a divisor of the length of a state. Default 1. */
  poolingHeads?: number
  /** Draws the queries of a new attention, an integer from 0. Default 0. */
  seed?: number
}

/** How {@link SentenceEncoder.fit} trains. */
export interface FitSentenceEncoderOptions extends TrainingOptions {
  /**
   * 'cosine': the cosine of a pair shall be its score; 'in-batch': of all second texts of the batch the pair's own shall be
   * the nearest; 'simcse': the same for a text and itself under another dropout. Default 'cosine' with `scores`, else 'in-batch'.
   */
  loss?: 'cosine' | 'in-batch' | 'simcse'
  /** The score of each pair, from -1 to 1, for 'cosine'. */
  scores?: readonly number[]
  /** Cosines are divided by it before the softmax of 'in-batch' and 'simcse', which alone take it; above 0. Default 0.05. */
  temperature?: number
  /**
   * Of 'in-batch' and 'simcse': pairs whose states are in memory at a time, at least 1 (gradient caching; Gao et al. 2021). The
   * loss is that of the whole batch, a step takes one forward pass more, and a batch of any size the memory of a chunk.
   * Not together with `accumulation`, `adversarial` or an AdaLoRA adapter. Default all pairs of a batch.
   */
  chunkSize?: number
  /** Judged by Spearman's correlation of cosines and scores after each epoch; the weights of the best epoch are kept. */
  validation?: ScoredPairs
}

/** Tokens that are embedded at a time. */
const TOKENS_AT_ONCE = 4096

/**
 * An encoder of BERT's family whose pooled states are compared by their cosine (Reimers and Gurevych 2019, "Sentence-BERT"), trained on
 * pairs of texts: with scores, with other texts of the batch as negatives (Henderson et al. 2017), or without any labels
 * (SimCSE; Gao, Yao, Chen 2021). What it saves is a folder for `TextEmbedder`.
 */
export class SentenceEncoder extends BertModel<number> {
  /** What makes a vector of a text's states. */
  readonly pooling: TextPooling
  readonly #pooling: StatePooling
  readonly #embed: () => Program

  private constructor(source: BertSource, pooling: StatePooling) {
    super(source, new Map(queryShapes(pooling, source.folder.config.dims)))
    this.#pooling = pooling
    this.pooling = pooling.kind
    this.#embed = this.inference((graph, encoded) => [this.#vectors(graph, encoded)])
  }

  /**
   * @internal Lets a model train parts of it with weights of its own: what `work` is given is not to be kept.
   * @throws ERR_NOT_SUPPORTED while it is being trained
   */
  tuneWith<T>(work: (source: BertSource, pooling: StatePooling) => Promise<T>): Promise<T> {
    return this.alone(() => work(this.source, this.#pooling))
  }

  /** Length of a vector. */
  get dims(): number {
    return this.source.folder.config.dims
  }

  /**
   * Loads a Hugging Face folder of a model of BERT's family: config.json, model.safetensors, tokenizer.json.
   * @throws ERR_ENCODER for a folder that is none or of another architecture, ERR_VALUE, ERR_MODEL_FILE, ERR_ABORTED
   */
  static async load(folder: string, options: LoadSentenceEncoderOptions = {}): Promise<SentenceEncoder> {
    options = checkOptions('SentenceEncoder.load', options, ['pooling', 'poolingHeads', 'seed', 'signal'])
    const seed = checkInteger('seed', options.seed ?? 0, { min: 0 })
    const asked = checkPooling(options.pooling, options.poolingHeads)
    const source = await loadSource('SentenceEncoder.load', folder, 'none', options.signal)
    const { config, folder: path } = source.folder
    const { queries, ...pooling } = await sentencePooling(path, asked, options.poolingHeads)
    checkPoolingHeads(pooling, config.dims)
    await addHead(source, new Map(queryShapes(pooling, config.dims)), seed, () => false)
    if (queries) await source.weights.write(POOLING.queries, queries)
    return new SentenceEncoder(source, pooling)
  }

  /**
   * Trains it on pairs of texts; for 'simcse' on texts. The model is as it was if that fails.
   * @throws ERR_VALUE, ERR_NOT_FINITE if it diverges, ERR_NOT_SUPPORTED while another fit is under way, ERR_ABORTED
   */
  async fit(pairs: readonly TextPair[] | readonly string[], options: FitSentenceEncoderOptions = {}): Promise<this> {
    options = checkOptions('fit', options, [
      ...TRAINING_OPTIONS,
      'loss',
      'scores',
      'temperature',
      'chunkSize',
      'validation',
    ])
    const settings = trainingSettings(options, this.tokenBounds, options.validation !== undefined)
    const kind = checkOneOf('loss', options.loss ?? (options.scores ? 'cosine' : 'in-batch'), [
      'cosine',
      'in-batch',
      'simcse',
    ] as const)
    const temperature = checkNumber('temperature', options.temperature ?? 0.05, { min: 1e-6 })
    if ((kind === 'cosine') !== (options.scores !== undefined))
      throw new KindredError(
        'ERR_VALUE',
        `scores: expected with loss 'cosine', and with it alone, but the loss is '${kind}'.`,
      )
    if (kind === 'cosine' && options.temperature !== undefined)
      throw new KindredError('ERR_VALUE', "temperature: expected with loss 'in-batch' or 'simcse', but it is 'cosine'.")
    const size = checkChunkSize(options.chunkSize, kind, settings)
    const [first, second] = kind === 'simcse' ? simcsePairs(pairs) : bothTexts(checkPairs('pairs', pairs))
    const scores = options.scores && checkScores('scores', options.scores, first.length, { min: -1, max: 1 })
    if (kind !== 'cosine') checkOthers(kind, first.length, settings.batchSize)
    const { signal } = options
    const validation = checkValidation(options.validation, ['pairs', 'scores'])
    const held = validation && checkPairs('validation.pairs', validation.pairs)
    const heldScores =
      held && checkScores('validation.scores', validation!.scores, held.length, { min: -Infinity, max: Infinity })
    await this.trainOn(async () => {
      const count = first.length
      const sequences = await tokenSequences(this.source.tokenizer, [...first, ...second], settings.maxTokens, signal)
      return {
        settings,
        samples: count,
        options: { loss: kind, temperature, ...(size && { chunkSize: size }) },
        data: [first, second, scores, held, heldScores],
        loss: (graph, encoded) => this.#lossOf(graph, this.#vectors(graph, encoded), kind, temperature),
        cached:
          size === undefined
            ? undefined
            : {
                size,
                vectors: (graph, encoded) => this.#vectors(graph, encoded),
                loss: (graph, vectors) => this.#lossOf(graph, vectors, kind, temperature),
                batch: placesOfChunks,
              },
        batch: (samples) => {
          const size = samples.length
          const both = [...samples, ...Array.from(samples, (n) => n + count)]
          const { inputs, sizes } = batchOf(sequences, both, this.padding)
          const places = Int32Array.from({ length: size }, (_, n) => n)
          const others = {
            first: places,
            second: places.map((n) => n + size),
            ...(kind === 'cosine' && { scores: Float32Array.from(samples, (n) => scores![n]!) }),
          }
          return { inputs, sizes: { ...sizes, pairs: size }, others }
        },
        validate:
          held &&
          (async () => {
            const judged = spearman(await this.#cosines(held, signal), heldScores!)
            return { judged, score: judged }
          }),
      }
    })
    return this
  }

  /** The vector of each text, of norm 1. @throws ERR_VALUE, ERR_NOT_SUPPORTED during a fit, ERR_ABORTED */
  async embed(texts: readonly string[], options: AbortOptions = {}): Promise<Matrix> {
    options = checkOptions('embed', options, ['signal'])
    const own = checkTexts(texts)
    return this.reading(async () => this.#embedded(own, options.signal))
  }

  /**
   * Saves it as a folder that {@link load}, `TextEmbedder` and, unless it pools by attention, sentence-transformers load:
   * model.safetensors and onnx/model.onnx, modules.json, 1_Pooling.
   * @throws ERR_IO if it cannot be written or holds something else, ERR_NOT_SUPPORTED during a fit, ERR_ABORTED
   */
  async save(dir: string, options: AbortOptions = {}): Promise<void> {
    options = checkOptions('save', options, ['signal'])
    const files = await this.reading(() => this.onnxFiles())
    await this.saveWith(dir, options, {
      ...files,
      'modules.json': [json(MODULES)],
      'sentence_bert_config.json': [json({ max_seq_length: this.maxTokens, do_lower_case: false })],
      [join('1_Pooling', 'config.json')]: [json(poolingModule(this.pooling, this.dims))],
    })
  }

  /** @internal */
  protected savedConfig(): Record<string, unknown> {
    return { architectures: [this.className('Model')] }
  }

  /** @internal */
  protected async onnxHead(graph: OnnxGraph, states: string): Promise<void> {
    graph.output('last_hidden_state', states, ['batch', 'sequence', this.dims])
  }

  /** [sequences, dims] of norm 1 */
  #vectors(graph: Graph, encoded: EncodedTokens): Tensor {
    return unitRows(pooledStates(graph, encoded, this.#pooling))
  }

  /** Of the sequences at the inputs 'first' and 'second' [pairs]. */
  #lossOf(graph: Graph, vectors: Tensor, kind: 'cosine' | 'in-batch' | 'simcse', temperature: number): Tensor {
    const pairs = graph.dim('pairs')
    const [first, second] = ['first', 'second'].map((name) => gatherRows(vectors, graph.input(name, [pairs], 'i32')))
    if (kind === 'cosine') return squaredError(rowDots(first!, second!), graph.input('scores', [pairs]))
    return inBatchContrastive(first!, second!, { temperature })
  }

  async #cosines(pairs: readonly TextPair[], signal?: AbortSignal): Promise<Float64Array> {
    const [first, second] = bothTexts(pairs)
    const [a, b] = [await this.#embedded(first, signal), await this.#embedded(second, signal)]
    return Float64Array.from(pairs, (_, n) => a.row(n).reduce((sum, value, d) => sum + value * b.row(n)[d]!, 0))
  }

  async #embedded(texts: readonly string[], signal?: AbortSignal): Promise<Matrix> {
    const sequences = await tokenSequences(this.source.tokenizer, texts, this.maxTokens, signal)
    const vectors = new Matrix(texts.length, this.dims)
    for (const chosen of batchesWithin(sequences, TOKENS_AT_ONCE)) {
      const { inputs, sizes } = batchOf(sequences, chosen, this.padding)
      const [given] = await this.#embed().run(inputs, sizes, { signal })
      vectors.data.set(given!, chosen[0]! * this.dims)
    }
    return vectors
  }
}

guardReceivers(SentenceEncoder)

const MODULES = [
  { idx: 0, name: '0', path: '', type: 'sentence_transformers.models.Transformer' },
  { idx: 1, name: '1', path: '1_Pooling', type: 'sentence_transformers.models.Pooling' },
  { idx: 2, name: '2', path: '2_Normalize', type: 'sentence_transformers.models.Normalize' },
]

const json = (value: unknown) => Buffer.from(`${JSON.stringify(value, null, 2)}\n`)

function bothTexts(pairs: readonly TextPair[]): [string[], string[]] {
  return [pairs.map(([first]) => first), pairs.map(([, second]) => second)]
}

/** @throws ERR_VALUE for a batch without others that its pairs could be told from: its loss would always be 0 */
function checkOthers(kind: string, pairs: number, batchSize: number): void {
  const [option, received] = batchSize < 2 ? ['batchSize', batchSize] : ['pairs', pairs]
  if (received < 2 && pairs > 0)
    throw new KindredError(
      'ERR_VALUE',
      `${option}: expected at least 2 with loss '${kind}', which compares those of a batch, but received ${received}.`,
    )
}

/** Each text twice: dropout makes two vectors of it. @throws ERR_VALUE unless they are texts */
function simcsePairs(texts: readonly unknown[]): [string[], string[]] {
  const own = checkTexts(texts)
  return [own, own]
}
