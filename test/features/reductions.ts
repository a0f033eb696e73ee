import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Matrix, SparseMatrix } from 'kindred'
import { expect } from 'vitest'

/** What a reduction of scikit-learn's learnt, and made of the last five rows. */
export interface Expected {
  components: number[]
  explained_variance: number[]
  explained_variance_ratio: number[]
  singular_values: number[]
  mean?: number[]
  transformed: number[]
  restored?: number[]
}

interface Table {
  rows: number
  cols: number
  data: number[]
}

interface Reductions {
  tables: Record<string, Table>
  sparse: { rows: number; cols: number; offsets: number[]; indices: number[]; values: number[] }
  pca: { table: string; options: { components?: number; whiten?: boolean }; expected: Expected }[]
  incremental: { table: string; components: number; batches: number[]; expected: Expected }[]
  svd: { table: string; components: number; expected: Expected }[]
  cca: { regularization: number; correlations: number[] }[]
}

/** Written by test/fixtures/make-reductions.py. */
export const reductions: Reductions = JSON.parse(
  readFileSync(join(__dirname, '..', 'fixtures', 'reductions.json'), 'utf8'),
)

/** One of its tables. */
export function tableOf(name: string): Matrix {
  const { rows, cols, data } = reductions.tables[name]!
  return new Matrix(rows, cols, Float32Array.from(data))
}

/** Its sparse table. */
export function sparseTable(): SparseMatrix {
  const { rows, cols, offsets, indices, values } = reductions.sparse
  const ints = (list: number[]) => Int32Array.from(list)
  return new SparseMatrix(rows, cols, ints(offsets), ints(indices), Float32Array.from(values))
}

/** Each number within `tolerance` of the expected ones, relative to the largest of these. */
export function expectClose(received: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  const scale = Array.from(expected).reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const worst = Array.from(received, (value, i) => Math.abs(value - expected[i]!))
  expect(received.length).toBe(expected.length)
  expect(Math.max(0, ...worst.map((value) => (Number.isNaN(value) ? Infinity : value)))).toBeLessThanOrEqual(
    tolerance * scale,
  )
}

/** The largest distance of rows' products from those of orthonormal rows. */
export function fromOrthonormal(rows: Matrix): number {
  let worst = 0
  for (let i = 0; i < rows.rows; i++)
    for (let j = 0; j <= i; j++) {
      const dot = rows.row(i).reduce((sum, value, c) => sum + value * rows.row(j)[c]!, 0)
      worst = Math.max(worst, Math.abs(dot - (i === j ? 1 : 0)))
    }
  return worst
}

/** The last five rows. */
export const tail = (matrix: Matrix) => matrix.subarray(matrix.rows - 5).data
