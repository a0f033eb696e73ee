import { csrFromLists, rowIndices, rowValues } from '../../data/csr.js'
import { Matrix } from '../../data/matrix.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr } from '../../native/addon.js'
import { nativeCall } from '../../native/native-call.js'

/** [cols, rows] */
export function transpose(csr: Csr, signal?: AbortSignal): Promise<Csr> {
  return nativeCall(signal, (native, abort) => native.csrTranspose(csr, abort))
}

/** The product of a sparse matrix with a sparse or dense one, dense [left.rows, right.cols]. */
export async function product(left: Csr, right: Csr | Matrix, signal?: AbortSignal): Promise<Matrix> {
  const data = await nativeCall(signal, (native, abort) =>
    right instanceof Matrix ? native.csrMultiply(left, right, abort) : native.csrMultiplySparse(left, right, abort),
  )
  return new Matrix(left.rows, right.cols, data)
}

/** One column of that product [left.rows], to the bit; zeros where `right` has no such column. */
export async function productColumn(
  left: Csr,
  right: Csr | Matrix,
  column: number,
  signal?: AbortSignal,
): Promise<Float32Array> {
  if (column >= right.cols) return new Float32Array(left.rows)
  return (await product(left, await columnOf(right, column, signal), signal)).data
}

/** [matrix.rows, 1] */
async function columnOf(matrix: Csr | Matrix, column: number, signal?: AbortSignal): Promise<Csr | Matrix> {
  const { rows, cols } = matrix
  if (matrix instanceof Matrix)
    return new Matrix(
      rows,
      1,
      Float32Array.from({ length: rows }, (_, row) => matrix.data[row * cols + column]!),
    )
  const entries: ReadonlyMap<number, number>[] = []
  await new LoopYielder(signal).over(rows, 1 << 8, (begin, end) => {
    for (let row = begin; row < end; row++) {
      const n = rowIndices(matrix, row).indexOf(column)
      entries.push(n < 0 ? NONE : new Map([[0, rowValues(matrix, row)[n]!]]))
    }
  })
  return csrFromLists(entries, 1)
}

const NONE: ReadonlyMap<number, number> = new Map()
