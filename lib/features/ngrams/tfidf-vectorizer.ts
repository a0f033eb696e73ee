import { csrOf, type SparseMatrix } from '../../data/sparse-matrix.js'
import { vectorTensor } from '../../data/storage/saved-tensors.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { checkTexts } from '../../encode/check-texts.js'
import { checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { withCallback } from '../../native/caller-callback.js'
import { KindredError, show } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { nativeCall } from '../../native/native-call.js'
import { countTexts } from './count-texts.js'
import type { VectorizeOptions } from './count-vectorizer.js'
import { type FittedVocabulary, learnVocabulary, type VocabularyReport } from './fitted-vocabulary.js'
import { completeTfidfOptions, TFIDF_OPTIONS, type TfidfVectorizerOptions } from './tfidf-options.js'
import { loadVectorizer, type SavedVectorizer, saveVectorizer } from './vectorizer-file.js'

const CALL_OPTIONS = ['signal', 'onProgress'] as const
const IDF_AT_ONCE = 1 << 16

/** @internal What a fit has learned. */
export interface FittedTfidf {
  readonly vocabulary: FittedVocabulary
  readonly idf: Float64Array
}

/**
 * Texts as weighed counts of their n-grams: a sparse matrix [texts, features], the same as scikit-learn's `TfidfVectorizer`
 * gives for the same options, to the rounding of 32-bit numbers. A weight is count * idf, each row divided by its norm; idf
 * is small for n-grams that many texts have (Sparck Jones 1972). Computed natively on all threads, off the main thread.
 */
export class TfidfVectorizer {
  /** The options in force, defaults filled in. */
  readonly options: Readonly<Required<TfidfVectorizerOptions>>
  #fitted: FittedTfidf | undefined

  /** @throws ERR_VALUE naming the option */
  constructor(options: TfidfVectorizerOptions = {}) {
    options = checkOptions('TfidfVectorizer', options, TFIDF_OPTIONS)
    this.options = completeTfidfOptions(options)
  }

  /**
   * Learns columns and their idf from texts, in place of those of an earlier fit.
   * @throws ERR_DATA if no n-gram is left, or one of a given vocabulary is in no text and smoothIdf is off; ERR_VALUE for a
   *   text that is no string or limits that nothing can keep, ERR_DUPLICATE in a given vocabulary, ERR_TOO_LARGE, ERR_ABORTED
   */
  async fit(texts: readonly string[], options: VectorizeOptions = {}): Promise<this> {
    options = checkOptions('TfidfVectorizer.fit', options, CALL_OPTIONS)
    await this.#learn(texts, false, options)
    return this
  }

  /** {@link fit} and {@link transform} in one, in less time. @throws as `fit` */
  async fitTransform(texts: readonly string[], options: VectorizeOptions = {}): Promise<SparseMatrix> {
    options = checkOptions('TfidfVectorizer.fitTransform', options, CALL_OPTIONS)
    return (await this.#learn(texts, true, options))!
  }

  /**
   * One row of weights for each text; n-grams without a column are not counted, and a text of none has an empty row.
   * @throws ERR_NOT_FITTED, ERR_VALUE for a text that is no string, ERR_TOO_LARGE, ERR_ABORTED
   */
  async transform(texts: readonly string[], options: VectorizeOptions = {}): Promise<SparseMatrix> {
    options = checkOptions('TfidfVectorizer.transform', options, CALL_OPTIONS)
    const own = checkTexts(texts)
    const { vocabulary, idf } = this.fitted()
    const { handle, names } = vocabulary
    const counts = await withCallback(options.onProgress, (report) =>
      countTexts(handle, names.length, own, this.options.binary, options.signal, report),
    )
    return this.#weigh(counts, idf, options.signal)
  }

  /** [features], the n-gram of each column. @throws ERR_NOT_FITTED */
  get featureNames(): readonly string[] {
    return this.fitted().vocabulary.names
  }

  /** The column of each n-gram; made when first read, some 0.1 ms for a thousand. @throws ERR_NOT_FITTED */
  get vocabulary(): ReadonlyMap<string, number> {
    return this.fitted().vocabulary.columns()
  }

  /** [features], what counts are multiplied by (unless `useIdf` is false). @throws ERR_NOT_FITTED */
  get idf(): Float64Array {
    return this.fitted().idf
  }

  /** [features], in how many texts of the fit each n-gram is. @throws ERR_NOT_FITTED */
  get documentFrequencies(): Int32Array {
    return this.fitted().vocabulary.frequencies!
  }

  /** What the fit found and left out. @throws ERR_NOT_FITTED */
  get report(): VocabularyReport {
    return this.fitted().vocabulary.report!
  }

  /**
   * Saves options, columns and their idf as a folder: config.json and one safetensors file.
   * @throws ERR_NOT_FITTED, ERR_IO, ERR_ABORTED
   */
  async save(dir: string, options: AbortOptions = {}): Promise<void> {
    options = checkOptions('TfidfVectorizer.save', options, ['signal'])
    const { vocabulary, idf } = this.fitted()
    const more = { idf: vectorTensor(idf) }
    await saveVectorizer(dir, 'tfidf-vectorizer', this.options, vocabulary, more, options.signal)
  }

  /** Loads what {@link save} saved. @throws ERR_MODEL_FILE, ERR_IO, ERR_ABORTED */
  static async load(dir: string, options: AbortOptions = {}): Promise<TfidfVectorizer> {
    options = checkOptions('TfidfVectorizer.load', options, ['signal'])
    return TfidfVectorizer.restored(await loadVectorizer(dir, 'tfidf-vectorizer', options.signal))
  }

  /** @internal What a folder holds. @throws ERR_MODEL_FILE */
  static restored({ options, vocabulary, tensors }: SavedVectorizer): TfidfVectorizer {
    const restored = new TfidfVectorizer(options)
    restored.#fitted = { vocabulary, idf: tensors.vector('idf', Float64Array, vocabulary.names.length) }
    return restored
  }

  async #learn(texts: unknown, keepRows: boolean, options: VectorizeOptions): Promise<SparseMatrix | undefined> {
    const own = checkTexts(texts)
    const { signal } = options
    const { vocabulary, counts } = await withCallback(options.onProgress, (report) =>
      learnVocabulary(this.options, own, keepRows, { signal, report }),
    )
    const idf = await this.#idfOf(vocabulary, signal)
    const weights = keepRows ? await this.#weigh(counts!, idf, signal) : undefined
    this.#fitted = { vocabulary, idf }
    return weights
  }

  async #idfOf({ frequencies, report, names }: FittedVocabulary, signal: AbortSignal | undefined) {
    const more = this.options.smoothIdf ? 1 : 0
    const idf = new Float64Array(frequencies!.length)
    await new LoopYielder(signal).over(idf.length, IDF_AT_ONCE, (begin, end) => {
      for (let i = begin; i < end; i++) idf[i] = Math.log((report!.texts + more) / (frequencies![i]! + more)) + 1
    })
    const endless = more === 1 ? -1 : idf.indexOf(Infinity)
    if (endless >= 0 && this.options.useIdf)
      throw new KindredError(
        'ERR_DATA',
        `vocabulary[${endless}]: ${show(names[endless])} is in none of ${report!.texts} texts, so its idf is infinite. Use smoothIdf: true, or leave it out.`,
      )
    return idf
  }

  /** The counts, which become weights. */
  async #weigh(counts: SparseMatrix, idf: Float64Array, signal: AbortSignal | undefined): Promise<SparseMatrix> {
    const { useIdf, sublinearTf, norm } = this.options
    await nativeCall(signal, (native, abort) =>
      native.tfidfWeigh(csrOf(counts), useIdf ? idf : null, sublinearTf, norm ?? 'none', abort),
    )
    return counts
  }

  /** @internal @throws ERR_NOT_FITTED */
  fitted(): FittedTfidf {
    if (this.#fitted !== undefined) return this.#fitted
    throw new KindredError('ERR_NOT_FITTED', 'TfidfVectorizer: fit it to texts first.')
  }
}

guardReceivers(TfidfVectorizer)
