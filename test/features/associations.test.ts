import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { correlationRatio, cramersV, pearsonCorrelation } from '#lib/features/profile/association-measures.js'
import { random } from '../support/numbers.js'

/** Rows of two numbers and two categories, some of them missing. */
const rows = fc.array(
  fc.record({
    x: fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constant(Number.NaN)),
    y: fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom(Number.NaN, Infinity)),
    a: fc.integer({ min: -1, max: 3 }),
    b: fc.integer({ min: -1, max: 2 }),
  }),
  { minLength: 1, maxLength: 60 },
)

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
const mean = (values: readonly number[]) => sum(values) / values.length
const squares = (values: readonly number[]) => sum(values.map((value) => (value - mean(values)) ** 2))

/** Nearly equal, or both NaN. */
function expectSame(actual: number, wanted: number): void {
  if (Number.isNaN(wanted)) expect(actual).toBeNaN()
  else expect(actual).toBeCloseTo(wanted, 9)
}

describe('by their definitions, of the rows that have both', () => {
  it("Pearson's correlation", () => {
    fc.assert(
      fc.property(rows, (all) => {
        const both = all.filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y))
        const [x, y] = [both.map((row) => row.x), both.map((row) => row.y)]
        const together = sum(x.map((value, n) => (value - mean(x)) * (y[n]! - mean(y))))
        const isNone = both.length === 0 || new Set(x).size < 2 || new Set(y).size < 2
        const wanted = isNone ? Number.NaN : together / Math.sqrt(squares(x) * squares(y))
        const columns = (['x', 'y'] as const).map((name) => Float64Array.from(all, (row) => row[name]))
        expectSame(pearsonCorrelation(columns[0]!, columns[1]!), wanted)
      }),
    )
  })

  it("Cramér's V", () => {
    fc.assert(
      fc.property(rows, (all) => {
        const both = all.filter(({ a, b }) => a >= 0 && b >= 0)
        const [as, bs] = [new Set(both.map(({ a }) => a)), new Set(both.map(({ b }) => b))]
        let chiSquared = 0
        for (const a of as)
          for (const b of bs) {
            const count = (is: (row: { a: number; b: number }) => boolean) => both.filter(is).length
            const expected = (count((row) => row.a === a) * count((row) => row.b === b)) / both.length
            chiSquared += (count((row) => row.a === a && row.b === b) - expected) ** 2 / expected
          }
        const degrees = Math.min(as.size, bs.size) - 1
        const wanted = degrees < 1 ? Number.NaN : Math.sqrt(chiSquared / (both.length * degrees))
        const columns = (['a', 'b'] as const).map((name) => Int32Array.from(all, (row) => row[name]))
        expectSame(cramersV(columns[0]!, columns[1]!, [4, 3]), wanted)
      }),
    )
  })

  it('the correlation ratio', () => {
    fc.assert(
      fc.property(rows, (all) => {
        const both = all.filter(({ a, y }) => a >= 0 && Number.isFinite(y))
        const y = both.map((row) => row.y)
        const groups = [...new Set(both.map(({ a }) => a))].map((a) => both.filter((row) => row.a === a))
        const between = sum(groups.map((group) => group.length * (mean(group.map((row) => row.y)) - mean(y)) ** 2))
        const isNone = groups.length < 2 || new Set(y).size < 2
        const wanted = isNone ? Number.NaN : Math.sqrt(between / squares(y))
        const [a, numbers] = [Int32Array.from(all, (row) => row.a), Float64Array.from(all, (row) => row.y)]
        expectSame(correlationRatio(a, numbers, 4), wanted)
      }),
    )
  })
})

describe('of great numbers', () => {
  it('a correlation far from 0 keeps its digits, and one that overflows is none', () => {
    const next = random(3)
    const x = Float64Array.from({ length: 1000 }, next)
    const y = x.map((value) => value + next())
    const moved = pearsonCorrelation(
      x.map((value) => value + 1e8),
      y.map((value) => value - 1e8),
    )
    expect(moved).toBeCloseTo(pearsonCorrelation(x, y), 6)
    expect(pearsonCorrelation(Float64Array.of(-1e308, 1e308, 0), Float64Array.of(1, 2, 3))).toBeNaN()
  })
})
