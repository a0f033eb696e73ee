import fc from 'fast-check'
import { expect, it } from 'vitest'
// @ts-expect-error plain JavaScript
import { HdrHistogram } from '../../bench/harness/hdr-histogram.mjs'

it('gives percentiles of what was recorded, up to a thousandth', () => {
  const value = fc.oneof(
    fc.nat({ max: 5000 }),
    fc.nat({ max: 2 ** 31 - 1 }),
    fc.double({ min: 0, max: 1e12, noNaN: true }),
  )
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 1, maxLength: 200 }),
      fc.double({ min: 0, max: 100, noNaN: true }),
      (all, percent) => {
        const histogram = new HdrHistogram()
        for (const one of all) histogram.record(one)
        const sorted = all.map(Math.round).sort((a, b) => a - b)
        const exact = sorted[Math.max(1, Math.ceil((percent / 100) * sorted.length)) - 1]!
        const given = histogram.percentile(percent)
        expect(given).toBeGreaterThanOrEqual(exact)
        expect(given).toBeLessThanOrEqual(Math.max(exact, exact * (1 + 1 / 1024)))
        expect(histogram.max).toBe(sorted.at(-1))
        expect(histogram.count).toBe(all.length)
      },
    ),
  )
  expect(new HdrHistogram().percentile(50)).toBe(0)
})
