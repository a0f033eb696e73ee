import fc from 'fast-check'
import { Matrix, type Neighbors } from 'kindred'
import { expect } from 'vitest'

export const METRICS = ['dot', 'cosine', 'euclidean'] as const
export type Metric = (typeof METRICS)[number]
export const DTYPES = ['f32', 'bf16', 'int8'] as const

/** Small integers: dot products and squared distances are exact, and tie often. */
export const matrixOf = (rows: number, cols: number) =>
  fc
    .array(fc.integer({ min: -3, max: 3 }), { minLength: rows * cols, maxLength: rows * cols })
    .map((values) => new Matrix(rows, cols, Float32Array.from(values)))

export function random(rows: number, cols: number, seed = 1): Matrix {
  const matrix = new Matrix(rows, cols)
  let state = seed
  for (let i = 0; i < matrix.data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    matrix.data[i] = state / 2 ** 31 - 1
  }
  return matrix
}

function score(a: Float32Array, b: Float32Array, metric: Metric): number {
  let [dot, aa, bb, distance] = [0, 0, 0, 0]
  for (let t = 0; t < a.length; t++) {
    dot += a[t]! * b[t]!
    aa += a[t]! ** 2
    bb += b[t]! ** 2
    distance += (a[t]! - b[t]!) ** 2
  }
  if (metric === 'dot') return Math.fround(dot)
  if (metric === 'euclidean') return Math.fround(-Math.sqrt(distance))
  return aa === 0 || bb === 0 ? 0 : dot / Math.sqrt(aa * bb)
}

/** What a search must give: [row, score] of each query, best first. */
export function bruteForce(
  items: Matrix,
  queries: Matrix,
  metric: Metric,
  k: number,
  may: (query: number, row: number) => boolean,
) {
  return Array.from({ length: queries.rows }, (_, q) =>
    Array.from({ length: items.rows }, (_, row) => ({ row, score: score(queries.row(q), items.row(row), metric) }))
      .filter(({ row }) => may(q, row))
      .sort((a, b) => b.score - a.score || a.row - b.row)
      .slice(0, k),
  )
}

export function expectLists(
  found: Neighbors,
  expected: ReturnType<typeof bruteForce>,
  k: number,
  items: Matrix,
  queries: Matrix,
  metric: Metric,
) {
  const places = Array.from(found.indices, (row, i) => ({ row, score: found.scores[i]! + 0 }))
  const wanted = expected.flatMap((list) =>
    Array.from({ length: k }, (_, n) => list[n] ?? { row: -1, score: Number.NaN }),
  )
  if (metric !== 'cosine') return expect(places).toEqual(wanted.map(({ row, score }) => ({ row, score: score + 0 })))
  // Rounding may order near ties otherwise: each place has the score that belongs there, and the row has that score.
  expect(places).toHaveLength(wanted.length)
  const near = (a: number, b: number) => Math.abs(a - b) < 1e-6
  const wrong = places.filter(({ row, score: value }, i) => {
    if (row < 0 || wanted[i]!.row < 0) return row !== wanted[i]!.row || !Number.isNaN(value)
    const own = score(queries.row(Math.floor(i / k)), items.row(row), metric)
    return !near(value, wanted[i]!.score) || !near(value, own)
  })
  expect(wrong).toEqual([])
}
