import { checkTexts } from '../encode/check-texts.js'
import { checkInteger, checkNumber, checkOptions } from '../native/argument-checks.js'
import type { AbortOptions } from '../native/call-options.js'
import { KindredError } from '../native/errors.js'
import { guardReceivers } from '../native/guard-receivers.js'
import { Graph, type Tensor } from '../nn/graph/graph.js'
import { Program } from '../nn/graph/program.js'
import type { OnnxGraph } from '../nn/onnx/onnx-graph.js'
import { addHead, BertModel, type BertSource, type EncodedTokens, loadSource } from './base/bert-model.js'
import type { NewHeadOptions } from './base/labels.js'
import { onnxPooledHead, POOLED, pooledHead, pooledShapes } from './base/pooled-head.js'
import { batchesWithin, batchOf, tokenSequences } from './base/token-sequences.js'
import { checkValidation, TRAINING_OPTIONS, type TrainingOptions, trainingSettings } from './base/training-options.js'
import type { Problem, ProblemType, ProblemTypes, Targets } from './problems/problem.js'
import { checkProblem, problemOf } from './problems/problem-of.js'

/** Texts with the label of each. */
export interface LabeledTexts<P extends ProblemType = 'single-label'> {
  /** The texts. */
  texts: readonly string[]
  /** The label of each; its labels, which may be none, for 'multi-label'; its number for 'regression'. */
  labels: readonly ProblemTypes[P]['label'][]
}

/** How {@link TextClassifier.load} loads a model. */
export interface LoadClassifierOptions<P extends ProblemType = 'single-label'> extends NewHeadOptions {
  /** What is said of a text. Default that of the folder's head, 'single-label' for a new one. */
  problemType?: P
}

/** How {@link TextClassifier.fit} trains. */
export interface FitClassifierOptions<P extends ProblemType = 'single-label'> extends TrainingOptions {
  /**
   * Judged after each epoch, by accuracy, for 'multi-label' by micro F1, for 'regression' by the squared error; the weights
   * of the best epoch are kept.
   */
  validation?: LabeledTexts<P>
}

/** How {@link TextClassifier.predict} and {@link TextClassifier.evaluate} decide. */
export interface PredictClassesOptions extends AbortOptions {
  /** Of 'multi-label': the least probability of a label that is given, 0 to 1. Default 0.5. */
  threshold?: number
}

/** Tokens that a prediction works on at a time. */
const TOKENS_AT_ONCE = 4096

/** Of the problem types that have one. */
const THRESHOLD = 0.5

/**
 * An encoder of BERT's family with a head that tells classes of texts (Devlin et al. 2019, section 3.2), trained in this
 * process: the head and all weights below it. With `problemType: 'multi-label'` a text has any number of classes, with 'regression' a number.
 */
export class TextClassifier<P extends ProblemType = 'single-label'> extends BertModel<ProblemTypes[P]['report']> {
  /** The classes, in the order of scores; none of 'regression'. */
  readonly labels: readonly string[]
  /** What is said of a text. */
  readonly problemType: P
  readonly #problem: Problem<P>
  readonly #predict: Program

  private constructor(source: BertSource, problem: Problem<P>) {
    super(source, pooledShapes(source.folder.config, problem.outputs))
    this.#problem = problem
    this.problemType = problem.type
    this.labels = Object.freeze([...problem.labels])
    const graph = new Graph(source.weights)
    this.#predict = new Program(graph, [problem.scores(this.#logits(graph, this.encoded(graph)))])
  }

  /**
   * Loads a Hugging Face folder of a model of BERT's family: config.json, model.safetensors, tokenizer.json. With `labels`, or
   * with `problemType: 'regression'` where it has no head for a number, it gets a new head; else it must hold a classifier.
   * @throws ERR_ENCODER for a folder that is none or of another architecture, ERR_VALUE, ERR_MODEL_FILE, ERR_ABORTED
   */
  static async load<P extends ProblemType = 'single-label'>(
    folder: string,
    options: LoadClassifierOptions<P> = {},
  ): Promise<TextClassifier<P>> {
    options = checkOptions('TextClassifier.load', options, ['labels', 'problemType', 'seed', 'signal'])
    const seed = checkInteger('seed', options.seed ?? 0, { min: 0 })
    checkProblem(options.problemType, options.labels)
    const source = await loadSource('TextClassifier.load', folder, 'texts', options.signal)
    const { problem, keepsHead } = problemOf(source.folder, options.problemType, options.labels)
    const { config, tensors } = source.folder
    const isKept = (name: string) => keepsHead || (name.startsWith(POOLED) && tensors.has(name))
    await addHead(source, pooledShapes(config, problem.outputs), seed, isKept)
    return new TextClassifier(source, problem as Problem<ProblemType> as Problem<P>)
  }

  /**
   * Trains it on texts and the label of each: for 'multi-label' a list of labels, for 'regression' a number. The model is as it was if that fails.
   * @throws ERR_VALUE for an unknown label, fewer than two classes among them (of 'multi-label' none) or an illegal option, ERR_NOT_FINITE if it
   * diverges, ERR_NOT_SUPPORTED while another fit is under way, ERR_ABORTED
   */
  async fit(
    texts: readonly string[],
    labels: readonly ProblemTypes[P]['label'][],
    options: FitClassifierOptions<P> = {},
  ): Promise<this> {
    options = checkOptions('fit', options, [...TRAINING_OPTIONS, 'validation'])
    const settings = trainingSettings(options, this.tokenBounds)
    const own = checkTexts(texts)
    const problem = this.#problem
    const truth = problem.targets('labels', labels, own.length)
    problem.checkTaught(truth)
    const { signal } = options
    const validation = checkValidation(options.validation, ['texts', 'labels'])
    const held = validation && checkTexts(validation.texts)
    const heldTruth = validation && problem.targets('validation.labels', validation.labels, held!.length)
    await this.trainOn(async () => {
      const sequences = await this.#tokens(own, signal, settings.maxTokens)
      const heldSequences = held && (await this.#tokens(held, signal))
      return {
        settings,
        samples: own.length,
        loss: (graph, encoded) => problem.loss(this.#logits(graph, encoded)),
        batch: (samples) => ({
          ...batchOf(sequences, samples, this.padding),
          others: { labels: problem.batch(truth, samples) },
        }),
        validate: heldSequences && (() => this.#judge(heldSequences, heldTruth!, THRESHOLD, signal)),
      }
    })
    return this
  }

  /**
   * What class each text is of; of 'multi-label' its classes, of 'regression' its number.
   * @throws ERR_VALUE, ERR_NOT_SUPPORTED during a fit, ERR_ABORTED
   */
  async predict(
    texts: readonly string[],
    options: PredictClassesOptions = {},
  ): Promise<ProblemTypes[P]['prediction'][]> {
    options = checkOptions('predict', options, ['signal', 'threshold'])
    const { signal } = options
    const threshold = this.#threshold(options)
    const own = checkTexts(texts)
    this.checkIdle()
    const scores = await this.#scoresOf(await this.#tokens(own, signal), signal)
    return scores.map((each) => this.#problem.prediction(each, threshold))
  }

  /** Predictions of texts against their labels. @throws ERR_VALUE, ERR_NOT_SUPPORTED during a fit, ERR_ABORTED */
  async evaluate(
    texts: readonly string[],
    labels: readonly ProblemTypes[P]['label'][],
    options: PredictClassesOptions = {},
  ): Promise<ProblemTypes[P]['report']> {
    options = checkOptions('evaluate', options, ['signal', 'threshold'])
    const { signal } = options
    const threshold = this.#threshold(options)
    const own = checkTexts(texts)
    const truth = this.#problem.targets('labels', labels, own.length)
    this.checkIdle()
    return (await this.#judge(await this.#tokens(own, signal), truth, threshold, signal)).judged
  }

  /**
   * Saves it as a folder that {@link load} and Hugging Face's transformers (ForSequenceClassification) load.
   * @throws ERR_IO if it cannot be written or holds something else, ERR_NOT_SUPPORTED during a fit, ERR_ABORTED
   */
  async save(dir: string, options: AbortOptions = {}): Promise<void> {
    await this.saveWith(dir, options)
  }

  /** @internal */
  protected savedConfig(): Record<string, unknown> {
    return { architectures: [this.className('ForSequenceClassification')], ...this.#problem.config }
  }

  /** @internal */
  protected async onnxHead(graph: OnnxGraph, states: string): Promise<void> {
    const logits = await onnxPooledHead(graph, this.source.weights, this.source.folder.config, states)
    graph.output('logits', logits, ['batch', this.#problem.outputs])
  }

  #tokens(
    texts: readonly string[],
    signal: AbortSignal | undefined,
    maxTokens = this.maxTokens,
  ): Promise<Int32Array[]> {
    return tokenSequences(this.source.tokenizer, texts, maxTokens, signal)
  }

  /** [sequences, outputs] */
  #logits(graph: Graph, encoded: EncodedTokens): Tensor {
    return pooledHead(graph, encoded)
  }

  /** @throws ERR_VALUE for one out of range, or of another problem than 'multi-label' */
  #threshold({ threshold }: PredictClassesOptions): number {
    if (threshold === undefined) return THRESHOLD
    if (this.problemType !== 'multi-label')
      throw new KindredError(
        'ERR_VALUE',
        `threshold: expected with problemType 'multi-label' alone, but this classifier is of '${this.problemType}'.`,
      )
    return checkNumber('threshold', threshold, { min: 0, max: 1 })
  }

  async #judge(sequences: readonly Int32Array[], truth: Targets, threshold: number, signal?: AbortSignal) {
    const judged = this.#problem.report(truth, await this.#scoresOf(sequences, signal), threshold)
    return { judged, score: this.#problem.quality(judged) }
  }

  async #scoresOf(sequences: readonly Int32Array[], signal?: AbortSignal): Promise<Float32Array[]> {
    const scores: Float32Array[] = []
    const { outputs } = this.#problem
    for (const chosen of batchesWithin(sequences, TOKENS_AT_ONCE)) {
      const { inputs, sizes } = batchOf(sequences, chosen, this.padding)
      const given = (await this.#predict.run(inputs, sizes, { signal }))[0] as Float32Array
      for (let n = 0; n < chosen.length; n++) scores.push(given.slice(n * outputs, (n + 1) * outputs))
    }
    return scores
  }
}

guardReceivers(TextClassifier)
