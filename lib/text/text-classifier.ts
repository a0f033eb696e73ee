import { resolve } from 'node:path'
import { checkTexts } from '../encode/check-texts.js'
import type { HuggingFaceTokenizer } from '../encode/tokenize/hugging-face-tokenizer.js'
import { checkFunction, checkInteger, checkNumber, checkOptions } from '../native/argument-checks.js'
import type { AbortOptions } from '../native/call-options.js'
import { withCallback } from '../native/caller-callback.js'
import { KindredError, show, throwIfAborted } from '../native/errors.js'
import { bertShapes } from '../nn/bert/bert-config.js'
import { bertEncoder, tokenInputs } from '../nn/bert/bert-encoder.js'
import { type BertFolder, loadBertWeights, readBertFolder } from '../nn/bert/load-bert.js'
import { Graph, type Tensor } from '../nn/graph/graph.js'
import { Program } from '../nn/graph/program.js'
import { adamw } from '../nn/ops/adamw.js'
import { gatherRows } from '../nn/ops/gather.js'
import { crossEntropy, softmax } from '../nn/ops/losses.js'
import { type TrainingEpoch, train } from '../nn/train/train.js'
import { Weights } from '../nn/weights.js'
import { ClassificationReport } from './classification-report.js'
import { addHead, checkLabels, classifierHead, HEAD, savedLabels } from './classifier-head.js'
import {
  FIT_OPTIONS,
  type FitClassifierOptions,
  type LoadClassifierOptions,
  type Prediction,
} from './classifier-options.js'
import { saveHuggingFace } from './save-hugging-face.js'
import { batchesWithin, batchOf, loadTokenizer, tokenSequences } from './token-sequences.js'

/** Tokens that a prediction works on at a time. */
const TOKENS_AT_ONCE = 4096

/**
 * A BERT encoder with a head that tells classes of texts (Devlin et al. 2019, section 3.2), trained in this process: the head
 * and all weights below it.
 */
export class TextClassifier {
  /** The classes, in the order of scores. */
  readonly labels: readonly string[]
  /** Longest text in tokens, special tokens included. */
  readonly maxTokens: number
  /** Epochs of the last fit. */
  history: readonly TrainingEpoch<ClassificationReport>[] = []
  readonly #folder: BertFolder
  readonly #tokenizer: HuggingFaceTokenizer
  readonly #weights: Weights
  readonly #predict: Program
  #isTraining = false

  private constructor(
    folder: BertFolder,
    tokenizer: HuggingFaceTokenizer,
    weights: Weights,
    labels: readonly string[],
  ) {
    this.#folder = folder
    this.#tokenizer = tokenizer
    this.#weights = weights
    this.labels = Object.freeze([...labels])
    this.maxTokens = folder.config.positions
    const graph = new Graph(weights)
    this.#predict = new Program(graph, [softmax(this.#logits(graph, false))])
  }

  /**
   * Loads a Hugging Face folder of a BERT model: config.json, model.safetensors, tokenizer.json. With `labels` it gets a new
   * head; without, it must hold a classifier.
   * @throws ERR_ENCODER for a folder that is none or of another architecture, ERR_VALUE, ERR_MODEL_FILE, ERR_ABORTED
   */
  static async load(folder: string, options: LoadClassifierOptions = {}): Promise<TextClassifier> {
    checkOptions('TextClassifier.load', options, ['labels', 'seed', 'signal'])
    const { seed = 0, signal } = options
    checkInteger('seed', seed, { min: 0 })
    if (typeof folder !== 'string' || folder === '')
      throw new KindredError(
        'ERR_VALUE',
        `TextClassifier.load: expected the path of a folder but received ${show(folder)}.`,
      )
    const found = await readBertFolder(resolve(folder), signal)
    const labels = options.labels === undefined ? savedLabels(found) : checkLabels(options.labels)
    const tokenizer = await loadTokenizer(found.folder)
    const weights = new Weights()
    await loadBertWeights(weights, found)
    await addHead(weights, found, labels, options.labels !== undefined, seed)
    throwIfAborted(signal)
    return new TextClassifier(found, tokenizer, weights, labels)
  }

  /**
   * Trains all weights on texts and the label of each. The model is as it was if that fails.
   * @throws ERR_VALUE for an unknown label, fewer than two classes among them or an illegal option, ERR_NOT_FINITE if it
   * diverges, ERR_ABORTED
   */
  async fit(texts: readonly string[], labels: readonly string[], options: FitClassifierOptions = {}): Promise<this> {
    checkOptions('fit', options, FIT_OPTIONS)
    const { frozen = () => false } = options
    const { epochs = 3, batchSize = 16, learningRate = 2e-5, schedule = 'linear', warmup = 0, seed = 0 } = options
    const {
      weightDecay = 0.01,
      maxNorm = 1,
      maxTokens = this.maxTokens,
      patience = epochs,
      validation,
      signal,
    } = options
    checkInteger('epochs', epochs, { min: 1 })
    checkInteger('batchSize', batchSize, { min: 1 })
    checkNumber('learningRate', learningRate, { min: 0 })
    checkNumber('weightDecay', weightDecay, { min: 0 })
    checkNumber('maxNorm', maxNorm, { min: 0 })
    checkInteger('maxTokens', maxTokens, { min: this.#tokenizer.specials + 1, max: this.maxTokens })
    checkInteger('patience', patience, { min: 1 })
    checkFunction('frozen', frozen)
    const own = checkTexts(texts)
    const truth = this.#numbersOf('labels', own, labels)
    if (new Set(truth).size < 2)
      throw new KindredError('ERR_VALUE', 'labels: expected texts of at least two classes; one alone teaches nothing.')
    const held = validation && {
      texts: checkTexts(validation.texts),
      truth: this.#numbersOf('validation.labels', validation.texts, validation.labels),
    }
    this.#checkIdle()
    this.#isTraining = true
    try {
      const sequences = await tokenSequences(this.#tokenizer, own, maxTokens)
      const heldSequences = held && (await tokenSequences(this.#tokenizer, held.texts, this.maxTokens))
      const { program, names } = await this.#trainer(weightDecay, maxNorm, frozen)
      this.history = await withCallback(options.onProgress, (onProgress) =>
        train<ClassificationReport>({
          samples: own.length,
          epochs,
          batchSize,
          learningRate,
          schedule,
          warmup,
          seed,
          patience,
          signal,
          onProgress,
          weights: this.#weights,
          trained: names,
          step: async (samples, given) => {
            const { inputs, sizes } = batchOf(sequences, samples)
            const batchLabels = Int32Array.from(samples, (n) => truth[n]!)
            const [loss] = await program.run({ ...inputs, ...given, labels: batchLabels }, sizes, { signal })
            return loss![0]!
          },
          validate:
            held &&
            (async () => {
              const predicted = await this.#classesOf(heldSequences!, signal)
              const judged = new ClassificationReport(this.labels, held.truth, predicted)
              return { judged, score: judged.accuracy }
            }),
        }),
      )
    } finally {
      this.#isTraining = false
    }
    return this
  }

  /** What class each text is of. @throws ERR_VALUE, ERR_ABORTED */
  async predict(texts: readonly string[], options: AbortOptions = {}): Promise<Prediction[]> {
    checkOptions('predict', options, ['signal'])
    const own = checkTexts(texts)
    this.#checkIdle()
    const sequences = await tokenSequences(this.#tokenizer, own, this.maxTokens)
    return (await this.#scoresOf(sequences, options.signal)).map((scores) => ({
      label: this.labels[greatest(scores)]!,
      scores,
    }))
  }

  /** Predictions of texts against their labels. @throws ERR_VALUE, ERR_ABORTED */
  async evaluate(
    texts: readonly string[],
    labels: readonly string[],
    options: AbortOptions = {},
  ): Promise<ClassificationReport> {
    checkOptions('evaluate', options, ['signal'])
    const own = checkTexts(texts)
    const truth = this.#numbersOf('labels', own, labels)
    this.#checkIdle()
    const sequences = await tokenSequences(this.#tokenizer, own, this.maxTokens)
    return new ClassificationReport(this.labels, truth, await this.#classesOf(sequences, options.signal))
  }

  /**
   * Saves it as a folder that {@link load} and Hugging Face's transformers (BertForSequenceClassification) load.
   * @throws ERR_IO if it cannot be written or holds something else, ERR_ABORTED
   */
  async save(dir: string, options: AbortOptions = {}): Promise<void> {
    checkOptions('save', options, ['signal'])
    this.#checkIdle()
    const { config, json, folder } = this.#folder
    const tensors: Record<string, { shape: readonly number[]; data: Float32Array }> = {}
    for (const name of [...bertShapes(config).keys(), ...HEAD]) {
      const { shape } = this.#weights.entry(name)
      tensors[name.startsWith('classifier.') ? name : `bert.${name}`] = { shape, data: await this.#weights.read(name) }
    }
    const labels = Object.entries(this.labels)
    await saveHuggingFace(
      resolve(dir),
      {
        config: {
          ...json,
          architectures: ['BertForSequenceClassification'],
          id2label: Object.fromEntries(labels),
          label2id: Object.fromEntries(labels.map(([number, label]) => [label, Number(number)])),
          problem_type: 'single_label_classification',
        },
        tensors,
        tokenizerFolder: folder,
      },
      options,
    )
  }

  /** The classes' scores before the softmax [sequences, labels]. */
  #logits(graph: Graph, isTraining: boolean): Tensor {
    const { config } = this.#folder
    const inputs = tokenInputs(graph)
    const states = bertEncoder(graph, config, inputs, isTraining)
    const starts = graph.add('sequence_starts', [inputs.offsets], [{ shape: [inputs.sequences], dtype: 'i32' }])[0]!
    return classifierHead(graph, gatherRows(states, starts), isTraining ? config.dropout : 0)
  }

  /** The program of a step, its optimiser at the start, and the weights that it changes. */
  async #trainer(
    weightDecay: number,
    maxNorm: number,
    frozen: (name: string) => boolean,
  ): Promise<{ program: Program; names: string[] }> {
    const graph = new Graph(this.#weights)
    const logits = this.#logits(graph, true)
    const loss = crossEntropy(logits, graph.input('labels', [logits.shape[0]!], 'i32'))
    const names = [...bertShapes(this.#folder.config).keys(), ...HEAD].filter((name) => !frozen(name))
    if (names.length === 0)
      throw new KindredError(
        'ERR_VALUE',
        'frozen: expected some weights to be left to train, but it names all of them.',
      )
    adamw(loss, names, { weightDecay, maxNorm, decays: (name) => !/\.bias$|LayerNorm/.test(name) })
    for (const name of this.#weights.names)
      if (/\.adamw\.\w+$/.test(name))
        await this.#weights.write(
          name,
          new Float32Array(this.#weights.entry(name).shape.reduce((product, side) => product * side, 1)),
        )
    return { program: new Program(graph, [loss]), names }
  }

  async #scoresOf(sequences: readonly Int32Array[], signal?: AbortSignal): Promise<Float32Array[]> {
    const scores: Float32Array[] = []
    for (const chosen of batchesWithin(sequences, TOKENS_AT_ONCE)) {
      const { inputs, sizes } = batchOf(sequences, chosen)
      const [given] = await this.#predict.run(inputs, sizes, { signal })
      const classes = this.labels.length
      for (let n = 0; n < chosen.length; n++) scores.push((given as Float32Array).slice(n * classes, (n + 1) * classes))
    }
    return scores
  }

  async #classesOf(sequences: readonly Int32Array[], signal?: AbortSignal): Promise<Int32Array> {
    return Int32Array.from(await this.#scoresOf(sequences, signal), greatest)
  }

  #checkIdle(): void {
    if (this.#isTraining)
      throw new KindredError('ERR_NOT_SUPPORTED', 'TextClassifier: it is being trained; wait for fit to end.')
  }

  /** The number of each label. */
  #numbersOf(option: string, texts: readonly string[], labels: unknown): Int32Array {
    if (!Array.isArray(labels) || labels.length !== texts.length)
      throw new KindredError(
        'ERR_VALUE',
        `${option}: expected one label for each of ${texts.length} texts but received ${show(labels)}.`,
      )
    const numbers = new Map(this.labels.map((label, n) => [label, n]))
    return Int32Array.from(labels, (label, n) => {
      const number = numbers.get(label)
      if (number === undefined)
        throw new KindredError(
          'ERR_VALUE',
          `${option}[${n}]: expected one of ${this.labels.map(show).join(', ')} but received ${show(label)}.`,
        )
      return number
    })
  }
}

function greatest(scores: Float32Array): number {
  return scores.reduce((best, score, n) => (score > scores[best]! ? n : best), 0)
}
