import { checkInteger, checkOptions } from '../native/argument-checks.js'
import type { AbortOptions } from '../native/call-options.js'
import { KindredError, show } from '../native/errors.js'
import { guardReceivers } from '../native/guard-receivers.js'
import type { Graph, Tensor } from '../nn/graph/graph.js'
import type { Program } from '../nn/graph/program.js'
import type { OnnxGraph } from '../nn/onnx/onnx-graph.js'
import { activation, scale } from '../nn/ops/layers/elementwise.js'
import { binaryCrossEntropy } from '../nn/ops/losses/losses.js'
import type { EncodedTokens } from './base/encoded-tokens.js'
import { checkPairs, checkScores, type ScoredPairs, type TextPair } from './base/pairs.js'
import { onnxPooledHead, POOLED, pooledHead, pooledShapes } from './base/pooled-head.js'
import { addHead, type BertSource, loadSource } from './base/source.js'
import { batchesWithin, type PairSequence, pairBatchOf, pairSequences, pairSpecials } from './base/token-sequences.js'
import { checkValidation, TRAINING_OPTIONS, type TrainingOptions, trainingSettings } from './base/training-options.js'
import { CompressibleModel } from './compress/compressible-model.js'
import { DISTILL_OPTIONS, type DistillationOptions, type StudentChoice } from './compress/distill-options.js'
import { PRUNE_OPTIONS, type PruneOptions } from './compress/prune-options.js'
import { outputsOf } from './problems/problem-of.js'
import { spearman } from './spearman.js'

/** How {@link CrossEncoder.load} loads a model. */
export interface LoadCrossEncoderOptions extends AbortOptions {
  /** Draws the weights of a new head, where the folder has none; an integer from 0. Default 0. */
  seed?: number
}

/** How {@link CrossEncoder.fit} trains. */
export interface FitCrossEncoderOptions extends TrainingOptions {
  /** Judged by Spearman's correlation after each epoch; the weights of the best epoch are kept. */
  validation?: ScoredPairs
}

/** How {@link CrossEncoder.distill} makes and trains a student. */
export interface DistillCrossEncoderOptions extends TrainingOptions, DistillationOptions, StudentChoice<CrossEncoder> {
  /** The score of each pair, from 0 to 1, if they are known. */
  scores?: readonly number[]
  /** Judged by Spearman's correlation after each epoch; the weights of the best epoch are kept. */
  validation?: ScoredPairs
}

/** How logits of scores differ from the teacher's, and from scores at the input 'scores'. */
const OF_SCORES = {
  soft: (logits: Tensor, teacher: Tensor, temperature: number) =>
    scale(
      binaryCrossEntropy(scale(logits, 1 / temperature), activation(scale(teacher, 1 / temperature), 'sigmoid')),
      temperature ** 2,
    ),
  hard: (graph: Graph, logits: Tensor) => binaryCrossEntropy(logits, graph.input('scores', logits.shape)),
}

/** Tokens that a prediction works on at a time. */
const TOKENS_AT_ONCE = 4096

/**
 * An encoder of BERT's family that reads two texts together and gives one score in [0, 1] (Nogueira and Cho 2019, "Passage re-ranking with
 * BERT", section 3): more exact than the cosine of two vectors, and slower, so that it ranks what a faster search has found.
 */
export class CrossEncoder extends CompressibleModel<number> {
  readonly #predict: () => Program

  private constructor(source: BertSource) {
    super(source, pooledShapes(source.folder.config, 1))
    this.#predict = this.inference((graph, encoded) => [activation(this.said(graph, encoded), 'sigmoid')])
  }

  /**
   * Loads a Hugging Face folder of a model of BERT's family; one without a head for one score gets a new one.
   * @throws ERR_ENCODER for a folder that is none or of another architecture, ERR_VALUE, ERR_MODEL_FILE, ERR_ABORTED
   */
  static async load(folder: string, options: LoadCrossEncoderOptions = {}): Promise<CrossEncoder> {
    options = checkOptions('CrossEncoder.load', options, ['seed', 'signal'])
    const seed = checkInteger('seed', options.seed ?? 0, { min: 0 })
    const source = await loadSource('CrossEncoder.load', folder, 'texts', options.signal)
    const { config, json, tensors } = source.folder
    const hasHead = tensors.has('classifier.weight') && outputsOf(json) === 1
    const isKept = (name: string) => hasHead || (name.startsWith(POOLED) && tensors.has(name))
    pairSpecials(source.tokenizer)
    await addHead(source, pooledShapes(config, 1), seed, isKept)
    return new CrossEncoder(source)
  }

  /**
   * Trains it on pairs of texts and the score of each, by binary cross-entropy. The model is as it was if that fails.
   * @param scores from 0 to 1
   * @throws ERR_VALUE, ERR_NOT_FINITE if it diverges, ERR_NOT_SUPPORTED while another fit is under way, ERR_ABORTED
   */
  async fit(
    pairs: readonly TextPair[],
    scores: readonly number[],
    options: FitCrossEncoderOptions = {},
  ): Promise<this> {
    options = checkOptions('fit', options, [...TRAINING_OPTIONS, 'validation'])
    const settings = trainingSettings(options, this.tokenBounds, options.validation !== undefined)
    const own = checkPairs('pairs', pairs)
    const targets = checkScores('scores', scores, own.length, { min: 0, max: 1 })
    const { signal } = options
    const validation = checkValidation(options.validation, ['pairs', 'scores'])
    const held = validation && checkPairs('validation.pairs', validation.pairs)
    const heldScores = held && checkScores('validation.scores', validation!.scores, held.length, { min: 0, max: 1 })
    await this.trainOn(async () => {
      const sequences = await pairSequences(this.source.tokenizer, own, settings.maxTokens, signal)
      return {
        settings,
        samples: own.length,
        data: [own, targets, held, heldScores],
        ...this.#task(sequences, targets),
        validate: held && (() => this.#judge(held, heldScores!, signal)),
      }
    })
    return this
  }

  /**
   * A smaller cross-encoder: heads of attention and columns of the feed-forward networks are removed, those first on which the
   * loss of these pairs depends least, as `TextClassifier.prune` does. This one stays as it is.
   * @param scores from 0 to 1
   * @throws ERR_VALUE, ERR_NOT_SUPPORTED for a model whose layers share their weights, one with bottleneck adapters, or during
   * a fit, ERR_ABORTED
   */
  async prune(
    pairs: readonly TextPair[],
    scores: readonly number[],
    options: PruneOptions = {},
  ): Promise<CrossEncoder> {
    options = checkOptions('prune', options, PRUNE_OPTIONS)
    const own = checkPairs('pairs', pairs)
    const targets = checkScores('scores', scores, own.length, { min: 0, max: 1 })
    const given = { option: 'pairs', samples: own.length }
    const source = await this.prunedSource(options, given, async ({ maxTokens }) =>
      this.#task(await pairSequences(this.source.tokenizer, own, maxTokens, options.signal), targets),
    )
    return new CrossEncoder(source)
  }

  /**
   * A smaller cross-encoder that learns from this one, its teacher, on pairs whose scores need not be known, as
   * `TextClassifier.distill` does: by the cross-entropy of both scores, times the square of the temperature that their logits are
   * divided by, and by its states. This one stays as it is.
   * @throws ERR_VALUE, ERR_NOT_FINITE if it diverges, ERR_NOT_SUPPORTED for layers that share their weights, bottleneck adapters, or
   * during a fit, ERR_ABORTED
   */
  async distill(pairs: readonly TextPair[], options: DistillCrossEncoderOptions = {}): Promise<CrossEncoder> {
    options = checkOptions('distill', options, [...TRAINING_OPTIONS, ...DISTILL_OPTIONS, 'scores'])
    const { signal } = options
    const own = checkPairs('pairs', pairs)
    const targets = options.scores && checkScores('scores', options.scores, own.length, { min: 0, max: 1 })
    const validation = checkValidation(options.validation, ['pairs', 'scores'])
    const held = validation && checkPairs('validation.pairs', validation.pairs)
    const heldScores = held && checkScores('validation.scores', validation!.scores, held.length, { min: 0, max: 1 })
    return this.teach<CrossEncoder>(options, {
      hasLabels: targets !== undefined,
      labels: [],
      isStudent: (student): student is CrossEncoder => student instanceof CrossEncoder,
      labelsOf: () => [],
      make: (source) => new CrossEncoder(source),
      prepare: async (student, { maxTokens }) => {
        const read = await pairSequences(student.source.tokenizer, own, maxTokens, signal)
        const taught = await pairSequences(this.source.tokenizer, own, maxTokens, signal)
        return {
          samples: own.length,
          data: [own, targets, held, heldScores],
          validate: held && (() => student.#judge(held, heldScores!, signal)),
          parts: OF_SCORES,
          teacher: {
            tokens: taught.map(({ ids }) => ids),
            batch: (samples) => this.#batch(taught, samples, undefined),
          },
          student: { tokens: read.map(({ ids }) => ids), batch: (samples) => student.#batch(read, samples, targets) },
        }
      },
    })
  }

  /** The score of each pair, from 0 to 1. @throws ERR_VALUE, ERR_NOT_SUPPORTED during a fit, ERR_ABORTED */
  async predict(pairs: readonly TextPair[], options: AbortOptions = {}): Promise<Float32Array> {
    options = checkOptions('predict', options, ['signal'])
    const own = checkPairs('pairs', pairs)
    return this.reading(async () => this.#scoresOf(own, options.signal))
  }

  /**
   * Saves it as a folder that {@link load} and Hugging Face's transformers (ForSequenceClassification with one label) load.
   * @throws ERR_IO if it cannot be written or holds something else, ERR_NOT_SUPPORTED during a fit, ERR_ABORTED
   */
  async save(dir: string, options: AbortOptions = {}): Promise<void> {
    await this.saveWith(dir, options)
  }

  /** @internal The logit of the score. */
  protected said(graph: Graph, encoded: EncodedTokens): Tensor {
    return pooledHead(graph, encoded)
  }

  /** How scores are learnt. */
  #task(sequences: readonly PairSequence[], targets: ArrayLike<number>) {
    return {
      logits: (graph: Graph, encoded: EncodedTokens) => this.said(graph, encoded),
      loss: (graph: Graph, _encoded: EncodedTokens, logits: Tensor) => OF_SCORES.hard(graph, logits),
      batch: (samples: Int32Array) => this.#batch(sequences, samples, targets),
    }
  }

  #batch(sequences: readonly PairSequence[], samples: Int32Array, targets: ArrayLike<number> | undefined) {
    return {
      ...pairBatchOf(sequences, samples, this.padding),
      ...(targets && { others: { scores: Float32Array.from(samples, (n) => targets[n]!) } }),
    }
  }

  async #judge(pairs: readonly TextPair[], scores: ArrayLike<number>, signal?: AbortSignal) {
    const judged = spearman(await this.#scoresOf(pairs, signal), scores)
    return { judged, score: judged }
  }

  /** @internal */
  protected override get tokenBounds(): { min: number; max: number } {
    return { min: pairSpecials(this.source.tokenizer) + 2, max: this.maxTokens }
  }

  /** @internal */
  protected savedConfig(): Record<string, unknown> {
    const architectures = [this.className('ForSequenceClassification')]
    return { architectures, id2label: { 0: 'LABEL_0' }, label2id: { LABEL_0: 0 } }
  }

  /** @internal The output is the logit of the score. */
  protected async onnxHead(graph: OnnxGraph, states: string): Promise<void> {
    graph.output('logits', await onnxPooledHead(graph, this.source.weights, this.source.folder.config, states), [
      'batch',
      1,
    ])
  }

  async #scoresOf(pairs: readonly TextPair[], signal?: AbortSignal): Promise<Float32Array> {
    const sequences = await pairSequences(this.source.tokenizer, pairs, this.maxTokens, signal)
    const scores = new Float32Array(pairs.length)
    for (const chosen of batchesWithin(sequences, TOKENS_AT_ONCE, ({ ids }) => ids)) {
      const { inputs, sizes } = pairBatchOf(sequences, chosen, this.padding)
      const [given] = await this.#predict().run(inputs, sizes, { signal })
      if (given!.some((score) => Number.isNaN(score)))
        throw new KindredError('ERR_NOT_FINITE', `CrossEncoder: the model gave a score that is ${show(Number.NaN)}.`)
      scores.set(given!, chosen[0])
    }
    return scores
  }
}

guardReceivers(CrossEncoder)
