import { checkTexts } from '../encode/check-texts.js'
import { checkInteger, checkOptions } from '../native/argument-checks.js'
import type { AbortOptions } from '../native/call-options.js'
import { guardReceivers } from '../native/guard-receivers.js'
import type { Graph, Tensor } from '../nn/graph/graph.js'
import type { Program } from '../nn/graph/program.js'
import type { OnnxGraph } from '../nn/onnx/onnx-graph.js'
import type { EncodedTokens } from './base/encoded-tokens.js'
import { onnxPooledHead, POOLED, pooledHead, pooledShapes } from './base/pooled-head.js'
import { checkRDrop } from './base/robust-options.js'
import { addHead, type BertSource, loadSource } from './base/source.js'
import { checkPooling, poolingConfig, type StatePooling, type TextPooling } from './base/text-pooling.js'
import { batchOf, tokenSequences } from './base/token-sequences.js'
import { checkJudged, TRAINING_OPTIONS, trainingSettings } from './base/training-options.js'
import { CompressibleModel } from './compress/compressible-model.js'
import { DISTILL_OPTIONS, type DistillStudentOptions } from './compress/distill-options.js'
import { PRUNE_OPTIONS, type PruneOptions } from './compress/prune-options.js'
import { classificationTask, heldTexts, scoresOfTexts } from './problems/classification-task.js'
import {
  checkSingle,
  checkThreshold,
  type FitClassifierOptions,
  type LoadClassifierOptions,
  type PredictClassesOptions,
  THRESHOLD,
} from './problems/classifier-options.js'
import type { Problem, ProblemType, ProblemTypes, Targets } from './problems/problem.js'
import { checkProblem, problemOf } from './problems/problem-of.js'

/** How {@link TextClassifier.distill} makes and trains a student. */
export type DistillClassifierOptions = DistillStudentOptions<TextClassifier>

/**
 * An encoder of BERT's family with a head that tells classes of texts (Devlin et al. 2019, section 3.2), trained in this
 * process: the head and all weights below it. With `problemType: 'multi-label'` a text has any number of classes, with 'regression' a number.
 */
export class TextClassifier<P extends ProblemType = 'single-label'> extends CompressibleModel<
  ProblemTypes[P]['report']
> {
  /** The classes, in the order of scores; none of 'regression'. */
  readonly labels: readonly string[]
  /** What is said of a text. */
  readonly problemType: P
  /** What makes one vector of the states of a text's tokens. */
  readonly pooling: TextPooling
  readonly #problem: Problem<P>
  readonly #pooling: StatePooling
  readonly #predict: () => Program

  private constructor(source: BertSource, problem: Problem<P>, pooling: StatePooling) {
    super(source, pooledShapes(source.folder.config, problem.outputs, pooling))
    this.#problem = problem
    this.#pooling = pooling
    this.problemType = problem.type
    this.pooling = pooling.kind
    this.labels = Object.freeze([...problem.labels])
    this.#predict = this.inference((graph, encoded) => [problem.scores(this.said(graph, encoded))])
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
    options = checkOptions('TextClassifier.load', options, [
      'labels',
      'problemType',
      'pooling',
      'poolingHeads',
      'seed',
      'signal',
    ])
    const seed = checkInteger('seed', options.seed ?? 0, { min: 0 })
    checkProblem(options.problemType, options.labels)
    const asked = checkPooling(options.pooling, options.poolingHeads)
    const source = await loadSource('TextClassifier.load', folder, 'texts', options.signal)
    const { problem, pooling, keepsHead } = problemOf(source.folder, options.problemType, options.labels, asked)
    const { config, tensors } = source.folder
    const isKept = (name: string) => keepsHead || (name.startsWith(POOLED) && tensors.has(name))
    await addHead(source, pooledShapes(config, problem.outputs, pooling), seed, isKept)
    return new TextClassifier(source, problem as Problem<ProblemType> as Problem<P>, pooling)
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
    options = checkOptions('fit', options, [...TRAINING_OPTIONS, 'rdrop', 'validation'])
    const settings = trainingSettings(options, this.tokenBounds, options.validation !== undefined)
    const rdrop = checkRDrop(options.rdrop)
    if (rdrop !== undefined) checkSingle('rdrop', this.problemType)
    const problem = this.#problem
    const own = checkTexts(texts)
    const truth = problem.targets('labels', labels, own.length)
    problem.checkTaught(truth)
    const { signal } = options
    const held = heldTexts(this.#problem, options.validation)
    await this.trainOn(async () => {
      const sequences = await this.#tokens(own, signal, settings.maxTokens)
      const heldSequences = held && (await this.#tokens(held.texts, signal))
      return {
        settings,
        samples: own.length,
        options: { rdrop },
        data: [own, truth, held?.texts, held?.truth],
        judgedClass: problem.reportClass,
        rdrop,
        ...classificationTask(problem, sequences, truth, this.#ofTexts),
        validate: heldSequences && (() => this.#judge(heldSequences, held!.truth, THRESHOLD, signal)),
      }
    })
    return this
  }

  /**
   * A smaller classifier: heads of attention and columns of the feed-forward networks are removed, those first on which the loss
   * of these texts depends least. Its steps take less time; this one stays as it is. Some training makes up for what was lost.
   * @throws ERR_VALUE, ERR_NOT_SUPPORTED for a model whose layers share their weights, one with bottleneck adapters, or during
   * a fit, ERR_ABORTED
   */
  async prune(
    texts: readonly string[],
    labels: readonly ProblemTypes[P]['label'][],
    options: PruneOptions = {},
  ): Promise<TextClassifier<P>> {
    options = checkOptions('prune', options, PRUNE_OPTIONS)
    const own = checkTexts(texts)
    const truth = this.#problem.targets('labels', labels, own.length)
    const given = { option: 'texts', samples: own.length }
    const source = await this.prunedSource(options, given, async ({ maxTokens }) => {
      const sequences = await this.#tokens(own, options.signal, maxTokens)
      return classificationTask(this.#problem, sequences, truth, this.#ofTexts)
    })
    return new TextClassifier(source, this.#problem, this.#pooling)
  }

  /**
   * A smaller classifier that learns from this one, its teacher, on texts whose labels need not be known: it begins with some of
   * the teacher's layers, or is one of yours that has the same labels. This one stays as it is.
   * @throws ERR_VALUE, ERR_NOT_FINITE if it diverges, ERR_NOT_SUPPORTED for layers that share their weights, bottleneck
   * adapters, another problem than 'single-label', or during a fit, ERR_ABORTED
   */
  async distill(
    this: TextClassifier,
    texts: readonly string[],
    options: DistillClassifierOptions = {},
  ): Promise<TextClassifier> {
    options = checkOptions('distill', options, [...TRAINING_OPTIONS, ...DISTILL_OPTIONS, 'labels'])
    checkSingle('distill', this.problemType)
    const { signal } = options
    const own = checkTexts(texts)
    const truth = options.labels && this.#problem.targets('labels', options.labels, own.length)
    const held = heldTexts(this.#problem, options.validation)
    return this.teach<TextClassifier>(options, {
      hasLabels: truth !== undefined,
      labels: this.labels,
      isStudent: (student): student is TextClassifier => student instanceof TextClassifier,
      labelsOf: ({ labels }) => labels,
      make: (source) => new TextClassifier(source, this.#problem, this.#pooling),
      prepare: async (student, { maxTokens }) => {
        const tokens = await student.#tokens(own, signal, maxTokens)
        const taught = await this.#tokens(own, signal, maxTokens)
        const heldTokens = held && (await student.#tokens(held.texts, signal))
        return {
          samples: own.length,
          data: [own, truth, held?.texts, held?.truth],
          judgedClass: this.#problem.reportClass,
          validate: heldTokens && (() => student.#judge(heldTokens, held!.truth, THRESHOLD, signal)),
          teacher: { tokens: taught, batch: (samples) => batchOf(taught, samples, this.padding) },
          student: {
            tokens,
            batch: (samples) => ({
              ...batchOf(tokens, samples, student.padding),
              ...(truth && { others: { labels: this.#problem.batch(truth, samples) } }),
            }),
          },
        }
      },
    })
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
    const threshold = checkThreshold(options, this.problemType)
    const own = checkTexts(texts)
    const scores = await this.reading(async () => this.#scoresOf(await this.#tokens(own, signal), signal))
    return scores.map((each) => this.#problem.prediction(each, threshold))
  }

  /** Predictions of texts, at least one, against their labels. @throws ERR_VALUE, ERR_NOT_SUPPORTED during a fit, ERR_ABORTED */
  async evaluate(
    texts: readonly string[],
    labels: readonly ProblemTypes[P]['label'][],
    options: PredictClassesOptions = {},
  ): Promise<ProblemTypes[P]['report']> {
    options = checkOptions('evaluate', options, ['signal', 'threshold'])
    const { signal } = options
    const threshold = checkThreshold(options, this.problemType)
    const own = checkTexts(texts)
    const truth = this.#problem.targets('labels', labels, own.length)
    checkJudged('texts', own.length)
    return this.reading(
      async () => (await this.#judge(await this.#tokens(own, signal), truth, threshold, signal)).judged,
    )
  }

  /**
   * Saves it as a folder that {@link load} and Hugging Face's transformers (ForSequenceClassification) load.
   * @throws ERR_IO if it cannot be written or holds something else, ERR_NOT_SUPPORTED during a fit, ERR_ABORTED
   */
  async save(dir: string, options: AbortOptions = {}): Promise<void> {
    await this.saveWith(dir, options)
  }

  /** @internal The logits of the classes. */
  protected said(graph: Graph, encoded: EncodedTokens): Tensor {
    return pooledHead(graph, encoded, this.#pooling)
  }

  /** @internal */
  protected savedConfig(): Record<string, unknown> {
    return {
      architectures: [this.className('ForSequenceClassification')],
      ...this.#problem.config,
      ...poolingConfig(this.#pooling),
    }
  }

  /** @internal */
  protected async onnxHead(graph: OnnxGraph, states: string): Promise<void> {
    const logits = await onnxPooledHead(graph, this.source.weights, this.source.folder.config, states, this.#pooling)
    graph.output('logits', logits, ['batch', this.#problem.outputs])
  }

  get #ofTexts() {
    return { padding: this.padding, pooling: this.#pooling }
  }

  #tokens(texts: readonly string[], signal?: AbortSignal, maxTokens = this.maxTokens): Promise<Int32Array[]> {
    return tokenSequences(this.source.tokenizer, texts, maxTokens, signal)
  }

  async #judge(sequences: readonly Int32Array[], truth: Targets, threshold: number, signal?: AbortSignal) {
    const judged = this.#problem.report(truth, await this.#scoresOf(sequences, signal), threshold)
    return { judged, score: this.#problem.quality(judged) }
  }

  #scoresOf(sequences: readonly Int32Array[], signal?: AbortSignal): Promise<Float32Array[]> {
    return scoresOfTexts(this.#predict, sequences, this.#problem.outputs, this.padding, signal)
  }
}

guardReceivers(TextClassifier)
