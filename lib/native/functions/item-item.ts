import type { Csr, Matrix } from './matrices.js'
import type { AbortFlag } from './runtime.js'

export interface WalkKernelOptions {
  alpha: number
  beta: number
  neighbors: number
  normalize: boolean
}

export interface SlimKernelOptions {
  l1: number
  l2: number
  neighbors: number
  iterations: number
  tolerance: number
}

/** X'X for the pairs of items that share a user, row by row; its diagonal apart. */
export interface SlimGram {
  /** [items + 1] */
  begins: Float64Array
  /** [pairs] */
  indices: Int32Array
  /** [pairs] */
  values: Float32Array
  /** [items] */
  diagonal: Float32Array
}

/** Item-item models: EASE, SLIM, random walks, GF-CF. */
export interface ItemItemFunctions {
  regularizedGram(byUser: Csr, byItem: Csr, regularization: number, gram: Matrix, abort?: AbortFlag): Promise<void>
  invertPivots(a: Matrix, diagonal: Float32Array, begin: number, end: number, abort?: AbortFlag): Promise<void>
  inverseError(byUser: Csr, regularization: number, negatedInverse: Matrix, abort?: AbortFlag): Promise<number>
  easeWeights(negatedInverse: Matrix, abort?: AbortFlag): Promise<void>
  walkWeights(byUser: Csr, byItem: Csr, options: WalkKernelOptions, abort?: AbortFlag): Promise<Csr>
  slimGramBegins(byUser: Csr, byItem: Csr, abort?: AbortFlag): Promise<Float64Array>
  slimGram(byUser: Csr, byItem: Csr, gram: SlimGram, abort?: AbortFlag): Promise<void>
  slimWeights(
    gram: SlimGram,
    begin: number,
    end: number,
    options: SlimKernelOptions,
    abort?: AbortFlag,
  ): Promise<{ lists: Csr; notConverged: number }>
  normalizeLog(byUser: Csr, abort?: AbortFlag): Promise<{ byUser: Csr; itemDegrees: Float32Array }>
  graphFilter(gram: Matrix, vectors: Matrix, itemDegrees: Float32Array, alpha: number, abort?: AbortFlag): Promise<void>
  lowPass(
    vectors: Matrix,
    itemDegrees: Float32Array,
    abort?: AbortFlag,
  ): Promise<{ left: Float32Array; right: Float32Array }>
  graphScores(
    histories: Csr,
    byUser: Csr,
    byItem: Csr,
    left: Matrix,
    right: Matrix,
    alpha: number,
    out: Matrix,
    abort?: AbortFlag,
  ): Promise<void>
}
