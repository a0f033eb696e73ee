import type { Csr, Matrix } from './matrices.js'
import type { AbortFlag } from './runtime.js'

/** Dense linear algebra, and the truncated SVD of sparse matrices. */
export interface LinalgFunctions {
  gram(x: Matrix, abort?: AbortFlag): Promise<Float64Array>
  ridge(
    x: Matrix,
    y: Matrix,
    rowWeights: Float32Array | null,
    regularization: number,
    abort?: AbortFlag,
  ): Promise<{ weights: Float32Array; intercept: Float32Array }>
  gaussianKernel(a: Matrix, b: Matrix, gamma: number, abort?: AbortFlag): Promise<Float32Array>
  kernelRidge(x: Matrix, y: Matrix, gamma: number, regularization: number, abort?: AbortFlag): Promise<Float32Array>
  pca(
    x: Matrix,
    count: number,
    abort?: AbortFlag,
  ): Promise<{ mean: Float64Array; components: Float32Array; variances: Float64Array }>
  subspaceStep(a: Csr, transposed: Csr, basis: Matrix, abort?: AbortFlag): Promise<void>
  singularVectors(
    a: Csr,
    basis: Matrix,
    count: number,
    abort?: AbortFlag,
  ): Promise<{ values: Float32Array; vectors: Float32Array }>
}
