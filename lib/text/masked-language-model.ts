import { join } from 'node:path'
import { createRandom, type Random } from '../data/random.js'
import { LoopYielder } from '../data/yield-to-event-loop.js'
import { checkTexts } from '../encode/check-texts.js'
import { readObject } from '../encode/folder-json.js'
import { checkInteger, checkOptions } from '../native/argument-checks.js'
import type { AbortOptions } from '../native/call-options.js'
import { KindredError, show, throwIfAborted } from '../native/errors.js'
import { guardReceivers } from '../native/guard-receivers.js'
import type { Graph, Tensor } from '../nn/graph/graph.js'
import type { Program } from '../nn/graph/program.js'
import type { OnnxGraph } from '../nn/onnx/onnx-graph.js'
import { linear } from '../nn/ops/layers/linear.js'
import { softmax } from '../nn/ops/layers/softmax.js'
import { linearCrossEntropy } from '../nn/ops/losses/large-softmax.js'
import { BertModel } from './base/bert-model.js'
import type { EncodedTokens } from './base/encoded-tokens.js'
import { NEW_BERT_OPTIONS, type NewBertOptions, newBertConfig } from './base/new-bert.js'
import { addHead, type BertSource, loadSource, newSource } from './base/source.js'
import { batchesWithin, batchOf, tokenSequences } from './base/token-sequences.js'
import { TRAINING_OPTIONS, type TrainingOptions, trainingSettings } from './base/training-options.js'
import { onnxWordHead, predictedWords, wordHeadShapes } from './base/word-head.js'
import { bestTokens, type MaskCandidate, maskPlaces } from './fill-masks.js'
import { type MaskVocabulary, maskVocabulary, maskWords } from './mask-words.js'

/** How {@link MaskedLanguageModel.load} loads a model. */
export interface LoadMaskedLanguageModelOptions extends AbortOptions {
  /** Draws the weights of a new head, where the folder has none; an integer from 0. Default 0. */
  seed?: number
}

/** How {@link MaskedLanguageModel.fit} trains. */
export interface FitMaskedLanguageModelOptions extends TrainingOptions {
  /** Texts whose loss is judged after each epoch, always with the same words masked; the weights of the best epoch are kept. */
  validation?: readonly string[]
}

/** Tokens that the loss of texts works on at a time. */
const TOKENS_AT_ONCE = 2048

/** Tokens that are read at a time to fill masks: each mask gets a probability of every token. */
const FILLED_AT_ONCE = 1024

/** Draws which words of a validation are masked. */
const VALIDATION_SEED = 0

/** Draws of masks for texts of which none has a masked word. */
const MOST_TRIES = 100

/**
 * An encoder of BERT's family that learns to say which words were masked (Devlin et al. 2019, section 3.1): of 15 % of the words 80 % are
 * replaced by [MASK], 10 % by random tokens, and 10 % left; all tokens of a word are masked together. From random weights it
 * is pre-trained, from a pretrained encoder it learns the language of a domain (Gururangan et al. 2020). The folder that it
 * saves is one that the other text models load.
 */
export class MaskedLanguageModel extends BertModel<number> {
  readonly #vocabulary: MaskVocabulary
  readonly #loss: () => Program
  readonly #fill: () => Program

  private constructor(source: BertSource, vocabulary: MaskVocabulary) {
    super(source, wordHeadShapes(source.folder.config))
    this.#vocabulary = vocabulary
    this.#loss = this.inference((graph, encoded) => [this.#lossOf(graph, encoded)])
    this.#fill = this.inference((graph, encoded) => [softmax(this.#logits(graph, encoded))])
  }

  /**
   * Loads a Hugging Face folder of a model of BERT's family; one without a head for masked words gets a new one.
   * @throws ERR_ENCODER for a folder that is none, of another architecture, or whose tokenizer has no token for masks, ERR_VALUE,
   * ERR_MODEL_FILE, ERR_ABORTED
   */
  static async load(folder: string, options: LoadMaskedLanguageModelOptions = {}): Promise<MaskedLanguageModel> {
    options = checkOptions('MaskedLanguageModel.load', options, ['seed', 'signal'])
    const seed = checkInteger('seed', options.seed ?? 0, { min: 0 })
    return MaskedLanguageModel.#of(await loadSource('MaskedLanguageModel.load', folder, 'words', options.signal), seed)
  }

  /**
   * An encoder with random weights.
   * @param tokenizerFolder holds a tokenizer.json, of WordPiece
   * @throws ERR_ENCODER for a folder without one, ERR_VALUE
   */
  static async create(tokenizerFolder: string, options: NewBertOptions = {}): Promise<MaskedLanguageModel> {
    options = checkOptions('MaskedLanguageModel.create', options, NEW_BERT_OPTIONS)
    const seed = checkInteger('seed', options.seed ?? 0, { min: 0 })
    throwIfAborted(options.signal)
    const source = await newSource('MaskedLanguageModel.create', tokenizerFolder, newBertConfig(options), seed)
    return MaskedLanguageModel.#of(source, seed)
  }

  static async #of(source: BertSource, seed: number): Promise<MaskedLanguageModel> {
    const { folder, config, json, tensors } = source.folder
    const settings = (await readObject(join(folder, 'tokenizer_config.json'))) ?? {}
    const path = join(folder, 'tokenizer.json')
    const vocabulary = maskVocabulary((await readObject(path)) ?? {}, settings, path)
    const shapes = wordHeadShapes(config)
    const hasHead = [...shapes.keys()].some((name) => tensors.has(name))
    if (hasHead && json.tie_word_embeddings === false)
      throw new KindredError(
        'ERR_ENCODER',
        `${folder}: tie_word_embeddings: expected a head that shares the table of words, but config.json says false.`,
      )
    await addHead(source, shapes, seed, () => hasHead)
    return new MaskedLanguageModel(source, vocabulary)
  }

  /**
   * Trains it on texts. The model is as it was if that fails.
   * @throws ERR_VALUE, ERR_NOT_FINITE if it diverges, ERR_NOT_SUPPORTED while another fit is under way, ERR_ABORTED
   */
  async fit(texts: readonly string[], options: FitMaskedLanguageModelOptions = {}): Promise<this> {
    options = checkOptions('fit', options, [...TRAINING_OPTIONS, 'validation'])
    const settings = trainingSettings(options, this.tokenBounds, options.validation !== undefined)
    const own = checkTexts(texts)
    const held = options.validation === undefined ? undefined : checkTexts(options.validation, 'validation')
    if (held?.length === 0)
      throw new KindredError('ERR_VALUE', 'validation: expected texts to judge but received an empty list.')
    await this.trainOn(async () => {
      const { tokenizer } = this.source
      const sequences = await tokenSequences(tokenizer, own, settings.maxTokens, settings.signal)
      if (own.length > 0 && sequences.every(({ length }) => length <= tokenizer.specials))
        throw new KindredError('ERR_VALUE', `texts: expected some words to mask but received ${show(own)} without any.`)
      return {
        settings,
        samples: own.length,
        data: [own, held],
        loss: (graph, encoded) => this.#lossOf(graph, encoded),
        batch: (samples, step) => this.#masked(sequences, samples, createRandom(settings.seed * 2 ** 20 + step)),
        validate:
          held &&
          (async () => {
            const judged = await this.#lossOfTexts(held, VALIDATION_SEED, settings.signal)
            return { judged, score: -judged }
          }),
      }
    })
    return this
  }

  /**
   * The mean loss over masked tokens of texts; e to its power is the perplexity.
   * @param options.seed draws which words are masked, an integer from 0; default 0
   * @throws ERR_VALUE, ERR_NOT_SUPPORTED during a fit, ERR_ABORTED
   */
  async loss(texts: readonly string[], options: { seed?: number } & AbortOptions = {}): Promise<number> {
    options = checkOptions('loss', options, ['seed', 'signal'])
    const seed = checkInteger('seed', options.seed ?? 0, { min: 0 })
    const own = checkTexts(texts)
    return this.reading(async () => this.#lossOfTexts(own, seed, options.signal))
  }

  /**
   * What may stand at each [MASK] of a text, the most probable first: for each text, for each of its masks in their order, `k`
   * tokens that are no special ones. A mask beyond `maxTokens` has none.
   * @param options.k how many, an integer from 1; default 5
   * @throws ERR_VALUE for a text without a [MASK], ERR_NOT_SUPPORTED during a fit, ERR_ABORTED
   */
  async fill(texts: readonly string[], options: { k?: number } & AbortOptions = {}): Promise<MaskCandidate[][][]> {
    options = checkOptions('fill', options, ['k', 'signal'])
    const k = checkInteger('k', options.k ?? 5, { min: 1 })
    const own = checkTexts(texts)
    const without = own.findIndex((text) => !text.includes(this.maskToken))
    if (without >= 0)
      throw new KindredError(
        'ERR_VALUE',
        `texts[${without}]: expected a text with ${this.maskToken} in it but received ${show(own[without])}.`,
      )
    return this.reading(async () => this.#filled(own, k, options.signal))
  }

  /** What stands in a text for a word that is masked. */
  get maskToken(): string {
    return this.#vocabulary.tokens[this.#vocabulary.mask]!
  }

  /**
   * Saves it as a folder that {@link load}, the other text models, and Hugging Face's transformers (ForMaskedLM) load.
   * @throws ERR_IO if it cannot be written or holds something else, ERR_NOT_SUPPORTED during a fit, ERR_ABORTED
   */
  async save(dir: string, options: AbortOptions = {}): Promise<void> {
    await this.saveWith(dir, options)
  }

  /** @internal */
  protected savedConfig(): Record<string, unknown> {
    return { architectures: [this.className('ForMaskedLM')] }
  }

  /** @internal */
  protected async onnxHead(graph: OnnxGraph, states: string): Promise<void> {
    const { weights, folder } = this.source
    const logits = await onnxWordHead(graph, weights, folder.config, states)
    graph.output('logits', logits, ['batch', 'sequence', folder.config.vocabulary])
  }

  /** The mean loss of the tokens at the input 'masked', whose true ids are 'labels'. */
  #lossOf(graph: Graph, encoded: EncodedTokens): Tensor {
    const { chosen, words, bias } = predictedWords(graph, encoded)
    return linearCrossEntropy(chosen, words, bias, graph.input('labels', [chosen.shape[0]!], 'i32'))
  }

  /** Of the tokens at the input 'masked' [masked, vocabulary]. */
  #logits(graph: Graph, encoded: EncodedTokens): Tensor {
    const { chosen, words, bias } = predictedWords(graph, encoded)
    return linear(chosen, words, bias)
  }

  #masked(sequences: readonly Int32Array[], samples: ArrayLike<number>, random: Random) {
    const { inputs, sizes } = batchOf(sequences, samples, this.padding)
    const { places, labels } = maskWords(inputs.ids, this.#vocabulary, random)
    return {
      inputs,
      sizes: { ...sizes, masked: places.length },
      others: { masked: places, labels },
      terms: places.length,
    }
  }

  async #filled(texts: readonly string[], k: number, signal?: AbortSignal): Promise<MaskCandidate[][][]> {
    const vocabulary = this.#vocabulary
    const sequences = await tokenSequences(this.source.tokenizer, texts, this.maxTokens, signal)
    const filled: MaskCandidate[][][] = texts.map(() => [])
    for (const chosen of batchesWithin(sequences, FILLED_AT_ONCE)) {
      const { inputs, sizes } = batchOf(sequences, chosen, this.padding)
      const places = maskPlaces(inputs.ids, vocabulary)
      if (places.length === 0) continue
      const shape = { ...sizes, masked: places.length }
      const given = (await this.#fill().run({ ...inputs, masked: places }, shape, { signal }))[0] as Float32Array
      const width = given.length / places.length
      let sequence = 0
      await new LoopYielder(signal).over(places.length, 1, (n) => {
        while (inputs.offsets[sequence + 1]! <= places[n]!) sequence++
        filled[chosen[sequence]!]!.push(bestTokens(given.subarray(n * width, (n + 1) * width), k, vocabulary))
      })
    }
    return filled
  }

  async #lossOfTexts(texts: readonly string[], seed: number, signal?: AbortSignal): Promise<number> {
    const random = createRandom(seed)
    const sequences = await tokenSequences(this.source.tokenizer, texts, this.maxTokens, signal)
    // A few short texts may have none of their words masked.
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      let [sum, count] = [0, 0]
      for (const chosen of batchesWithin(sequences, TOKENS_AT_ONCE)) {
        const { inputs, sizes, others } = this.#masked(sequences, chosen, random)
        if (sizes.masked === 0) continue
        const [loss] = await this.#loss().run({ ...inputs, ...others }, sizes, { signal })
        sum += loss![0]! * sizes.masked
        count += sizes.masked
      }
      if (count > 0) return sum / count
    }
    throw new KindredError('ERR_VALUE', `texts: expected some words to mask but received ${show(texts)} without any.`)
  }
}

guardReceivers(MaskedLanguageModel)
