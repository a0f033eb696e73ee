import { Matrix } from './matrix.js'
import { LoopYielder } from './yield-to-event-loop.js'

const ROWS_AT_ONCE = 256

function copyRows(from: Matrix, rows: ArrayLike<number>, to: Matrix, begin: number, end: number): void {
  for (let i = begin; i < end; i++) to.row(i).set(from.row(rows[i]!))
}

/** The given rows of a matrix, copied in the given order: [rows.length, cols]. */
export function gatherRows(matrix: Matrix, rows: ArrayLike<number>): Matrix {
  const out = new Matrix(rows.length, matrix.cols)
  copyRows(matrix, rows, out, 0, rows.length)
  return out
}

/** The same for many rows, yielding to the event loop in between. @throws ERR_ABORTED */
export async function gatherRowsYielding(
  matrix: Matrix,
  rows: ArrayLike<number>,
  signal: AbortSignal | undefined,
): Promise<Matrix> {
  const out = new Matrix(rows.length, matrix.cols)
  await new LoopYielder(signal).over(rows.length, ROWS_AT_ONCE, (begin, end) => copyRows(matrix, rows, out, begin, end))
  return out
}
