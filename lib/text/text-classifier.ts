import { checkTexts } from '../encode/check-texts.js'
import { checkInteger, checkOneOf, checkOptions } from '../native/argument-checks.js'
import type { AbortOptions } from '../native/call-options.js'
import { KindredError } from '../native/errors.js'
import { guardReceivers } from '../native/guard-receivers.js'
import type { Graph, Tensor } from '../nn/graph/graph.js'
import type { Program } from '../nn/graph/program.js'
import type { OnnxGraph } from '../nn/onnx/onnx-graph.js'
import { crossEntropy } from '../nn/ops/losses.js'
import { softmax } from '../nn/ops/softmax.js'
import {
  addHead,
  BertModel,
  type BertSource,
  type EncodedTokens,
  loadSource,
  type TrainingJob,
} from './base/bert-model.js'
import { checkLabels, labelNumbers, labelsConfig, type NewHeadOptions, savedLabels } from './base/labels.js'
import { onnxPooledHead, POOLED, pooledHead, pooledShapes } from './base/pooled-head.js'
import { checkRDrop, type RDropOptions } from './base/robust-options.js'
import { batchesWithin, batchOf, tokenSequences } from './base/token-sequences.js'
import { checkValidation, TRAINING_OPTIONS, type TrainingOptions, trainingSettings } from './base/training-options.js'
import { ClassificationReport } from './classification-report.js'
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

/** Texts with the label of each. */
export interface LabeledTexts {
  /** The texts. */
  texts: readonly string[]
  /** The label of each. */
  labels: readonly string[]
}

/** How {@link TextClassifier.fit} trains. */
export interface FitClassifierOptions extends TrainingOptions {
  /**
   * Each text is read twice, with other dropout, and the divergence of what the two say is part of the loss (Liang et al. 2021,
   * "R-Drop"). Default none.
   */
  rdrop?: RDropOptions
  /** Judged by accuracy after each epoch; the weights of the best epoch are kept. */
  validation?: LabeledTexts
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

/** What a classifier says of a text. */
export interface Prediction {
  /** The class with the greatest score. */
  label: string
  /** Probability of each class, in the order of `labels`. */
  scores: Float32Array
}

/** Tokens that a prediction works on at a time. */
const TOKENS_AT_ONCE = 4096

/**
 * An encoder of BERT's family with a head that tells classes of texts (Devlin et al. 2019, section 3.2), trained in this process: the head
 * and all weights below it.
 */
export class TextClassifier extends BertModel<ClassificationReport> {
  /** The classes, in the order of scores. */
  readonly labels: readonly string[]
  readonly #predict: () => Program

  private constructor(source: BertSource, labels: readonly string[]) {
    super(source, pooledShapes(source.folder.config, labels.length))
    this.labels = Object.freeze([...labels])
    this.#predict = this.inference((graph, encoded) => [softmax(this.#logits(graph, encoded))])
  }

  /**
   * Loads a Hugging Face folder of a model of BERT's family: config.json, model.safetensors, tokenizer.json. With `labels` it gets a new
   * head; without, it must hold a classifier.
   * @throws ERR_ENCODER for a folder that is none or of another architecture, ERR_VALUE, ERR_MODEL_FILE, ERR_ABORTED
   */
  static async load(folder: string, options: NewHeadOptions = {}): Promise<TextClassifier> {
    options = checkOptions('TextClassifier.load', options, ['labels', 'seed', 'signal'])
    const seed = checkInteger('seed', options.seed ?? 0, { min: 0 })
    const given = options.labels === undefined ? undefined : checkLabels('labels', options.labels)
    const source = await loadSource('TextClassifier.load', folder, 'texts', options.signal)
    const labels = given ?? savedLabels(source.folder, 'classes', "['bad', 'good']")
    const { config, tensors } = source.folder
    const isKept = (name: string) => given === undefined || (name.startsWith(POOLED) && tensors.has(name))
    await addHead(source, pooledShapes(config, labels.length), seed, isKept)
    return new TextClassifier(source, labels)
  }

  /**
   * Trains it on texts and the label of each. The model is as it was if that fails.
   * @throws ERR_VALUE for an unknown label, fewer than two classes among them or an illegal option, ERR_NOT_FINITE if it
   * diverges, ERR_NOT_SUPPORTED while another fit is under way, ERR_ABORTED
   */
  async fit(texts: readonly string[], labels: readonly string[], options: FitClassifierOptions = {}): Promise<this> {
    options = checkOptions('fit', options, [...TRAINING_OPTIONS, 'rdrop', 'validation'])
    const settings = trainingSettings(options, this.tokenBounds)
    const rdrop = checkRDrop(options.rdrop)
    const own = checkTexts(texts)
    const truth = labelNumbers('labels', this.labels, labels, own.length)
    if (new Set(truth).size < 2)
      throw new KindredError('ERR_VALUE', 'labels: expected texts of at least two classes; one alone teaches nothing.')
    const { signal } = options
    const validation = checkValidation(options.validation, ['texts', 'labels'])
    const held = validation && checkTexts(validation.texts)
    const heldTruth = validation && labelNumbers('validation.labels', this.labels, validation.labels, held!.length)
    await this.trainOn(async () => {
      const sequences = await this.#tokens(own, signal, settings.maxTokens)
      const heldSequences = held && (await this.#tokens(held, signal))
      return {
        settings,
        samples: own.length,
        options: { rdrop },
        data: [own, truth, held, heldTruth],
        judgedClass: ClassificationReport,
        rdrop,
        ...this.#task(sequences, truth),
        validate: heldSequences && (() => this.#judge(heldSequences, heldTruth!, signal)),
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
    labels: readonly string[],
    options: PruneOptions = {},
  ): Promise<TextClassifier> {
    options = checkOptions('prune', options, PRUNE_OPTIONS)
    const { by, shares, batchSize, maxTokens, signal } = pruneSettings(options, this.tokenBounds)
    const settings = trainingSettings({ batchSize, maxTokens, signal }, this.tokenBounds)
    const own = checkTexts(texts)
    const truth = labelNumbers('labels', this.labels, labels, own.length)
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
      const head = pooledShapes(source.folder.config, this.labels.length)
      return new TextClassifier(await smallerSource(source, head, keptParts(importance, shares)), this.labels)
    })
  }

  /**
   * A smaller classifier that learns from this one, its teacher, on texts whose labels need not be known: it begins with some of
   * the teacher's layers, or is one of yours that has the same labels. This one stays as it is.
   * @throws ERR_VALUE, ERR_NOT_FINITE if it diverges, ERR_NOT_SUPPORTED for layers that share their weights, bottleneck
   * adapters, or during a fit, ERR_ABORTED
   */
  async distill(texts: readonly string[], options: DistillClassifierOptions = {}): Promise<TextClassifier> {
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
    const { source } = this
    const kind = checkOneOf('states', options.states ?? 'squared', ['squared', 'cosine'] as const)
    const weights = distillationWeights(options, options.labels !== undefined)
    const own = checkTexts(texts)
    const truth = options.labels && labelNumbers('labels', this.labels, options.labels, own.length)
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
    const heldTruth = validation && labelNumbers('validation.labels', this.labels, validation.labels, held!.length)
    return this.alone(async () => {
      const head = pooledShapes(source.folder.config, this.labels.length)
      const student =
        options.student ??
        new TextClassifier(await smallerSource(source, head, wholeLayers(source, layers)), this.labels)
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
          judgedClass: ClassificationReport,
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
          validate: heldSequences && (() => student.#judge(heldSequences, heldTruth!, signal)),
        }
      })
      return student
    })
  }

  /** What class each text is of. @throws ERR_VALUE, ERR_NOT_SUPPORTED during a fit, ERR_ABORTED */
  async predict(texts: readonly string[], options: AbortOptions = {}): Promise<Prediction[]> {
    options = checkOptions('predict', options, ['signal'])
    const own = checkTexts(texts)
    this.checkIdle()
    return (await this.#scoresOf(await this.#tokens(own, options.signal), options.signal)).map((scores) => ({
      label: this.labels[greatest(scores)]!,
      scores,
    }))
  }

  /** Predictions of texts against their labels. @throws ERR_VALUE, ERR_NOT_SUPPORTED during a fit, ERR_ABORTED */
  async evaluate(
    texts: readonly string[],
    labels: readonly string[],
    options: AbortOptions = {},
  ): Promise<ClassificationReport> {
    options = checkOptions('evaluate', options, ['signal'])
    const own = checkTexts(texts)
    const truth = labelNumbers('labels', this.labels, labels, own.length)
    this.checkIdle()
    return (await this.#judge(await this.#tokens(own, options.signal), truth, options.signal)).judged
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
    const architectures = [this.className('ForSequenceClassification')]
    return { architectures, ...labelsConfig(this.labels), problem_type: 'single_label_classification' }
  }

  /** @internal */
  protected async onnxHead(graph: OnnxGraph, states: string): Promise<void> {
    const logits = await onnxPooledHead(graph, this.source.weights, this.source.folder.config, states)
    graph.output('logits', logits, ['batch', this.labels.length])
  }

  /** The classes of texts to tell. */
  #task(
    sequences: readonly Int32Array[],
    truth: Int32Array,
  ): Pick<TrainingJob<ClassificationReport>, 'logits' | 'loss' | 'batch'> {
    return {
      logits: (graph, encoded) => this.#logits(graph, encoded),
      loss: (graph, _, logits) => crossEntropy(logits, graph.input('labels', [logits.shape[0]!], 'i32')),
      batch: (samples) => ({
        ...batchOf(sequences, samples, this.padding),
        others: { labels: Int32Array.from(samples, (n) => truth[n]!) },
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

  /** [sequences, labels] */
  #logits(graph: Graph, encoded: EncodedTokens): Tensor {
    return pooledHead(graph, encoded)
  }

  async #judge(sequences: readonly Int32Array[], truth: Int32Array, signal?: AbortSignal) {
    const predicted = (await this.#scoresOf(sequences, signal)).map(greatest)
    const judged = new ClassificationReport(this.labels, truth, predicted)
    return { judged, score: judged.accuracy }
  }

  async #scoresOf(sequences: readonly Int32Array[], signal?: AbortSignal): Promise<Float32Array[]> {
    const scores: Float32Array[] = []
    const classes = this.labels.length
    for (const chosen of batchesWithin(sequences, TOKENS_AT_ONCE)) {
      const { inputs, sizes } = batchOf(sequences, chosen, this.padding)
      const given = (await this.#predict().run(inputs, sizes, { signal }))[0] as Float32Array
      for (let n = 0; n < chosen.length; n++) scores.push(given.slice(n * classes, (n + 1) * classes))
    }
    return scores
  }
}

guardReceivers(TextClassifier)

/** The place of the greatest score, the first of those that tie. */
function greatest(scores: Float32Array): number {
  return scores.reduce((best, score, n) => (score > scores[best]! ? n : best), 0)
}
