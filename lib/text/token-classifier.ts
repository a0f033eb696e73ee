import { checkBoolean, checkInteger, checkOptions } from '../native/argument-checks.js'
import type { AbortOptions } from '../native/call-options.js'
import { KindredError, show } from '../native/errors.js'
import { guardReceivers } from '../native/guard-receivers.js'
import { onnxLinear } from '../nn/bert/bert-onnx.js'
import type { Graph, Tensor } from '../nn/graph/graph.js'
import type { Program } from '../nn/graph/program.js'
import type { OnnxGraph } from '../nn/onnx/onnx-graph.js'
import { dropout } from '../nn/ops/layers/elementwise.js'
import { linear } from '../nn/ops/layers/linear.js'
import { crfDecode } from '../nn/ops/sequences/crf.js'
import type { ExportOnnxOptions } from './base/bert-model.js'
import { crfShapes, crfWeights, hasCrf } from './base/crf-head.js'
import type { EncodedTokens } from './base/encoded-tokens.js'
import { checkLabels, labelNumbers, labelsConfig, savedLabels } from './base/labels.js'
import { checkRDrop } from './base/robust-options.js'
import { addHead, type BertSource, loadSource } from './base/source.js'
import { checkSentences, greatest, tagHeadShapes, wordOffsets, wordsOf } from './base/tagged-words.js'
import { batchesWithin, batchOf, type WordSequence, wordSequences } from './base/token-sequences.js'
import { checkJudged, checkValidation, TRAINING_OPTIONS, trainingSettings } from './base/training-options.js'
import { checkSameTokens } from './compress/check-student.js'
import { CompressibleModel } from './compress/compressible-model.js'
import { DISTILL_OPTIONS } from './compress/distill-options.js'
import { PRUNE_OPTIONS, type PruneOptions } from './compress/prune-options.js'
import { EntityReport } from './entity-report.js'
import type {
  DistillTaggerOptions,
  FitTokenClassifierOptions,
  LoadTokenClassifierOptions,
} from './problems/tagger-options.js'
import { taggingBatch, taggingLoss } from './problems/tagging-task.js'

/** How {@link TokenClassifier.distill} makes and trains a student. */
export type DistillTokenClassifierOptions = DistillTaggerOptions<TokenClassifier>

/** Tokens that a prediction works on at a time. */
const TOKENS_AT_ONCE = 4096

/**
 * An encoder of BERT's family with a head that tags words (Devlin et al. 2019, section 5.3): the first token of a word carries its tag.
 * Tags are those of BIO: O, B-TYPE, I-TYPE.
 */
export class TokenClassifier extends CompressibleModel<EntityReport> {
  /** The tags, in the order of the head. */
  readonly labels: readonly string[]
  /** Whether a conditional random field chooses the tags of a sentence together. */
  readonly crf: boolean
  readonly #predict: () => Program

  private constructor(source: BertSource, labels: readonly string[], crf: boolean) {
    super(source, tagHeadShapes(source, labels, crf))
    this.labels = Object.freeze([...labels])
    this.crf = crf
    this.#predict = this.inference((graph, encoded) => [this.#predicted(graph, encoded)])
  }

  /**
   * Loads a Hugging Face folder of a model of BERT's family. With `labels` it gets a new head; without, it must hold a token classifier.
   * @throws ERR_ENCODER for a folder that is none or of another architecture, ERR_VALUE, ERR_MODEL_FILE, ERR_ABORTED
   */
  static async load(folder: string, options: LoadTokenClassifierOptions = {}): Promise<TokenClassifier> {
    options = checkOptions('TokenClassifier.load', options, ['labels', 'crf', 'seed', 'signal'])
    const seed = checkInteger('seed', options.seed ?? 0, { min: 0 })
    const given = options.labels === undefined ? undefined : checkLabels('labels', options.labels)
    const source = await loadSource('TokenClassifier.load', folder, 'tokens', options.signal)
    const labels = given ?? savedLabels(source.folder, 'tags', "['O', 'B-PER', 'I-PER']")
    const { tensors } = source.folder
    const hasOwn = given === undefined && hasCrf(tensors)
    const crf = options.crf === undefined ? hasOwn : checkBoolean('crf', options.crf)
    const isKept = (name: string) => given === undefined && (hasOwn || !crfShapes(1).has(name))
    await addHead(source, tagHeadShapes(source, labels, crf), seed, isKept)
    return new TokenClassifier(source, labels, crf)
  }

  /**
   * Trains it on sentences and the tag of each word. Words beyond `maxTokens` do not count. The model is as it was if that
   * fails.
   * @throws ERR_VALUE for an unknown tag, a sentence with another number of tags than words, or an illegal option,
   * ERR_NOT_FINITE if it diverges, ERR_NOT_SUPPORTED while another fit is under way, ERR_ABORTED
   */
  async fit(
    sentences: readonly (readonly string[])[],
    tags: readonly (readonly string[])[],
    options: FitTokenClassifierOptions = {},
  ): Promise<this> {
    options = checkOptions('fit', options, [...TRAINING_OPTIONS, 'rdrop', 'validation'])
    const settings = trainingSettings(options, this.tokenBounds, options.validation !== undefined)
    const rdrop = checkRDrop(options.rdrop)
    const { signal } = options
    const validation = checkValidation(options.validation, ['sentences', 'tags'])
    const own = checkSentences('sentences', sentences)
    const truth = this.#tagNumbers('tags', own, tags)
    const held = validation && checkSentences('validation.sentences', validation.sentences)
    if (held) this.#tagNumbers('validation.tags', held, validation.tags)
    await this.trainOn(async () => {
      const encoded = await this.#wordsToLearn(own, settings.maxTokens, signal)
      return {
        settings,
        samples: own.length,
        options: { rdrop },
        data: [own, truth, held, validation?.tags],
        judgedClass: EntityReport,
        rdrop,
        ...this.#task(encoded, truth),
        validate: held && (() => this.#judge(held, validation!.tags, signal)),
      }
    })
    return this
  }

  /**
   * A smaller tagger: heads of attention and columns of the feed-forward networks are removed, those first on which the loss
   * of these sentences depends least, as `TextClassifier.prune` does. This one stays as it is.
   * @throws ERR_VALUE, ERR_NOT_SUPPORTED for a model whose layers share their weights, one with bottleneck adapters, or during
   * a fit, ERR_ABORTED
   */
  async prune(
    sentences: readonly (readonly string[])[],
    tags: readonly (readonly string[])[],
    options: PruneOptions = {},
  ): Promise<TokenClassifier> {
    options = checkOptions('prune', options, PRUNE_OPTIONS)
    const own = checkSentences('sentences', sentences)
    const truth = this.#tagNumbers('tags', own, tags)
    const given = { option: 'sentences', samples: own.length }
    const source = await this.prunedSource(options, given, async ({ maxTokens }) =>
      this.#task(await this.#wordsToLearn(own, maxTokens, options.signal), truth),
    )
    return new TokenClassifier(source, this.labels, this.crf)
  }

  /**
   * A smaller tagger that learns from this one, its teacher, on sentences whose tags need not be known, as
   * `TextClassifier.distill` does: what it says of each word, and its states. This one stays as it is.
   * @throws ERR_VALUE, ERR_NOT_FINITE if it diverges, ERR_NOT_SUPPORTED for layers that share their weights, bottleneck adapters, a
   * conditional random field, whose tags are chosen together, or during a fit, ERR_ABORTED
   */
  async distill(
    sentences: readonly (readonly string[])[],
    options: DistillTokenClassifierOptions = {},
  ): Promise<TokenClassifier> {
    options = checkOptions('distill', options, [...TRAINING_OPTIONS, ...DISTILL_OPTIONS, 'tags'])
    const { signal } = options
    for (const model of [this, options.student])
      if (model?.crf)
        throw new KindredError(
          'ERR_NOT_SUPPORTED',
          'distill: expected models without a conditional random field, which says nothing of a word alone.',
        )
    const own = checkSentences('sentences', sentences)
    const truth = options.tags && this.#tagNumbers('tags', own, options.tags)
    const validation = checkValidation(options.validation, ['sentences', 'tags'])
    const held = validation && checkSentences('validation.sentences', validation.sentences)
    if (held) this.#tagNumbers('validation.tags', held, validation.tags)
    return this.teach<TokenClassifier>(options, {
      hasLabels: truth !== undefined,
      labels: this.labels,
      isStudent: (student): student is TokenClassifier => student instanceof TokenClassifier,
      labelsOf: ({ labels }) => labels,
      make: (source) => new TokenClassifier(source, this.labels, false),
      prepare: async (student, { maxTokens }) => {
        const read = await student.#wordsToLearn(own, maxTokens, signal)
        const taught = await this.#wordsToLearn(own, maxTokens, signal)
        const ids = (encoded: readonly WordSequence[]) => encoded.map((one) => one.ids)
        // Of words that one of them cuts off the other would say something.
        checkSameTokens(ids(read), ids(taught), 'student')
        return {
          samples: own.length,
          data: [own, truth, held, validation?.tags],
          judgedClass: EntityReport,
          validate: held && (() => student.#judge(held, validation!.tags, signal)),
          teacher: { tokens: ids(taught), batch: (samples) => this.#batch(taught, samples, undefined) },
          student: { tokens: ids(read), batch: (samples) => student.#batch(read, samples, truth) },
        }
      },
    })
  }

  /** The tag of each word; of a word beyond `maxTokens` 'O', or the first label where there is no 'O'. @throws ERR_VALUE, ERR_ABORTED */
  async predict(sentences: readonly (readonly string[])[], options: AbortOptions = {}): Promise<string[][]> {
    options = checkOptions('predict', options, ['signal'])
    const own = checkSentences('sentences', sentences)
    return this.reading(async () => this.#tagsOf(own, options.signal))
  }

  /** Predicted entities of sentences, at least one, against those of the tags. @throws ERR_VALUE, ERR_ABORTED */
  async evaluate(
    sentences: readonly (readonly string[])[],
    tags: readonly (readonly string[])[],
    options: AbortOptions = {},
  ): Promise<EntityReport> {
    options = checkOptions('evaluate', options, ['signal'])
    const own = checkSentences('sentences', sentences)
    this.#tagNumbers('tags', own, tags)
    checkJudged('sentences', own.length)
    return this.reading(async () => new EntityReport(tags, await this.#tagsOf(own, options.signal)))
  }

  /**
   * Saves it as a folder that {@link load} and Hugging Face's transformers (ForTokenClassification) load.
   * @throws ERR_IO if it cannot be written or holds something else, ERR_NOT_SUPPORTED during a fit, ERR_ABORTED
   */
  async save(dir: string, options: AbortOptions = {}): Promise<void> {
    await this.saveWith(dir, options)
  }

  /** @internal */
  protected savedConfig(): Record<string, unknown> {
    return { architectures: [this.className('ForTokenClassification')], ...labelsConfig(this.labels) }
  }

  /** @throws ERR_NOT_SUPPORTED of a model with a conditional random field, whose choice of tags ONNX has no operation for */
  override async exportOnnx(dir: string, options: ExportOnnxOptions = {}): Promise<void> {
    options = checkOptions('exportOnnx', options, ['dtype', 'signal'])
    if (this.crf)
      throw new KindredError(
        'ERR_NOT_SUPPORTED',
        'exportOnnx: expected a TokenClassifier without a conditional random field, but this one has one, and ONNX has no operation that decodes it. Train one with crf: false, or serve this one from what save writes.',
      )
    await super.exportOnnx(dir, options)
  }

  /** @internal */
  protected async onnxHead(graph: OnnxGraph, states: string): Promise<void> {
    const logits = await onnxLinear(graph, this.source.weights, states, 'classifier')
    graph.output('logits', logits, ['batch', 'sequence', this.labels.length])
  }

  /** @internal The logits of the words whose first tokens are at the input 'starts' [words, labels]. */
  protected said(graph: Graph, { statesAt, dropout: rate }: EncodedTokens): Tensor {
    const starts = graph.input('starts', [graph.dim('words')], 'i32')
    const first = dropout(statesAt(starts), rate)
    return linear(first, graph.parameter('classifier.weight'), graph.parameter('classifier.bias'))
  }

  /** Numbers of tags i32 [words] with a random field, else logits [words, labels]. */
  #predicted(graph: Graph, encoded: EncodedTokens): Tensor {
    const logits = this.said(graph, encoded)
    return this.crf ? crfDecode(logits, wordOffsets(graph, encoded), crfWeights(graph)) : logits
  }

  #task(encoded: readonly WordSequence[], truth: readonly Int32Array[]) {
    return {
      logits: (graph: Graph, tokens: EncodedTokens) => this.said(graph, tokens),
      loss: taggingLoss(this.crf),
      batch: (samples: Int32Array) => this.#batch(encoded, samples, truth),
    }
  }

  #batch(encoded: readonly WordSequence[], samples: Int32Array, truth: readonly Int32Array[] | undefined) {
    return taggingBatch(this.crf, this.padding, encoded, samples, truth)
  }

  /** @throws ERR_VALUE where no sentence has a word */
  async #wordsToLearn(sentences: readonly string[][], maxTokens: number, signal?: AbortSignal) {
    const encoded = await wordSequences(this.source.tokenizer, sentences, maxTokens, signal)
    if (sentences.length > 0 && encoded.every(({ starts }) => starts.every((start) => start < 0)))
      throw new KindredError('ERR_VALUE', 'sentences: expected words to learn from, but no sentence has any.')
    return encoded
  }

  async #judge(sentences: readonly string[][], tags: readonly (readonly string[])[], signal?: AbortSignal) {
    const judged = new EntityReport(tags, await this.#tagsOf(sentences, signal))
    return { judged, score: judged.f1 }
  }

  #tagNumbers(option: string, sentences: readonly string[][], tags: unknown): Int32Array[] {
    if (!Array.isArray(tags) || tags.length !== sentences.length)
      throw new KindredError(
        'ERR_VALUE',
        `${option}: expected the tags of each of ${sentences.length} sentences but received ${show(tags)}.`,
      )
    return sentences.map((words, n) => labelNumbers(`${option}[${n}]`, this.labels, tags[n], words.length))
  }

  async #tagsOf(sentences: readonly string[][], signal?: AbortSignal): Promise<string[][]> {
    const outside = this.labels.includes('O') ? 'O' : this.labels[0]!
    const tags = sentences.map((words) => words.map(() => outside))
    const encoded = await wordSequences(this.source.tokenizer, sentences, this.maxTokens, signal)
    for (const chosen of batchesWithin(encoded, TOKENS_AT_ONCE, ({ ids }) => ids)) {
      const { starts, words, wordOffsets } = wordsOf(encoded, chosen)
      const { inputs, sizes } = batchOf(encoded, chosen, this.padding, ({ ids }) => ids)
      const [given] = await this.#predict().run(
        { ...inputs, starts, wordOffsets },
        { ...sizes, words: words.length },
        { signal },
      )
      const count = this.labels.length
      for (const [n, { sample, word }] of words.entries()) {
        const best = this.crf ? given![n]! : greatest(given!, n * count, count)
        tags[sample]![word] = this.labels[best]!
      }
    }
    return tags
  }
}

guardReceivers(TokenClassifier)
