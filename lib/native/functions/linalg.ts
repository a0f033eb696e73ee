import type { Csr, Matrix } from './matrices.js'
import type { AbortFlag } from './runtime.js'

/** Dense linear algebra, truncated SVD, principal components, what fuses rows. */
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
  columnMoments(x: Matrix, abort?: AbortFlag): Promise<{ mean: Float64Array; squares: Float64Array }>
  scatter(x: Matrix, abort?: AbortFlag): Promise<{ mean: Float64Array; sums: Float64Array }>
  addOuterProducts(vectors: Matrix, weights: Float64Array, sums: Float64Array, abort?: AbortFlag): Promise<void>
  leadingAxes(
    sums: Float64Array,
    dims: number,
    count: number,
    share: number,
    abort?: AbortFlag,
  ): Promise<{ mean: Float64Array; values: Float64Array; vectors: Float32Array }>
  rowSpaceAxes(
    x: Matrix,
    centred: boolean,
    count: number,
    share: number,
    abort?: AbortFlag,
  ): Promise<{ mean: Float64Array; values: Float64Array; vectors: Float32Array }>
  canonicalCorrelation(
    x: Matrix,
    y: Matrix,
    count: number,
    xRidge: number,
    yRidge: number,
    abort?: AbortFlag,
  ): Promise<{
    xMean: Float64Array
    yMean: Float64Array
    xWeights: Float32Array
    yWeights: Float32Array
    correlations: Float64Array
  }>
  mapRows(x: Matrix, weights: Matrix, bias: Float32Array, out: Matrix, abort?: AbortFlag): Promise<void>
  fuseRows(
    out: Matrix,
    from: Matrix,
    places: Int32Array,
    scales: Float32Array,
    absent: Float32Array | null,
    column: number,
    normalize: boolean,
    add: boolean,
    abort?: AbortFlag,
  ): Promise<number>
  meanOfRows(x: Matrix, normalize: boolean, abort?: AbortFlag): Promise<Float32Array>
  denseSubspaceStep(x: Matrix, mean: Float64Array | null, basis: Matrix, abort?: AbortFlag): Promise<void>
  denseSingularVectors(
    x: Matrix,
    mean: Float64Array | null,
    basis: Matrix,
    count: number,
    abort?: AbortFlag,
  ): Promise<{ values: Float32Array; vectors: Float32Array }>
  subspaceStep(a: Csr, transposed: Csr, basis: Matrix, abort?: AbortFlag): Promise<void>
  singularVectors(
    a: Csr,
    basis: Matrix,
    count: number,
    abort?: AbortFlag,
  ): Promise<{ values: Float32Array; vectors: Float32Array }>
}
