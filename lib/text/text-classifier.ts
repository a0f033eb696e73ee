import { checkTexts } from '../encode/check-texts.js'
import { checkInteger, checkOptions } from '../native/argument-checks.js'
import type { AbortOptions } from '../native/call-options.js'
import { KindredError } from '../native/errors.js'
import { guardReceivers } from '../native/guard-receivers.js'
import type { Program } from '../nn/graph/program.js'
import type { OnnxGraph } from '../nn/onnx/onnx-graph.js'
import { BertModel } from './base/bert-model.js'
import { onnxPooledHead, POOLED, pooledHead, pooledShapes } from './base/pooled-head.js'
import { checkRDrop } from './base/robust-options.js'
import { addHead, type BertSource, type HeadShapes, loadSource } from './base/source.js'
import { checkPooling, poolingConfig, type StatePooling, type TextPooling } from './base/text-pooling.js'
import { tokenSequences } from './base/token-sequences.js'
import { TRAINING_OPTIONS, trainingSettings } from './base/training-options.js'
import { checkStudent } from './compress/check-student.js'
import {
  DISTILL_OPTIONS,
  type DistillStudentOptions,
  distillationSettings,
  matchedLayers,
} from './compress/distill-options.js'
import { distillationTask } from './compress/distillation-task.js'
import { importanceOfWeights, keptParts } from './compress/importance.js'
import { importanceOfTexts } from './compress/importance-of-texts.js'
import { PRUNE_OPTIONS, type PruneOptions, pruneSettings } from './compress/prune-options.js'
import { type EncoderParts, smallerSource, wholeLayers } from './compress/smaller-source.js'
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
export class TextClassifier<P extends ProblemType = 'single-label'> extends BertModel<ProblemTypes[P]['report']> {
  /** The classes, in the order of scores; none of 'regression'. */
  readonly labels: readonly string[]
  /** What is said of a text. */
  readonly problemType: P
  /** What makes one vector of the states of a text's tokens. */
  readonly pooling: TextPooling
  readonly #problem: Problem<P>
  readonly #pooling: StatePooling
  readonly #head: HeadShapes
  readonly #predict: () => Program

  private constructor(source: BertSource, problem: Problem<P>, pooling: StatePooling) {
    const head = pooledShapes(source.folder.config, problem.outputs, pooling)
    super(source, head)
    this.#problem = problem
    this.#pooling = pooling
    this.#head = head
    this.problemType = problem.type
    this.pooling = pooling.kind
    this.labels = Object.freeze([...problem.labels])
    this.#predict = this.inference((graph, encoded) => [problem.scores(pooledHead(graph, encoded, pooling))])
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
    const { by, shares, batchSize, maxTokens, signal } = pruneSettings(options, this.tokenBounds)
    const settings = trainingSettings({ batchSize, maxTokens, signal }, this.tokenBounds, false)
    const own = checkTexts(texts)
    const truth = this.#problem.targets('labels', labels, own.length)
    if (own.length === 0 && by === 'gradient')
      throw new KindredError('ERR_VALUE', "texts: expected some to learn from what matters; by: 'weights' needs none.")
    return this.alone(async () => {
      const { source } = this
      const job = async () => {
        const sequences = await this.#tokens(own, signal, settings.maxTokens)
        return { settings, samples: own.length, ...classificationTask(this.#problem, sequences, truth, this.#ofTexts) }
      }
      const importance =
        by === 'gradient'
          ? await importanceOfTexts(source, await job())
          : await importanceOfWeights(source.folder.config, source.adaptation.reader())
      return this.#smaller(keptParts(importance, shares))
    })
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
    options = checkOptions('distill', options, [...TRAINING_OPTIONS, ...DISTILL_OPTIONS])
    checkSingle('distill', this.problemType)
    const { source } = this
    const depth = source.folder.config.order.length
    const { kind, weights, layers } = distillationSettings(options, depth)
    const own = checkTexts(texts)
    const truth = options.labels && this.#problem.targets('labels', options.labels, own.length)
    if (options.student !== undefined) {
      if (!(options.student instanceof TextClassifier) || options.student === this)
        throw new KindredError('ERR_VALUE', 'student: expected another TextClassifier.')
      const pupil = ({ labels, source: { folder } }: TextClassifier) => ({ labels, dims: folder.config.dims })
      checkStudent(pupil(options.student), pupil(this), options.layers, weights.states)
    }
    const { signal } = options
    const held = heldTexts(this.#problem, options.validation)
    return this.alone(async () => {
      const student = options.student ?? (await this.#smaller(wholeLayers(source, layers)))
      const studied = matchedLayers(student.source.folder.config.order.length, depth)
      const given = trainingSettings(options, student.tokenBounds, options.validation !== undefined)
      // States alone say nothing of the head.
      const isStill = (name: string) => weights.soft + weights.hard === 0 && student.#head.has(name)
      const settings = { ...given, frozen: (name: string) => isStill(name) || given.frozen(name) }
      await student.trainOn(async () => {
        const sequences = await student.#tokens(own, signal, settings.maxTokens)
        const taught = await this.#tokens(own, signal, settings.maxTokens)
        const heldSequences = held && (await student.#tokens(held.texts, signal))
        const says = this.inference((graph, encoded) => [
          pooledHead(graph, encoded, this.#pooling),
          ...(weights.states > 0 ? studied.map((layer) => encoded.layers[layer]!) : []),
        ])
        const pair = {
          student: { sequences, ...student.#ofTexts },
          teacher: { sequences: taught, padding: this.padding, says },
        }
        return {
          settings,
          samples: own.length,
          options: { ...weights, kind },
          data: [own, truth, held?.texts, held?.truth],
          judgedClass: this.#problem.reportClass,
          ...distillationTask(pair, { labels: truth as Int32Array | undefined, weights, kind, signal }),
          validate: heldSequences && (() => student.#judge(heldSequences, held!.truth, THRESHOLD, signal)),
        }
      })
      return student
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

  /** Predictions of texts against their labels. @throws ERR_VALUE, ERR_NOT_SUPPORTED during a fit, ERR_ABORTED */
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

  async #smaller(parts: EncoderParts): Promise<TextClassifier<P>> {
    return new TextClassifier(await smallerSource(this.source, this.#head, parts), this.#problem, this.#pooling)
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
