import { isUtf8 } from 'node:buffer'
import { IdMap } from '../../../data/id-map.js'
import { Matrix } from '../../../data/matrix.js'
import { KindredError } from '../../../native/errors.js'

/** What was read of a file of word vectors. */
export interface WordFileReport {
  /** What the file is. */
  format: WordFileFormat
  /** Vectors read, those of `duplicates` included. */
  read: number
  /** Vectors left out since their word had come before. */
  duplicates: number
  /** Words with bytes that are no UTF-8, which U+FFFD stands for. */
  replaced: number
  /** Empty lines skipped. */
  blankLines: number
}

/** Files of word vectors: lines without a header, with one, and binary with one. */
export type WordFileFormat = 'glove' | 'word2vec' | 'word2vec-binary'

/** A matrix of at most so many numbers. */
const MOST_NUMBERS = 2 ** 32

/** Words and their vectors as they are read; grows where the file did not say how many there are. */
export class WordRows {
  readonly words = new IdMap()
  readonly dims: number
  readonly most: number
  readonly report: WordFileReport
  #data: Float32Array

  /** @param expected how many words there probably are @param most how many are wanted */
  constructor(format: WordFileFormat, dims: number, expected: number, most: number) {
    this.dims = dims
    this.most = Math.min(most, Math.floor(MOST_NUMBERS / dims))
    this.report = { format, read: 0, duplicates: 0, replaced: 0, blankLines: 0 }
    this.#data = new Float32Array(dims * Math.max(1, Math.min(expected, this.most)))
  }

  get isFull(): boolean {
    return this.words.size >= this.most
  }

  /** Where the next vector belongs [dims]; {@link add} makes it one. */
  next(): Float32Array {
    const begin = this.words.size * this.dims
    if (begin + this.dims > this.#data.length) {
      const rows = Math.min(this.most, Math.ceil((this.#data.length / this.dims) * 1.5) + 1)
      if (rows <= this.words.size)
        throw new KindredError(
          'ERR_TOO_LARGE',
          `more than ${MOST_NUMBERS} numbers, ${this.dims} a word. Take fewer with maxWords.`,
        )
      const grown = new Float32Array(rows * this.dims)
      grown.set(this.#data)
      this.#data = grown
    }
    return this.#data.subarray(begin, begin + this.dims)
  }

  /** The word of the vector that was written to {@link next}. */
  add(bytes: Buffer): void {
    this.report.read++
    if (!isUtf8(bytes)) this.report.replaced++
    const { size } = this.words
    if (this.words.add(bytes.toString('utf8')) < size) this.report.duplicates++
  }

  /** [words, dims] */
  matrix(): Matrix {
    const used = this.words.size * this.dims
    const isTight = used > 0.75 * this.#data.length
    return new Matrix(this.words.size, this.dims, isTight ? this.#data.subarray(0, used) : this.#data.slice(0, used))
  }
}
