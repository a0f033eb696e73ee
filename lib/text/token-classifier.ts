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
import { crossEntropy } from '../nn/ops/losses/losses.js'
import { crfDecode, crfLoss } from '../nn/ops/sequences/crf.js'
import { BertModel, type ExportOnnxOptions } from './base/bert-model.js'
import { crfShapes, crfWeights, hasCrf } from './base/crf-head.js'
import type { EncodedTokens } from './base/encoded-tokens.js'
import { checkLabels, labelNumbers, labelsConfig, type NewHeadOptions, savedLabels } from './base/labels.js'
import { checkRDrop, type RDropOptions } from './base/robust-options.js'
import { addHead, type BertSource, type HeadShapes, loadSource } from './base/source.js'
import { batchesWithin, batchOf, type WordSequence, wordSequences } from './base/token-sequences.js'
import { checkValidation, TRAINING_OPTIONS, type TrainingOptions, trainingSettings } from './base/training-options.js'
import { EntityReport } from './entity-report.js'

/** Sentences as words, with the tag of each word. */
export interface TaggedSentences {
  /** The words of each sentence. */
  sentences: readonly (readonly string[])[]
  /** The tag of each word. */
  tags: readonly (readonly string[])[]
}

/** How {@link TokenClassifier.load} loads a model. */
export interface LoadTokenClassifierOptions extends NewHeadOptions {
  /**
   * Whether tags are chosen together, sentence by sentence, by a conditional random field (Lafferty, McCallum, Pereira 2001)
   * over the head: it learns which tag follows which. Default what the folder has, and not for a new head.
   */
  crf?: boolean
}

/** How {@link TokenClassifier.fit} trains. */
export interface FitTokenClassifierOptions extends TrainingOptions {
  /**
   * Each text is read twice, with other dropout, and the divergence of what the two say is part of the loss (Liang et al. 2021,
   * "R-Drop"). Default none.
   */
  rdrop?: RDropOptions
  /** Judged by the F1 of entities after each epoch; the weights of the best epoch are kept. */
  validation?: TaggedSentences
}

/** Tokens that a prediction works on at a time. */
const TOKENS_AT_ONCE = 4096

/**
 * An encoder of BERT's family with a head that tags words (Devlin et al. 2019, section 5.3): the first token of a word carries its tag.
 * Tags are those of BIO: O, B-TYPE, I-TYPE.
 */
export class TokenClassifier extends BertModel<EntityReport> {
  /** The tags, in the order of the head. */
  readonly labels: readonly string[]
  /** Whether a conditional random field chooses the tags of a sentence together. */
  readonly crf: boolean
  readonly #predict: () => Program

  private constructor(source: BertSource, labels: readonly string[], crf: boolean) {
    super(source, headShapes(source, labels, crf))
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
    await addHead(source, headShapes(source, labels, crf), seed, isKept)
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
      const encoded = await wordSequences(this.source.tokenizer, own, settings.maxTokens, signal)
      if (own.length > 0 && encoded.every(({ starts }) => starts.every((start) => start < 0)))
        throw new KindredError('ERR_VALUE', 'sentences: expected words to learn from, but no sentence has any.')
      return {
        settings,
        samples: own.length,
        options: { rdrop },
        data: [own, truth, held, validation?.tags],
        judgedClass: EntityReport,
        rdrop,
        logits: (graph, tokens) => this.#logits(graph, tokens),
        loss: (graph, tokens, logits) => {
          const given = graph.input('labels', [logits.shape[0]!], 'i32')
          if (!this.crf) return crossEntropy(logits, given)
          return crfLoss(logits, given, wordOffsets(graph, tokens), crfWeights(graph))
        },
        batch: (samples) => {
          const { starts, words, wordOffsets } = wordsOf(encoded, samples)
          const labels = Int32Array.from(words, ({ sample, word }) => truth[sample]![word]!)
          const { inputs, sizes } = batchOf(encoded, samples, this.padding, ({ ids }) => ids)
          return {
            inputs,
            sizes: { ...sizes, words: words.length },
            others: { starts, labels, ...(this.crf && { wordOffsets }) },
            // A random field's loss is the mean over sentences that have words.
            terms: this.crf ? new Set(words.map(({ sample }) => sample)).size : words.length,
          }
        },
        validate:
          held &&
          (async () => {
            const judged = new EntityReport(validation!.tags, await this.#tagsOf(held, signal))
            return { judged, score: judged.f1 }
          }),
      }
    })
    return this
  }

  /** The tag of each word; of a word beyond `maxTokens` 'O', or the first label where there is no 'O'. @throws ERR_VALUE, ERR_ABORTED */
  async predict(sentences: readonly (readonly string[])[], options: AbortOptions = {}): Promise<string[][]> {
    options = checkOptions('predict', options, ['signal'])
    const own = checkSentences('sentences', sentences)
    return this.reading(async () => this.#tagsOf(own, options.signal))
  }

  /** Predicted entities against those of the tags. @throws ERR_VALUE, ERR_ABORTED */
  async evaluate(
    sentences: readonly (readonly string[])[],
    tags: readonly (readonly string[])[],
    options: AbortOptions = {},
  ): Promise<EntityReport> {
    options = checkOptions('evaluate', options, ['signal'])
    const own = checkSentences('sentences', sentences)
    this.#tagNumbers('tags', own, tags)
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

  /** Of the tokens at the input 'starts' [words, labels]. */
  #logits(graph: Graph, { statesAt, dropout: rate }: EncodedTokens): Tensor {
    const starts = graph.input('starts', [graph.dim('words')], 'i32')
    const first = dropout(statesAt(starts), rate)
    return linear(first, graph.parameter('classifier.weight'), graph.parameter('classifier.bias'))
  }

  /** Numbers of tags i32 [words] with a random field, else logits [words, labels]. */
  #predicted(graph: Graph, encoded: EncodedTokens): Tensor {
    const logits = this.#logits(graph, encoded)
    return this.crf ? crfDecode(logits, wordOffsets(graph, encoded), crfWeights(graph)) : logits
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

/** The number of the greatest of `count` values from `begin` on, the first of equal ones. */
function greatest(values: ArrayLike<number>, begin: number, count: number): number {
  let best = 0
  for (let n = 1; n < count; n++) if (values[begin + n]! > values[begin + best]!) best = n
  return best
}

/** i32 [sequences + 1], where the words of each sentence begin among those at 'starts'. */
function wordOffsets(graph: Graph, { inputs: { sequences } }: EncodedTokens): Tensor {
  return graph.input('wordOffsets', [{ ...sequences, plus: 1, name: 'sequences + 1' }], 'i32')
}

function headShapes({ folder }: BertSource, labels: readonly string[], crf: boolean): HeadShapes {
  return new Map<string, readonly number[]>([
    ['classifier.weight', [labels.length, folder.config.dims]],
    ['classifier.bias', [labels.length]],
    ...(crf ? crfShapes(labels.length) : []),
  ])
}

/** The words of a batch that have a token, the place of their first token within it, and where each sentence's begin. */
function wordsOf(encoded: readonly WordSequence[], chosen: ArrayLike<number>) {
  const starts: number[] = []
  const words: { sample: number; word: number }[] = []
  const wordOffsets = new Int32Array(chosen.length + 1)
  let begin = 0
  for (let n = 0; n < chosen.length; n++) {
    const sample = chosen[n]!
    const { ids, starts: own } = encoded[sample]!
    for (const [word, start] of own.entries()) {
      if (start < 0) continue
      starts.push(begin + start)
      words.push({ sample, word })
    }
    begin += ids.length
    wordOffsets[n + 1] = words.length
  }
  return { starts: Int32Array.from(starts), words, wordOffsets }
}

/** @throws ERR_VALUE unless it is a list of lists of words */
function checkSentences(option: string, sentences: unknown): string[][] {
  if (!Array.isArray(sentences))
    throw new KindredError('ERR_VALUE', `${option}: expected a list of sentences but received ${show(sentences)}.`)
  return sentences.map((words, n) => {
    if (!Array.isArray(words) || !words.every((word) => typeof word === 'string'))
      throw new KindredError('ERR_VALUE', `${option}[${n}]: expected a list of words but received ${show(words)}.`)
    return [...words]
  })
}
