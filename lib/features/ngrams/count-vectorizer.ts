import type { SparseMatrix } from '../../data/sparse-matrix.js'
import { checkTexts } from '../../encode/check-texts.js'
import { checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions, Progress } from '../../native/call-options.js'
import { withCallback } from '../../native/caller-callback.js'
import { KindredError } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { countTexts } from './count-texts.js'
import {
  type FitCall,
  type FittedVocabulary,
  givenVocabulary,
  learnVocabulary,
  type VocabularyReport,
} from './fitted-vocabulary.js'
import { loadVectorizer, saveVectorizer } from './vectorizer-file.js'
import { COUNT_OPTIONS, type CountVectorizerOptions, completeCountOptions } from './vocabulary-options.js'

/** How a vectorizer's calls run. */
export interface VectorizeOptions extends AbortOptions {
  /** Called as texts are finished; counts texts. */
  onProgress?: (progress: Progress) => void
}

const CALL_OPTIONS = ['signal', 'onProgress'] as const

/**
 * Texts as counts of their n-grams: a sparse matrix [texts, features], the same as scikit-learn's `CountVectorizer` gives for
 * the same options (n-grams, columns in the order of their code points, counts). Counted natively on all threads, off
 * the main thread.
 */
export class CountVectorizer {
  /** The options in force, defaults filled in. */
  readonly options: Readonly<Required<CountVectorizerOptions>>
  #fitted: FittedVocabulary | undefined

  /** @throws ERR_VALUE naming the option */
  constructor(options: CountVectorizerOptions = {}) {
    options = checkOptions('CountVectorizer', options, COUNT_OPTIONS)
    this.options = completeCountOptions(options)
  }

  /**
   * Learns the columns from texts, in place of those of an earlier fit.
   * @throws ERR_DATA if no n-gram is left, ERR_VALUE for a text that is no string or limits that nothing can keep,
   *   ERR_DUPLICATE in a given vocabulary, ERR_TOO_LARGE, ERR_ABORTED
   */
  async fit(texts: readonly string[], options: VectorizeOptions = {}): Promise<this> {
    options = checkOptions('CountVectorizer.fit', options, CALL_OPTIONS)
    await this.#learn(texts, false, options)
    return this
  }

  /** {@link fit} and {@link transform} in one, in less time. @throws as `fit` */
  async fitTransform(texts: readonly string[], options: VectorizeOptions = {}): Promise<SparseMatrix> {
    options = checkOptions('CountVectorizer.fitTransform', options, CALL_OPTIONS)
    return (await this.#learn(texts, true, options))!
  }

  /**
   * One row of counts for each text; n-grams without a column are not counted, and a text of none has an empty row.
   * @throws ERR_NOT_FITTED, ERR_VALUE for a text that is no string, ERR_TOO_LARGE, ERR_ABORTED
   */
  async transform(texts: readonly string[], options: VectorizeOptions = {}): Promise<SparseMatrix> {
    options = checkOptions('CountVectorizer.transform', options, CALL_OPTIONS)
    const own = checkTexts(texts)
    return withCallback(options.onProgress, async (report) => {
      const { handle, names } = await this.#use(options.signal)
      return countTexts(handle, names.length, own, this.options.binary, options.signal, report)
    })
  }

  /** [features], the n-gram of each column. @throws ERR_NOT_FITTED */
  get featureNames(): readonly string[] {
    return this.#need().names
  }

  /** The column of each n-gram; made when first read, some 0.1 ms for a thousand. @throws ERR_NOT_FITTED */
  get vocabulary(): ReadonlyMap<string, number> {
    return this.#need().columns()
  }

  /** [features], in how many texts of the fit each n-gram is. @throws ERR_NOT_FITTED */
  get documentFrequencies(): Int32Array {
    return this.#need().frequencies!
  }

  /** What the fit found and left out. @throws ERR_NOT_FITTED */
  get report(): VocabularyReport {
    return this.#need().report!
  }

  /**
   * Saves options and columns as a folder: config.json and one safetensors file.
   * @throws ERR_NOT_FITTED, ERR_IO, ERR_ABORTED
   */
  async save(dir: string, options: AbortOptions = {}): Promise<void> {
    options = checkOptions('CountVectorizer.save', options, ['signal'])
    await saveVectorizer(dir, 'count-vectorizer', this.options, this.#need(), {}, options.signal)
  }

  /** Loads what {@link save} saved. @throws ERR_MODEL_FILE, ERR_IO, ERR_ABORTED */
  static async load(dir: string, options: AbortOptions = {}): Promise<CountVectorizer> {
    options = checkOptions('CountVectorizer.load', options, ['signal'])
    const { options: saved, vocabulary } = await loadVectorizer(dir, 'count-vectorizer', options.signal)
    const loaded = new CountVectorizer(saved)
    loaded.#fitted = vocabulary
    return loaded
  }

  async #learn(texts: unknown, keepRows: boolean, options: VectorizeOptions): Promise<SparseMatrix | undefined> {
    const own = checkTexts(texts)
    const { vocabulary, counts } = await withCallback(options.onProgress, (report) => {
      const call: FitCall = { signal: options.signal, report }
      return learnVocabulary(this.options, own, keepRows, call)
    })
    this.#fitted = vocabulary
    return counts
  }

  async #use(signal: AbortSignal | undefined): Promise<FittedVocabulary> {
    if (this.#fitted === undefined && this.options.vocabulary !== null)
      this.#fitted ??= await givenVocabulary(this.options, signal)
    return this.#fitted ?? this.#need()
  }

  #need(): FittedVocabulary {
    if (this.#fitted?.report !== undefined) return this.#fitted
    throw new KindredError('ERR_NOT_FITTED', 'CountVectorizer: fit it to texts first.')
  }
}

guardReceivers(CountVectorizer)
