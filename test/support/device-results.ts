import { Matrix, type Neighbors } from 'kindred'
import { expect } from 'vitest'

/** A matrix of numbers that look random. */
export function numbers(rows: number, cols: number, seed = 1): Matrix {
  const data = Float32Array.from({ length: rows * cols }, (_, i) => Math.sin(seed * 97 + i * 12.9898))
  return new Matrix(rows, cols, data)
}

/** Elementwise, within `absolute` and a thousandth. */
export function close(a: Float32Array, b: Float32Array, absolute = 1e-4) {
  expect(a).toHaveLength(b.length)
  for (let i = 0; i < a.length; i++)
    expect(Math.abs(a[i]! - b[i]!)).toBeLessThanOrEqual(absolute + 1e-3 * Math.abs(b[i]!))
}

/** Row by row the same lists, but for rows whose scores differ by rounding alone; `all` has the CPU's score of every row. */
export function expectSameLists(cuda: Neighbors, cpu: Neighbors, all: Neighbors, queries: number) {
  const k = cpu.indices.length / queries
  const rows = all.indices.length / queries
  for (let q = 0; q < queries; q++) {
    const places = [...all.indices.subarray(q * rows, (q + 1) * rows)]
    const listed = cuda.indices.subarray(q * k, (q + 1) * k)
    expect(new Set(listed.filter((row) => row >= 0)).size).toBe(listed.filter((row) => row >= 0).length)
    for (let i = 0; i < k; i++) {
      const row = listed[i]!
      const score = cpu.scores[q * k + i]!
      if (cpu.indices[q * k + i] === -1) {
        expect(row).toBe(-1)
        expect(cuda.scores[q * k + i]).toBeNaN()
        continue
      }
      expect(cuda.scores[q * k + i]).toBeCloseTo(score, 4)
      if (row !== cpu.indices[q * k + i]) expect(all.scores[q * rows + places.indexOf(row)]).toBeCloseTo(score, 5)
    }
  }
}
