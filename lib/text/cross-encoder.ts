import { checkInteger, checkOptions } from '../native/argument-checks.js'
import type { AbortOptions } from '../native/call-options.js'
import { KindredError, show } from '../native/errors.js'
import { guardReceivers } from '../native/guard-receivers.js'
import type { Program } from '../nn/graph/program.js'
import type { OnnxGraph } from '../nn/onnx/onnx-graph.js'
import { activation } from '../nn/ops/layers/elementwise.js'
import { binaryCrossEntropy } from '../nn/ops/losses/losses.js'
import { BertModel } from './base/bert-model.js'
import { checkPairs, checkScores, type ScoredPairs, type TextPair } from './base/pairs.js'
import { onnxPooledHead, POOLED, pooledHead, pooledShapes } from './base/pooled-head.js'
import { addHead, type BertSource, loadSource } from './base/source.js'
import { batchesWithin, pairBatchOf, pairSequences, pairSpecials } from './base/token-sequences.js'
import { checkValidation, TRAINING_OPTIONS, type TrainingOptions, trainingSettings } from './base/training-options.js'
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

/** Tokens that a prediction works on at a time. */
const TOKENS_AT_ONCE = 4096

/**
 * An encoder of BERT's family that reads two texts together and gives one score in [0, 1] (Nogueira and Cho 2019, "Passage re-ranking with
 * BERT", section 3): more exact than the cosine of two vectors, and slower, so that it ranks what a faster search has found.
 */
export class CrossEncoder extends BertModel<number> {
  readonly #predict: () => Program

  private constructor(source: BertSource) {
    super(source, pooledShapes(source.folder.config, 1))
    this.#predict = this.inference((graph, encoded) => [activation(pooledHead(graph, encoded), 'sigmoid')])
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
        loss: (graph, encoded) => {
          const logits = pooledHead(graph, encoded)
          return binaryCrossEntropy(logits, graph.input('scores', logits.shape))
        },
        batch: (samples) => ({
          ...pairBatchOf(sequences, samples, this.padding),
          others: { scores: Float32Array.from(samples, (n) => targets[n]!) },
        }),
        validate:
          held &&
          (async () => {
            const judged = spearman(await this.#scoresOf(held, signal), heldScores!)
            return { judged, score: judged }
          }),
      }
    })
    return this
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
