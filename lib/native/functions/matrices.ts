/** A dense matrix [rows, cols], row-major; lib/data has the class. */
export interface Matrix {
  readonly rows: number
  readonly cols: number
  readonly data: Float32Array
}

/** Compressed sparse rows [rows, cols]; the column ids of a row ascend strictly. */
export interface Csr {
  readonly rows: number
  readonly cols: number
  /** [rows + 1] */
  readonly indptr: Int32Array
  /** [nonzeros] */
  readonly indices: Int32Array
  /** [nonzeros], or null where only the pattern matters */
  readonly values: Float32Array | null
}
