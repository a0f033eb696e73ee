import { Features } from '../../data/features.js'
import { Matrix } from '../../data/matrix.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { KindredError, show } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'

/** The matrix [n, dims] of what may be Features. @throws ERR_VALUE for anything else */
export function matrixOf(where: string, vectors: Matrix | Features): Matrix {
  if (vectors instanceof Features) return vectors.matrix
  if (vectors instanceof Matrix) return vectors
  throw new KindredError('ERR_VALUE', `${where}: expected a Matrix or Features but received ${show(vectors)}.`)
}

/** @throws ERR_SHAPE unless the matrix has `cols` columns */
export function checkCols(where: string, matrix: { cols: number }, cols: number): void {
  if (matrix.cols !== cols)
    throw new KindredError(
      'ERR_SHAPE',
      `${where}: expected vectors of ${cols} numbers, as those of fit, but received ${matrix.cols}.`,
    )
}

/** An affine map of rows: x weights + bias. */
export interface RowMap {
  /** [cols in, cols out] */
  readonly weights: Matrix
  /** [cols out] */
  readonly bias: Float32Array
}

/** Every row mapped [rows, cols out]. @throws ERR_VALUE for a row that holds what is not finite, ERR_ABORTED */
export async function mapRows(x: Matrix, { weights, bias }: RowMap, signal: AbortSignal | undefined): Promise<Matrix> {
  const out = new Matrix(x.rows, weights.cols)
  await nativeCall(signal, (native, abort) => native.mapRows(x, weights, bias, out, abort))
  return out
}

/** What was mapped, with the ids that it had. */
export function withIdsOf(vectors: Matrix | Features, mapped: Matrix, signal: AbortSignal | undefined) {
  return vectors instanceof Features ? Features.fromAsync(vectors.ids, mapped, { signal }) : mapped
}

/**
 * The map (x - mean) A' with row k of `rows` A [k, cols] multiplied by `scales[k]`, as one product and a bias.
 * @param mean [cols], or null for zeros
 */
export async function projection(
  rows: Matrix,
  mean: Float64Array | null,
  scales: Float64Array | null,
  signal: AbortSignal | undefined,
): Promise<RowMap> {
  const weights = new Matrix(rows.cols, rows.rows)
  const bias = new Float32Array(rows.rows)
  await new LoopYielder(signal).over(rows.rows, 1, (k) => {
    const row = rows.row(k)
    const scale = scales?.[k] ?? 1
    let sum = 0
    for (let c = 0; c < row.length; c++) {
      weights.data[c * rows.rows + k] = row[c]! * scale
      if (mean !== null) sum += mean[c]! * row[c]!
    }
    bias[k] = -sum * scale
  })
  return { weights, bias }
}

/** The way back: y A + mean, with row k of A [k, cols] multiplied by `scales[k]`. */
export async function reconstruction(
  rows: Matrix,
  mean: Float64Array | null,
  scales: Float64Array | null,
  signal: AbortSignal | undefined,
): Promise<RowMap> {
  const weights = new Matrix(rows.rows, rows.cols, rows.data.slice())
  if (scales !== null)
    await new LoopYielder(signal).over(rows.rows, 1, (k) => {
      const row = weights.row(k)
      for (let c = 0; c < row.length; c++) row[c]! *= scales[k]!
    })
  return { weights, bias: mean === null ? new Float32Array(rows.cols) : Float32Array.from(mean) }
}

/** Rows and columns exchanged. */
export async function turned(matrix: Matrix, signal: AbortSignal | undefined): Promise<Matrix> {
  const out = new Matrix(matrix.cols, matrix.rows)
  const { data, cols, rows } = matrix
  await new LoopYielder(signal).over(rows, 256, (begin, end) => {
    for (let r = begin; r < end; r++) for (let c = 0; c < cols; c++) out.data[c * rows + r] = data[r * cols + c]!
  })
  return out
}
