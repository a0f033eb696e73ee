import type { Csr, Matrix } from './matrices.js'
import type { AbortFlag } from './runtime.js'

export interface EvaluateFunctions {
  rankItems(
    scores: Matrix,
    relevant: Csr,
    exclude: Csr | null,
    candidates: Uint8Array | null,
    abort?: AbortFlag,
  ): Promise<{ before: Int32Array; tied: Int32Array; eligible: Int32Array }>
  measureLists(
    scores: Matrix,
    exclude: Csr | null,
    candidates: Uint8Array | null,
    lengths: Int32Array,
    values: Float64Array,
    misses: Float64Array,
    exposures: Float64Array,
    abort?: AbortFlag,
  ): Promise<Float64Array>
  inverseLengths(vectors: Matrix | Csr, abort?: AbortFlag): Promise<Float64Array>
  pairSimilarities(
    scores: Matrix,
    exclude: Csr | null,
    candidates: Uint8Array | null,
    lengths: Int32Array,
    vectors: Matrix | Csr,
    inverse: Float64Array,
    abort?: AbortFlag,
  ): Promise<Float64Array>
  bootstrapMeans(
    values: Float64Array,
    series: number,
    users: number,
    resamples: number,
    seed: number,
    abort?: AbortFlag,
  ): Promise<Float64Array>
  signFlipPValues(
    values: Float64Array,
    series: number,
    users: number,
    rounds: number,
    seed: number,
    abort?: AbortFlag,
  ): Promise<Float64Array>
}
