import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr } from '../../native/addon.js'

const ROWS_AT_ONCE = 1 << 10

/** The entries of weights above 0 of columns below `cols`, all of value 1 [rows, cols]. @throws ERR_ABORTED */
export async function positives(log: Csr, signal?: AbortSignal, cols: number = log.cols): Promise<Csr> {
  const { rows } = log
  const indptr = new Int32Array(rows + 1)
  const indices = new Int32Array(log.indices.length)
  let size = 0
  await new LoopYielder(signal).over(rows, ROWS_AT_ONCE, (begin, end) => {
    for (let row = begin; row < end; row++) {
      for (let n = log.indptr[row]!; n < log.indptr[row + 1]!; n++)
        if (log.values![n]! > 0 && log.indices[n]! < cols) indices[size++] = log.indices[n]!
      indptr[row + 1] = size
    }
  })
  return { rows, cols, indptr, indices: indices.slice(0, size), values: new Float32Array(size).fill(1) }
}

/** The transpose of a small matrix with values, such as that of a batch. */
export function transposed({ rows, cols, indptr, indices, values }: Csr): Csr {
  const starts = new Int32Array(cols + 1)
  for (const column of indices) starts[column + 1]!++
  for (let c = 0; c < cols; c++) starts[c + 1]! += starts[c]!
  const next = starts.slice(0, cols)
  const turned = new Int32Array(indices.length)
  const own = new Float32Array(indices.length)
  for (let row = 0; row < rows; row++)
    for (let n = indptr[row]!; n < indptr[row + 1]!; n++) {
      const at = next[indices[n]!]!++
      turned[at] = row
      own[at] = values![n]!
    }
  return { rows: cols, cols: rows, indptr: starts, indices: turned, values: own }
}
