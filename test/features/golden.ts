import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Matrix } from 'kindred'
import { expect } from 'vitest'

type Numbers = readonly (number | null)[]

/** What scikit-learn made (test/fixtures/make-features.py); null is NaN. */
export const golden = JSON.parse(readFileSync(join(__dirname, '..', 'fixtures', 'features.json'), 'utf8')) as {
  train: Numbers
  other: Numbers
  cols: number
  scalers: { type: string; options: object; transformed: Numbers; inverse: Numbers }[]
  imputers: { options: object; transformed: Numbers }[]
  partial: { mean: Numbers; variance: Numbers; scale: Numbers }
  filled: Numbers
  normalized: Record<'l2' | 'l1' | 'max', Numbers>
  log1p: Numbers
  brands: string[]
  unseen: string[]
  oneHot: { categories: string[]; transformed: Numbers }
  ordinal: Numbers
  sizes: { values: number[]; ordinal: Numbers }
  texts: string[]
  hashed: Record<'signed' | 'plain' | 'pairs', Numbers>
  targets: { smooth: 'auto' | number; target: number[]; transformed: Numbers; outOfFold: Numbers }[]
  labels: { fitted: string[][]; classes: string[]; other: string[][]; transformed: Numbers }
}

export const matrixOf = (numbers: Numbers, cols = golden.cols) =>
  new Matrix(
    numbers.length / cols,
    cols,
    Float32Array.from(numbers, (value) => value ?? Number.NaN),
  )

/** Elementwise, to `relative` of the larger of 1 and the number: single precision of what was computed in double. */
export function expectNear(received: ArrayLike<number>, expected: Numbers, relative = 2e-7) {
  expect(received).toHaveLength(expected.length)
  for (let i = 0; i < expected.length; i++) {
    const e = expected[i]
    if (e === null || e === undefined) expect(received[i], `element ${i}`).toBeNaN()
    else
      expect(Math.abs(received[i]! - e), `element ${i}: ${received[i]} and ${e}`).toBeLessThanOrEqual(
        relative * Math.max(1, Math.abs(e)),
      )
  }
}
