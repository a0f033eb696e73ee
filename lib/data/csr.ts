import type { Csr } from '../native/addon.js'

/** The column ids of one row, as a view. */
export function rowIndices(csr: Csr, row: number): Int32Array {
  return csr.indices.subarray(csr.indptr[row], csr.indptr[row + 1])
}

/** The values of one row, as a view. The matrix must have values. */
export function rowValues(csr: Csr, row: number): Float32Array {
  return csr.values!.subarray(csr.indptr[row], csr.indptr[row + 1])
}

/** One row as column -> value; empty beyond the last row. */
export function rowMap(csr: Csr, row: number): Map<number, number> {
  const map = new Map<number, number>()
  if (row >= csr.rows) return map
  const columns = rowIndices(csr, row)
  const values = rowValues(csr, row)
  for (let n = 0; n < columns.length; n++) map.set(columns[n]!, values[n]!)
  return map
}

/** The given rows, in the given order, as a matrix of their own. */
export function selectRows(csr: Csr, rows: Int32Array): Csr {
  const indptr = new Int32Array(rows.length + 1)
  for (let i = 0; i < rows.length; i++) indptr[i + 1] = indptr[i]! + csr.indptr[rows[i]! + 1]! - csr.indptr[rows[i]!]!
  const indices = new Int32Array(indptr[rows.length]!)
  const values = csr.values && new Float32Array(indices.length)
  for (let i = 0; i < rows.length; i++) {
    indices.set(rowIndices(csr, rows[i]!), indptr[i])
    values?.set(rowValues(csr, rows[i]!), indptr[i])
  }
  return { rows: rows.length, cols: csr.cols, indptr, indices, values }
}

/** The first `cols` columns. */
export function clipColumns(csr: Csr, cols: number): Csr {
  if (csr.cols <= cols) return csr
  const lists = Array.from({ length: csr.rows }, (_, row) => rowIndices(csr, row))
  const kept = lists.map((list) => list.findLastIndex((column) => column < cols) + 1)
  const indptr = new Int32Array(csr.rows + 1)
  for (let row = 0; row < csr.rows; row++) indptr[row + 1] = indptr[row]! + kept[row]!
  const indices = new Int32Array(indptr[csr.rows]!)
  const values = csr.values && new Float32Array(indices.length)
  for (let row = 0; row < csr.rows; row++) {
    indices.set(lists[row]!.subarray(0, kept[row]), indptr[row])
    values?.set(rowValues(csr, row).subarray(0, kept[row]), indptr[row])
  }
  return { rows: csr.rows, cols, indptr, indices, values }
}

/** The rows of all parts, each with `cols` columns and values, below one another. */
export function concatRows(parts: readonly Csr[], cols: number): Csr {
  const rows = parts.reduce((sum, part) => sum + part.rows, 0)
  const nonzeros = parts.reduce((sum, part) => sum + part.indices.length, 0)
  const indptr = new Int32Array(rows + 1)
  const indices = new Int32Array(nonzeros)
  const values = new Float32Array(nonzeros)
  let row = 0
  for (const part of parts) {
    const at = indptr[row]!
    indices.set(part.indices, at)
    values.set(part.values!, at)
    for (let r = 0; r < part.rows; r++) indptr[++row] = at + part.indptr[r + 1]!
  }
  return { rows, cols, indptr, indices, values }
}

/** From one list of [column, value] per row, columns distinct within a row and in any order. */
export function csrFromLists(lists: readonly ReadonlyMap<number, number>[], cols: number): Csr {
  const indptr = new Int32Array(lists.length + 1)
  for (let r = 0; r < lists.length; r++) indptr[r + 1] = indptr[r]! + lists[r]!.size
  const indices = new Int32Array(indptr[lists.length]!)
  const values = new Float32Array(indices.length)
  for (let r = 0; r < lists.length; r++) {
    let at = indptr[r]!
    for (const column of Int32Array.from(lists[r]!.keys()).sort()) {
      indices[at] = column
      values[at++] = lists[r]!.get(column)!
    }
  }
  return { rows: lists.length, cols, indptr, indices, values }
}
