import { stat } from 'node:fs/promises'
import { isFloat32Array } from 'node:util/types'
import { IdMap } from '../../data/id-map.js'
import type { Matrix } from '../../data/matrix.js'
import { runYielding } from '../../data/resumable.js'
import { checkInteger, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions, Progress } from '../../native/call-options.js'
import { withCallback } from '../../native/caller-callback.js'
import { KindredError, show, throwIfAborted } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { SimilarityIndex } from '../../search/similarity-index.js'
import { type Analogies, type AnalogyEvaluation, checkAnalogies, evaluateAnalogies } from './analogies.js'
import { type CorpusReport, checkSentences, readCorpus, type Sentences } from './corpus.js'
import { readWords } from './files/read-words.js'
import type { WordFileFormat, WordFileReport } from './files/word-rows.js'
import { writeWords } from './files/write-words.js'
import { trainGlove } from './glove.js'
import { trainPrediction } from './prediction.js'
import { type SentenceVectors, type SentenceVectorsOptions, sentenceVectors } from './sentence-vectors.js'
import { checkTraining, type TrainWordVectorsOptions } from './training-options.js'
import { analogyQuery, nearestWords, rowOfWord, type WordNeighbor } from './word-search.js'
import { loadWordVectors, saveWordVectors, type WordVectorsParts } from './word-vectors-folder.js'

/** How {@link WordVectors.load} reads a file. */
export interface LoadWordVectorsOptions extends AbortOptions {
  /**
   * What the file is: 'glove', lines of a word and its numbers; 'word2vec', the same after a line with the number of words
   * and of dimensions; 'word2vec-binary', that line and then numbers of 4 bytes. Default 'auto': by its content.
   */
  format?: WordFileFormat | 'auto'
  /** Take the first words of the file alone, which mostly are the most frequent; default Infinity. */
  maxWords?: number
  /** Called as the file is read; counts its bytes. */
  onProgress?: (progress: Progress) => void
}

/** Options of {@link WordVectors.write}. */
export interface WriteWordVectorsOptions extends AbortOptions {
  /** 'glove' (default): lines of a word and its numbers; 'word2vec': the same after a line of sizes; 'word2vec-binary'. */
  format?: WordFileFormat
}

/** Options of {@link WordVectors.neighbors} and {@link WordVectors.analogy}. */
export interface WordNeighborsOptions extends AbortOptions {
  /** Words listed; default 10. */
  k?: number
}

/** Options of {@link WordVectors.evaluateAnalogies}. */
export interface EvaluateAnalogiesOptions extends AbortOptions {
  /** An answer counts among the first k; default 1. */
  k?: number
  /** Called as questions are answered; counts them. */
  onProgress?: (progress: Progress) => void
}

/** What was read, or found in the text that the vectors were trained on. */
export type WordVectorsReport = WordFileReport | CorpusReport

/** Vectors of words: read from files of GloVe and word2vec, or trained on a text. */
export class WordVectors {
  /** The words, each with its row. */
  readonly words: IdMap
  /** [words, dims]; the object's own memory, to be read. */
  readonly vectors: Matrix
  /** [words] how often each word came in the text that they were trained on; null where that is not known. */
  readonly counts: Float64Array | null
  /** How they came about, as {@link save} keeps it. */
  readonly about: Readonly<Record<string, unknown>>
  /** Of what was just read or trained; undefined after {@link from} and of a saved folder. */
  readonly report: Readonly<WordVectorsReport> | undefined
  #index: Promise<SimilarityIndex> | undefined

  private constructor(parts: WordVectorsParts, report?: WordVectorsReport) {
    this.words = parts.words
    this.vectors = parts.vectors
    this.counts = parts.counts
    this.about = parts.about
    this.report = report
  }

  /**
   * Word vectors in memory.
   * @param words all distinct, one a row
   * @param vectors [words, dims], used as they are
   * @throws ERR_VALUE for what is no word, ERR_DUPLICATE for one that comes twice, ERR_SHAPE where sizes do not fit
   */
  static from(words: Iterable<string>, vectors: Matrix): WordVectors {
    const map = IdMap.from(words, 'words')
    if (map.integers > 0) throw new KindredError('ERR_VALUE', 'words: expected strings but received integers.')
    if (map.size === 0 || map.size !== vectors?.rows)
      throw new KindredError(
        'ERR_SHAPE',
        `WordVectors.from: expected one vector for each of ${map.size} words, at least 1, but received ${vectors?.rows ?? show(vectors)}.`,
      )
    return new WordVectors({ words: map, vectors, counts: null, about: {} })
  }

  /**
   * Reads a file of word vectors, compressed (gzip, zstd) or not, as GloVe and word2vec publish them, in pieces; or a
   * folder that {@link save} wrote. Of a word that comes twice the first vector counts; `report` has the number of others.
   * @throws ERR_DATA for a file that is malformed, cut short or of another number of words than it says, naming the line,
   * or word, and byte; ERR_MODEL_FILE for a folder that is none, or altered; ERR_VALUE, ERR_TOO_LARGE, ERR_IO, ERR_ABORTED
   */
  static async load(path: string, options: LoadWordVectorsOptions = {}): Promise<WordVectors> {
    options = checkOptions('WordVectors.load', options, ['format', 'maxWords', 'signal', 'onProgress'])
    const { signal, maxWords = Infinity } = options
    const format = checkOneOf('format', options.format ?? 'auto', ['auto', 'glove', 'word2vec', 'word2vec-binary'])
    if (maxWords !== Infinity) checkInteger('maxWords', maxWords, { min: 1 })
    checkPath('WordVectors.load', path)
    throwIfAborted(signal)
    const found = await stat(path).catch(() => undefined)
    if (found?.isDirectory()) {
      for (const name of ['format', 'maxWords'] as const)
        if (options[name] !== undefined)
          throw new KindredError('ERR_VALUE', `${name}: of files, but ${path} is a folder. Leave it out.`)
      return new WordVectors(await loadWordVectors(path, signal))
    }
    return withCallback(options.onProgress, async (onProgress) => {
      const rows = await readWords(path, { format, maxWords, signal, onProgress })
      const about = { format: rows.report.format }
      return new WordVectors({ words: rows.words, vectors: rows.matrix(), counts: null, about }, rows.report)
    })
  }

  /**
   * Learns vectors from sentences: texts, or lists of words, of any iterable, also an async one; read once. Words are in
   * the order of their frequency. Same sentences and seed, same bits for any number of threads, on one instruction set.
   *
   * Skip-gram pairs are divided into blocks that share no vectors, and negatives are shared among 8 pairs at a time (Ji et
   * al. 2016); a CBOW step is of up to 256 windows, fewer where there are under 8192 words; GloVe takes one co-occurrence
   * after another, in blocks too.
   * @throws ERR_VALUE naming the option or sentence, ERR_DATA where no word comes `minCount` times, ERR_NOT_FINITE where
   * training diverges, ERR_TOO_LARGE, ERR_ABORTED; what the iteration or `tokenize` throws
   */
  static async train(sentences: Sentences, options: TrainWordVectorsOptions = {}): Promise<WordVectors> {
    const training = checkTraining(options)
    checkSentences(sentences)
    throwIfAborted(training.signal)
    return withCallback(training.onProgress, async (onProgress) => {
      const { tokenize, signal, onProgress: _, algorithm, ...about } = training
      const corpus = await readCorpus(sentences, tokenize, training.minCount, signal)
      const vectors =
        algorithm === 'glove'
          ? await trainGlove(corpus, { ...training, onProgress })
          : (
              await trainPrediction(async () => corpus.tokens, corpus.counts, {
                ...training,
                algorithm,
                onProgress,
              })
            ).vectors
      const words = await runYielding(IdMap.collecting(corpus.words, 'words'), signal)
      return new WordVectors({ words, vectors, counts: corpus.counts, about: { algorithm, ...about } }, corpus.report)
    })
  }

  /** Number of words. */
  get size(): number {
    return this.words.size
  }

  /** Length of a vector. */
  get dims(): number {
    return this.vectors.cols
  }

  /** Whether there is a vector of this word; words are compared as they are written. */
  has(word: string): boolean {
    return this.words.has(word)
  }

  /** The vector of a word [dims], a view of {@link vectors}. @throws ERR_UNKNOWN_ID, ERR_VALUE */
  vector(word: string): Float32Array {
    return this.vectors.row(rowOfWord(this.words, word))
  }

  /**
   * The words of greatest cosine with a word, without it, or with a vector [dims], best first. The first call builds a
   * `SimilarityIndex`.
   * @throws ERR_UNKNOWN_ID, ERR_SHAPE for a vector of other dimensions, ERR_VALUE, ERR_ABORTED
   */
  async neighbors(word: string | Float32Array, options: WordNeighborsOptions = {}): Promise<WordNeighbor[]> {
    options = checkOptions('neighbors', options, ['k', 'signal'])
    const k = checkInteger('k', options.k ?? 10, { min: 0 })
    throwIfAborted(options.signal)
    const isVector = isFloat32Array(word)
    if (isVector && word.length !== this.dims)
      throw new KindredError('ERR_SHAPE', `neighbors: expected a vector of ${this.dims} but received ${word.length}.`)
    const row = isVector ? -1 : rowOfWord(this.words, word)
    const query = isVector ? word : this.vectors.row(row)
    return this.#nearest(query, isVector ? [] : [row], k, options.signal)
  }

  /**
   * Words d for which a is to b as c is to d: those of greatest cosine with b - a + c, each first divided by its norm, a, b
   * and c themselves left out (Mikolov, Yih and Zweig 2013, "Linguistic regularities in continuous space word
   * representations"), best first.
   * @throws ERR_UNKNOWN_ID, ERR_VALUE, ERR_ABORTED
   */
  async analogy(a: string, b: string, c: string, options: WordNeighborsOptions = {}): Promise<WordNeighbor[]> {
    options = checkOptions('analogy', options, ['k', 'signal'])
    const k = checkInteger('k', options.k ?? 10, { min: 0 })
    throwIfAborted(options.signal)
    const rows = [a, b, c].map((word) => rowOfWord(this.words, word))
    const query = analogyQuery(this.vector(a), this.vector(b), this.vector(c))
    return this.#nearest(query, rows, k, options.signal)
  }

  /**
   * How many analogies come out: of questions [a, b, c, d] those whose d is among the first k of {@link analogy}.
   * Questions with a word that is not known are skipped and counted.
   * @throws ERR_VALUE for what is no question, ERR_ABORTED
   */
  async evaluateAnalogies(analogies: Analogies, options: EvaluateAnalogiesOptions = {}): Promise<AnalogyEvaluation> {
    options = checkOptions('evaluateAnalogies', options, ['k', 'signal', 'onProgress'])
    const { signal } = options
    const k = checkInteger('k', options.k ?? 1, { min: 1 })
    throwIfAborted(signal)
    const sets = checkAnalogies(analogies)
    const index = await this.#searchable()
    const { words, vectors } = this
    return withCallback(options.onProgress, (onProgress) =>
      evaluateAnalogies(sets, { index, words, vectors, k, signal, onProgress }),
    )
  }

  /**
   * One vector per text: the mean of its words' vectors, or what a {@link SifEncoder} fitted on the same texts makes of it.
   * @throws ERR_VALUE naming the option or text, ERR_DATA where SIF finds no known word in any text, ERR_ABORTED
   */
  async sentenceVectors(texts: readonly string[], options: SentenceVectorsOptions = {}): Promise<SentenceVectors> {
    return sentenceVectors(this, texts, options)
  }

  /**
   * Writes a folder that {@link load} reads, atomically, over an older one if there is one.
   * @throws ERR_IO, ERR_ABORTED
   */
  async save(dir: string, options: AbortOptions = {}): Promise<void> {
    options = checkOptions('save', options, ['signal'])
    checkPath('save', dir)
    throwIfAborted(options.signal)
    await saveWordVectors(dir, this, options.signal)
  }

  /**
   * Writes a file that other tools read, compressed where the path ends in `.gz`; numbers as text have nine digits, which
   * read back are the same. An older file is replaced whole.
   * @throws ERR_VALUE for a word that the format cannot hold, ERR_IO, ERR_ABORTED
   */
  async write(path: string, options: WriteWordVectorsOptions = {}): Promise<void> {
    options = checkOptions('write', options, ['format', 'signal'])
    const format = checkOneOf('format', options.format ?? 'glove', ['glove', 'word2vec', 'word2vec-binary'])
    checkPath('write', path)
    throwIfAborted(options.signal)
    await writeWords(path, this.words, this.vectors, format, options.signal)
  }

  #searchable(): Promise<SimilarityIndex> {
    this.#index ??= SimilarityIndex.build(this.vectors, { metric: 'cosine' }).catch((error) => {
      this.#index = undefined
      throw error
    })
    return this.#index
  }

  async #nearest(query: Float32Array, exclude: number[], k: number, signal: AbortSignal | undefined) {
    const [list] = await nearestWords(await this.#searchable(), this.words, [query], [exclude], k, signal)
    return list!
  }
}

guardReceivers(WordVectors)

function checkPath(where: string, path: unknown): void {
  if (typeof path !== 'string' || path === '')
    throw new KindredError('ERR_VALUE', `${where}: expected a path but received ${show(path)}.`)
}
