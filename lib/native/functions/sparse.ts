import type { Csr, Matrix } from './matrices.js'
import type { AbortFlag } from './runtime.js'

/** Sparse matrices. */
export interface SparseFunctions {
  csrFromPairs(
    rowOf: Int32Array,
    colOf: Int32Array,
    values: Float32Array | null,
    rows: number,
    cols: number,
    abort?: AbortFlag,
  ): Promise<Csr>
  csrTranspose(csr: Csr, abort?: AbortFlag): Promise<Csr>
  orderOfKeys(keys: Float64Array, abort?: AbortFlag): Promise<Int32Array>
  csrReorder(csr: Csr, rowOrder: Int32Array | null, columnPlaces: Int32Array | null, abort?: AbortFlag): Promise<Csr>
  reorderSquare(matrix: Matrix, order: Int32Array, abort?: AbortFlag): Promise<void>
  csrMultiply(csr: Csr, dense: Matrix, abort?: AbortFlag): Promise<Float32Array>
  csrMultiplySparse(a: Csr, b: Csr, abort?: AbortFlag): Promise<Float32Array>
}
