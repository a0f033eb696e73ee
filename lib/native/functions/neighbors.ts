import type { Csr } from './matrices.js'
import type { AbortFlag } from './runtime.js'

export interface KnnKernelOptions {
  similarity: 'cosine' | 'jaccard'
  neighbors: number
  shrinkage: number
}

/** k nearest neighbours among sparse rows. */
export interface NeighborFunctions {
  nearestRows(rows: Csr, options: KnnKernelOptions, abort?: AbortFlag): Promise<Csr>
  lengthNorms(documents: Csr, abort?: AbortFlag): Promise<Float64Array>
  weighTerms(
    documents: Csr,
    weighting: 'tfidf' | 'bm25',
    lengthNorms: Float64Array,
    abort?: AbortFlag,
  ): Promise<Float32Array>
}
