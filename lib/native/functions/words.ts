import type { Csr, Matrix } from './matrices.js'
import type { AbortFlag } from './runtime.js'

/** A text as words, the most frequent first. */
export interface WordCorpus {
  /** Words, and negative numbers between sentences. */
  tokens: Int32Array
  /** [words] the probability that an occurrence is kept. */
  keep: Float64Array
  /** [words] how often it is drawn as a negative, relative to others. */
  noise: Float64Array
}

export interface WordKernelOptions {
  window: number
  negatives: number
  seed: number
  epoch: number
  /** At the first token of the call. */
  firstRate: number
  /** Behind its last token. */
  lastRate: number
}

/** Rows padded with zeros to a multiple of 16 columns, [words, width], and biases; of squares 1 at first. */
export interface GloveModel {
  X: Matrix
  Y: Matrix
  xBias: Float32Array
  yBias: Float32Array
}

export interface GloveKernelOptions {
  learningRate: number
  most: number
  exponent: number
  seed: number
  epoch: number
}

/** Lines of a word and its numbers. */
export interface VectorLines {
  /** [lines] the word of each, in bytes. */
  begins: Int32Array
  ends: Int32Array
  /** Of the lines read. */
  bytes: number
  /** Lines skipped as empty. */
  blank: number
  fault: 'none' | 'few-numbers' | 'no-number' | 'no-word'
  /** Of the fault, from 0. */
  line: number
  /** The bytes at fault. */
  begin: number
  end: number
  /** Numbers that the line has at its end. */
  fields: number
}

/** Word vectors. */
export interface WordsFunctions {
  skipGram(
    corpus: WordCorpus,
    begin: number,
    end: number,
    X: Matrix,
    Y: Matrix,
    options: WordKernelOptions,
    abort?: AbortFlag,
  ): Promise<number>
  cbow(
    corpus: WordCorpus,
    begin: number,
    end: number,
    X: Matrix,
    Y: Matrix,
    options: WordKernelOptions,
    abort?: AbortFlag,
  ): Promise<number>
  cooccurrences(tokens: Int32Array, counts: Float64Array, window: number, abort?: AbortFlag): Promise<Csr>
  gloveEpoch(
    counts: Csr,
    model: GloveModel,
    squares: GloveModel,
    options: GloveKernelOptions,
    abort?: AbortFlag,
  ): Promise<number>
  weightedMeans(
    vectors: Matrix,
    weights: Float32Array,
    ids: Int32Array,
    offsets: Int32Array,
    out: Matrix,
    abort?: AbortFlag,
  ): Promise<void>
  readVectorLines(
    text: Uint8Array,
    dims: number,
    most: number,
    out: Float32Array,
    abort?: AbortFlag,
  ): Promise<VectorLines>
}
