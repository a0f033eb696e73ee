import { checkTexts } from '../encode/check-texts.js'
import { checkInteger, checkNumber, checkOneOf, checkOptions } from '../native/argument-checks.js'
import type { AbortOptions } from '../native/call-options.js'
import { KindredError } from '../native/errors.js'
import { guardReceivers } from '../native/guard-receivers.js'
import type { Graph, Tensor } from '../nn/graph/graph.js'
import type { Program } from '../nn/graph/program.js'
import type { OnnxGraph } from '../nn/onnx/onnx-graph.js'
import {
  addHead,
  BertModel,
  type BertSource,
  type EncodedTokens,
  loadSource,
  type TrainingJob,
} from './base/bert-model.js'
import type { NewHeadOptions } from './base/labels.js'
import { onnxPooledHead, POOLED, pooledHead, pooledShapes } from './base/pooled-head.js'
import { checkRDrop, type RDropOptions } from './base/robust-options.js'
import { batchesWithin, batchOf, tokenSequences } from './base/token-sequences.js'
import { checkValidation, TRAINING_OPTIONS, type TrainingOptions, trainingSettings } from './base/training-options.js'
import { checkSameTokens, checkStudent, type Pupil } from './compress/check-student.js'
import {
  type DistillationOptions,
  distillationWeights,
  matchedLayers,
  studentLayers,
} from './compress/distill-options.js'
import { distillationLoss, TEACHER_LOGITS, teacherState } from './compress/distillation-loss.js'
import { importanceOfWeights, keptParts } from './compress/importance.js'
import { PRUNE_OPTIONS, type PruneOptions, pruneSettings } from './compress/prune-options.js'
import { smallerSource, wholeLayers } from './compress/smaller-source.js'
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
   * Each text is read twice, with other dropout, and the divergence of what the two say is part of the loss (Liang et al. 2021,
   * "R-Drop"). Of 'single-label' alone. Default none.
   */
  rdrop?: RDropOptions
  /**
   * Judged after each epoch, by accuracy, for 'multi-label' by micro F1, for 'regression' by the squared error; the weights
   * of the best epoch are kept.
   */
  validation?: LabeledTexts<P>
}

/** How {@link TextClassifier.distill} makes and trains a student. */
export interface DistillClassifierOptions extends TrainingOptions, DistillationOptions {
  /**
   * Layers of the teacher that the student begins with, by their numbers, ascending from 0. Default every second one.
   */
  layers?: readonly number[]
  /**
   * A classifier that is trained in place of a new one, with the same labels; it must have the teacher's tokens and length of
   * states, unless `stateWeight` is 0.
   */
  student?: TextClassifier
  /** The label of each text, if they are known. */
  labels?: readonly string[]
  /** Judged by accuracy after each epoch; the weights of the best epoch are kept. */
  validation?: LabeledTexts
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
  readonly #predict: () => Program

  private constructor(source: BertSource, problem: Problem<P>) {
    super(source, pooledShapes(source.folder.config, problem.outputs))
    this.#problem = problem
    this.problemType = problem.type
    this.labels = Object.freeze([...problem.labels])
    this.#predict = this.inference((graph, encoded) => [problem.scores(this.#logits(graph, encoded))])
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
    options = checkOptions('fit', options, [...TRAINING_OPTIONS, 'rdrop', 'validation'])
    const settings = trainingSettings(options, this.tokenBounds)
    const rdrop = checkRDrop(options.rdrop)
    if (rdrop !== undefined) this.#checkSingle('rdrop')
    const problem = this.#problem
    const own = checkTexts(texts)
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
        options: { rdrop },
        data: [own, truth, held, heldTruth],
        judgedClass: problem.reportClass,
        rdrop,
        ...this.#task(sequences, truth),
        validate: heldSequences && (() => this.#judge(heldSequences, heldTruth!, THRESHOLD, signal)),
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
    const settings = trainingSettings({ batchSize, maxTokens, signal }, this.tokenBounds)
    const own = checkTexts(texts)
    const truth = this.#problem.targets('labels', labels, own.length)
    if (own.length === 0 && by === 'gradient')
      throw new KindredError('ERR_VALUE', "texts: expected some to learn from what matters; by: 'weights' needs none.")
    return this.alone(async () => {
      const { source } = this
      const importance =
        by === 'gradient'
          ? await this.importanceOn({
              settings,
              samples: own.length,
              ...this.#task(await this.#tokens(own, signal, settings.maxTokens), truth),
            })
          : await importanceOfWeights(source.folder.config, source.adaptation.reader())
      const head = pooledShapes(source.folder.config, this.#problem.outputs)
      return new TextClassifier(await smallerSource(source, head, keptParts(importance, shares)), this.#problem)
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
    options = checkOptions('distill', options, [
      ...TRAINING_OPTIONS,
      ...[
        'validation',
        'layers',
        'student',
        'labels',
        'temperature',
        'softWeight',
        'hardWeight',
        'stateWeight',
        'states',
      ],
    ] as never)
    this.#checkSingle('distill')
    const { source } = this
    const kind = checkOneOf('states', options.states ?? 'squared', ['squared', 'cosine'] as const)
    const weights = distillationWeights(options, options.labels !== undefined)
    const own = checkTexts(texts)
    const truth = options.labels && this.#problem.targets('labels', options.labels, own.length)
    const depth = source.folder.config.order.length
    const layers = studentLayers(options.layers, depth)
    if (options.student !== undefined) {
      if (!(options.student instanceof TextClassifier) || options.student === this)
        throw new KindredError('ERR_VALUE', 'student: expected another TextClassifier.')
      const [pupil, teacher] = [options.student, this].map(({ labels, source: { folder } }) => ({
        labels,
        dims: folder.config.dims,
      })) as [Pupil, Pupil]
      checkStudent(pupil, teacher, options.layers, weights.states)
    }
    const { signal } = options
    const validation = checkValidation(options.validation, ['texts', 'labels'])
    const held = validation && checkTexts(validation.texts)
    const heldTruth = validation && this.#problem.targets('validation.labels', validation.labels, held!.length)
    return this.alone(async () => {
      const head = pooledShapes(source.folder.config, this.#problem.outputs)
      const student =
        options.student ??
        new TextClassifier(await smallerSource(source, head, wholeLayers(source, layers)), this.#problem)
      const studied = matchedLayers(student.source.folder.config.order.length, depth)
      const given = trainingSettings(options, student.tokenBounds)
      // States alone say nothing of the head.
      const isStill = (name: string) => weights.soft + weights.hard === 0 && head.has(name)
      const settings = { ...given, frozen: (name: string) => isStill(name) || given.frozen(name) }
      await student.trainOn(async () => {
        const sequences = await student.#tokens(own, signal, settings.maxTokens)
        const taught = await this.#tokens(own, signal, settings.maxTokens)
        if (weights.states > 0) checkSameTokens(sequences, taught)
        const heldSequences = held && (await student.#tokens(held, signal))
        const teach = this.inference((graph, encoded) => [
          this.#logits(graph, encoded),
          ...(weights.states > 0 ? studied.map((layer) => encoded.layers[layer]!) : []),
        ])
        return {
          settings,
          samples: own.length,
          options: { ...weights, kind },
          data: [own, truth, held, heldTruth],
          judgedClass: this.#problem.reportClass,
          readsLayers: weights.states > 0,
          logits: (graph, encoded) => student.#logits(graph, encoded),
          loss: (graph, { layers: states }, logits) => distillationLoss(graph, logits, states, weights, kind),
          batch: async (samples) => {
            const { inputs, sizes } = batchOf(taught, samples, this.padding)
            const [logits, ...states] = await teach().run(inputs, sizes, { signal })
            const others = {
              [TEACHER_LOGITS]: logits!,
              ...Object.fromEntries(states.map((state, n) => [teacherState(n), state])),
              ...(truth && { labels: Int32Array.from(samples, (n) => truth[n]!) }),
            }
            return { ...batchOf(sequences, samples, student.padding), others }
          },
          validate: heldSequences && (() => student.#judge(heldSequences, heldTruth!, THRESHOLD, signal)),
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
    const threshold = this.#threshold(options)
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
    const threshold = this.#threshold(options)
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
    return { architectures: [this.className('ForSequenceClassification')], ...this.#problem.config }
  }

  /** @internal */
  protected async onnxHead(graph: OnnxGraph, states: string): Promise<void> {
    const logits = await onnxPooledHead(graph, this.source.weights, this.source.folder.config, states)
    graph.output('logits', logits, ['batch', this.#problem.outputs])
  }

  /** The classes of texts to tell. */
  #task(
    sequences: readonly Int32Array[],
    truth: Targets,
  ): Pick<TrainingJob<ProblemTypes[P]['report']>, 'logits' | 'loss' | 'batch'> {
    return {
      logits: (graph, encoded) => this.#logits(graph, encoded),
      loss: (_graph, _encoded, logits) => this.#problem.loss(logits),
      batch: (samples) => ({
        ...batchOf(sequences, samples, this.padding),
        others: { labels: this.#problem.batch(truth, samples) },
      }),
    }
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

  /** @throws ERR_NOT_SUPPORTED unless a text has one label: what `what` compares are classes that exclude each other */
  #checkSingle(what: string): void {
    if (this.problemType !== 'single-label')
      throw new KindredError(
        'ERR_NOT_SUPPORTED',
        `${what}: expected a classifier of single labels, but this one is of '${this.problemType}'.`,
      )
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
      const given = (await this.#predict().run(inputs, sizes, { signal }))[0] as Float32Array
      for (let n = 0; n < chosen.length; n++) scores.push(given.slice(n * outputs, (n + 1) * outputs))
    }
    return scores
  }
}

guardReceivers(TextClassifier)
