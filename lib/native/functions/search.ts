import type { Csr, Matrix } from './matrices.js'
import type { AbortFlag } from './runtime.js'

/** A packed catalogue; opaque. */
export interface VectorIndexHandle {
  readonly __vectorIndex: never
}

/** How near two vectors are, larger is nearer: dot product, cosine (0 where a norm is zero), or minus the Euclidean distance. */
export type Metric = 'dot' | 'cosine' | 'euclidean'

export type VectorDtype = 'f32' | 'bf16' | 'int8'

/** Lists of the k best items, row-major [queries, k], best first; unfilled places hold index -1 and score NaN. */
export interface TopK {
  indices: Int32Array
  scores: Float32Array
}

/** Where scores of zero stand among others. */
export interface ZeroScores {
  /** [items] what a score of zero counts as; null: no list holds it */
  keys: Float32Array | null
  /** The least score that lists hold; null: none */
  least: number | null
}

/** Similarities, top-k lists and the index of vectors. */
export interface SearchFunctions {
  similarityMatrix(a: Matrix, b: Matrix, metric: Metric, abort?: AbortFlag): Promise<Float32Array>
  similarityMatrixInto(a: Matrix, b: Matrix, metric: Metric, out: Float32Array, abort?: AbortFlag): Promise<void>
  dotOfPairs(a: Matrix, b: Matrix, aRows: Int32Array, bRows: Int32Array, abort?: AbortFlag): Promise<Float32Array>
  topK(
    queries: Matrix,
    items: Matrix,
    metric: Metric,
    k: number,
    exclude: Csr | null,
    candidates: Uint8Array | null,
    abort?: AbortFlag,
  ): Promise<TopK>
  topKOfScores(
    scores: Matrix,
    k: number,
    exclude: Csr | null,
    candidates: Uint8Array | null,
    zeros: ZeroScores | null,
    abort?: AbortFlag,
  ): Promise<TopK>
  placeZeros(scores: Matrix, zeros: ZeroScores, abort?: AbortFlag): Promise<void>
  vectorIndex(metric: Metric, dims: number, dtype: VectorDtype, exact: boolean): VectorIndexHandle
  vectorIndexWith(
    index: VectorIndexHandle,
    vectors: Matrix,
    normalized: boolean,
    abort?: AbortFlag,
  ): Promise<VectorIndexHandle>
  vectorIndexWithout(index: VectorIndexHandle, rows: Int32Array): VectorIndexHandle
  vectorIndexSize(index: VectorIndexHandle): { rows: number; removed: number; bytes: number }
  vectorIndexContents(
    index: VectorIndexHandle,
    vectors: Float32Array,
    removed: Int32Array,
    abort?: AbortFlag,
  ): Promise<void>
  vectorIndexRelease(index: VectorIndexHandle): void
  vectorIndexSearch(
    index: VectorIndexHandle,
    queries: Matrix,
    k: number,
    exclude: Csr | null,
    candidates: Uint8Array | null,
    abort?: AbortFlag,
  ): Promise<TopK>
  vectorIndexSearchSync(
    index: VectorIndexHandle,
    queries: Matrix,
    k: number,
    exclude: Csr | null,
    candidates: Uint8Array | null,
  ): TopK
}
