import type { Matrix } from '../../data/matrix.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { KindredError } from '../../native/errors.js'

/**
 * Rounds each row to int8 with one scale: row r is about `scales[r] * values[r]`, the largest element at 127.
 * @param weights [rows], multiplied into the scales
 * @returns values [rows, cols] row-major and scales [rows]; a zero row has scale 0
 * @throws ERR_VALUE if a row is not finite, ERR_ABORTED
 */
export async function quantizeRows(
  rows: Matrix,
  weights: Float32Array,
  signal?: AbortSignal,
): Promise<{ values: Int8Array; scales: Float32Array }> {
  const values = new Int8Array(rows.rows * rows.cols)
  const scales = new Float32Array(rows.rows)
  await new LoopYielder(signal).over(rows.rows, 256, (begin, end) => {
    for (let r = begin; r < end; r++) {
      const row = rows.row(r)
      let largest = 0
      for (let c = 0; c < row.length; c++) largest = Math.max(largest, Math.abs(row[c]!))
      if (!Number.isFinite(largest))
        throw new KindredError('ERR_VALUE', `quantizeRows: row ${r} holds a number that is not finite.`)
      if (largest === 0) continue
      scales[r] = (largest / 127) * weights[r]!
      for (let c = 0; c < row.length; c++) values[r * rows.cols + c] = Math.round((row[c]! / largest) * 127)
    }
  })
  return { values, scales }
}
