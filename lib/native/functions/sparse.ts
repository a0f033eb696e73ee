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
  csrMultiply(csr: Csr, dense: Matrix, abort?: AbortFlag): Promise<Float32Array>
  csrMultiplySparse(a: Csr, b: Csr, abort?: AbortFlag): Promise<Float32Array>
}
