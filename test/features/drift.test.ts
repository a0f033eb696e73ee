import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { jensenShannon, kolmogorovSmirnov, populationStabilityIndex } from 'kindred'
import { describe, expect, it } from 'vitest'
import { driftVerdict, stabilityByChance } from '#lib/features/drift/drift-verdict.js'
import { kolmogorovPValue } from '#lib/features/drift/kolmogorov-smirnov.js'
import { code } from '../support/logs.js'
import { random } from '../support/numbers.js'

const { plain } = JSON.parse(readFileSync('test/fixtures/profile/expected.json', 'utf8'))

/** Pairs of histograms over the same bins, neither of them empty. */
const histograms = fc
  .integer({ min: 1, max: 12 })
  .chain((bins) => {
    const counts = fc.array(fc.nat(1000), { minLength: bins, maxLength: bins })
    return fc.tuple(counts, counts, counts)
  })
  .filter((all) => all.every((counts) => counts.some((count) => count > 0)))

describe('populationStabilityIndex', () => {
  it('is what NumPy computes, with a floor under empty bins', () => {
    const { psi, empty } = plain
    expect(populationStabilityIndex([10, 20, 30, 40], [40, 30, 20, 10])).toBeCloseTo(psi.populationStabilityIndex, 12)
    expect(populationStabilityIndex([10, 0, 30], [0, 20, 30])).toBeCloseTo(empty.populationStabilityIndex, 12)
  })

  it('is by hand (0.5 - 0.25) ln 2 + (0.5 - 0.75) ln (2/3)', () => {
    const byHand = 0.25 * Math.log(2) - 0.25 * Math.log(2 / 3)
    expect(populationStabilityIndex([1, 3], [5, 5])).toBeCloseTo(byHand, 14)
    // Counts, shares and typed arrays alike.
    expect(populationStabilityIndex([0.25, 0.75], Float32Array.of(0.5, 0.5))).toBeCloseTo(byHand, 14)
  })

  it('takes the floor that it is given', () => {
    const byHand = (floor: number) => (1 - floor) * Math.log(1 / floor) * 2
    for (const floor of [1e-4, 1e-2, 1e-9])
      expect(populationStabilityIndex([1, 0], [0, 1], { floor })).toBeCloseTo(byHand(floor), 10)
    expect(populationStabilityIndex([1, 0], [0, 1])).toBeCloseTo(byHand(1e-4), 10)
  })

  it('is symmetric, at least 0, and 0 of equal shares', () => {
    fc.assert(
      fc.property(histograms, ([p, q]) => {
        const index = populationStabilityIndex(p, q)
        expect(index).toBeGreaterThanOrEqual(0)
        expect(populationStabilityIndex(q, p)).toBeCloseTo(index, 10)
        expect(
          populationStabilityIndex(
            p,
            p.map((count) => 3 * count),
          ),
        ).toBeCloseTo(0, 12)
      }),
    )
  })

  it('has the customary words', () => {
    expect([0, 0.0999, 0.1, 0.2499, 0.25, 9].map(driftVerdict)).toEqual([
      ...['stable', 'stable', 'moderate', 'moderate', 'strong', 'strong'],
    ])
  })

  it('by chance stays below stabilityByChance in 19 of 20 pairs of samples', () => {
    const next = random(5)
    const sample = (size: number) => {
      const counts = new Array<number>(10).fill(0)
      for (let n = 0; n < size; n++) counts[Math.floor(10 * next())]!++
      return counts
    }
    const bound = stabilityByChance(10, 400, 300)
    const above = Array.from({ length: 2000 }, () => populationStabilityIndex(sample(400), sample(300)) > bound)
    const share = above.filter(Boolean).length / above.length
    expect(share).toBeGreaterThan(0.035)
    expect(share).toBeLessThan(0.07)
  })
})

describe('jensenShannon', () => {
  it('is what SciPy computes, in bits', () => {
    expect(jensenShannon([10, 20, 30, 40], [40, 30, 20, 10])).toBeCloseTo(plain.psi.jensenShannon, 12)
    expect(jensenShannon([10, 0, 30], [0, 20, 30])).toBeCloseTo(plain.empty.jensenShannon, 12)
  })

  it('is 0 of equal shares and 1 of histograms that share no bin', () => {
    expect(jensenShannon([1, 2], [2, 4])).toBe(0)
    expect(jensenShannon([1, 0, 0], [0, 7, 2])).toBe(1)
  })

  it('is a metric', () => {
    fc.assert(
      fc.property(histograms, ([p, q, r]) => {
        const distance = jensenShannon(p, q)
        expect(distance).toBeLessThanOrEqual(1)
        expect(jensenShannon(q, p)).toBeCloseTo(distance, 12)
        expect(distance).toBeLessThanOrEqual(jensenShannon(p, r) + jensenShannon(r, q) + 1e-9)
      }),
    )
  })
})

describe('what is no histogram', () => {
  it.each<[string, unknown, unknown, string, RegExp]>([
    ['a number', 5, [1], 'ERR_VALUE', /reference: expected an array of counts/],
    ['nothing', [1], undefined, 'ERR_VALUE', /current: expected an array of counts, .* undefined/],
    ['no bins', [], [], 'ERR_VALUE', /an array of 0/],
    ['a count below 0', [1, 2], [1, -2], 'ERR_VALUE', /current: expected a count of at least 0 for bin 1 .* -2/],
    ['NaN', [1, Number.NaN], [1, 2], 'ERR_VALUE', /reference: .* bin 1 .* NaN/],
    ['an infinite count', [1, Infinity], [1, 2], 'ERR_VALUE', /Infinity/],
    ['zeros', [1, 2], [0, 0], 'ERR_DATA', /current: the histogram is empty/],
    ['other bins', [1, 2], [1, 2, 3], 'ERR_SHAPE', /received 2 and 3/],
  ])('%s', (_, reference, current, error, message) => {
    for (const call of [populationStabilityIndex, jensenShannon])
      expect(() => call(reference as number[], current as number[])).toThrow(code(error, message))
  })

  it('a floor that is none', () => {
    for (const floor of [0, -1, Number.NaN, 2])
      expect(() => populationStabilityIndex([1], [1], { floor })).toThrow(code('ERR_VALUE', /floor/))
  })
})

describe('kolmogorovSmirnov', () => {
  /** The greatest difference of the shares of values up to each value. */
  function bruteForce(a: readonly number[], b: readonly number[]): number {
    const [x, y] = [a, b].map((values) => values.filter((value) => !Number.isNaN(value))) as [number[], number[]]
    const upTo = (values: readonly number[], at: number) => values.filter((value) => value <= at).length / values.length
    return Math.max(0, ...[...x, ...y].map((at) => Math.abs(upTo(x, at) - upTo(y, at))))
  }

  it('equals the definition, with ties, infinite values and NaN', () => {
    const value = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(Infinity, -Infinity, Number.NaN, -0))
    const sample = fc
      .array(value, { minLength: 1, maxLength: 40 })
      .filter((all) => all.some((one) => !Number.isNaN(one)))
    fc.assert(
      fc.property(sample, sample, (a, b) => {
        expect(kolmogorovSmirnov(a, b).statistic).toBeCloseTo(bruteForce(a, b), 12)
      }),
    )
  })

  it('has the p-values of SciPy', () => {
    for (const [statistic, n, m, p] of plain.kolmogorov)
      expect(Math.abs(kolmogorovPValue(statistic, n, m) - p)).toBeLessThan(1e-12 + 1e-9 * p)
    const a = Array.from({ length: 50 }, (_, n) => n)
    expect(kolmogorovSmirnov(a, a)).toEqual({ statistic: 0, pValue: 1 })
    expect(
      kolmogorovSmirnov(
        a,
        a.map((one) => one + 100),
      ).pValue,
    ).toBeLessThan(1e-20)
  })

  it('has uniform p-values where nothing changed', () => {
    const next = random(9)
    const sample = (size: number) => Float64Array.from({ length: size }, next)
    const below = Array.from({ length: 1000 }, () => kolmogorovSmirnov(sample(200), sample(150)).pValue < 0.1)
    expect(below.filter(Boolean).length).toBeGreaterThan(60)
    expect(below.filter(Boolean).length).toBeLessThan(120)
  })

  it('refuses what is no sample', () => {
    expect(() => kolmogorovSmirnov([1], [])).toThrow(code('ERR_DATA', /current: expected at least one number/))
    expect(() => kolmogorovSmirnov([Number.NaN], [1])).toThrow(code('ERR_DATA', /reference/))
    expect(() => kolmogorovSmirnov(undefined as never, [1])).toThrow(code('ERR_VALUE', /reference/))
  })
})
