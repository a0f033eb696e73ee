import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
// @ts-expect-error plain JavaScript
import { isWhole, median, quantile, ratios, spread, wholeRounds } from '../../bench/harness/statistics.mjs'

/** No negative zero: it sorts as the other one does, and toBe tells them apart. */
const values = fc
  .array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 30 })
  .map((list) => list.map((x) => x + 0))

describe('statistics of benchmarks', () => {
  it('takes the middle value, or the mean of the two in the middle', () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 2, 3])).toBe(2.5)
    expect(median([7])).toBe(7)
    expect(median([])).toBeNaN()
  })

  it('has as many values below the median as above, in any order', () => {
    fc.assert(
      fc.property(values, (list) => {
        const middle = median(list)
        expect(median([...list].reverse())).toBe(middle)
        expect(list.filter((x) => x < middle).length).toBeLessThanOrEqual(list.length / 2)
        expect(list.filter((x) => x > middle).length).toBeLessThanOrEqual(list.length / 2)
      }),
    )
  })

  it('lies between neighbours linearly', () => {
    expect([0, 0.25, 0.5, 1].map((p) => quantile([10, 0, 20, 30, 40], p))).toEqual([0, 10, 20, 40])
    expect(quantile([0, 10], 0.25)).toBe(2.5)
  })

  it('orders its figures, and has none of nothing', () => {
    expect(spread([1, 2, 3, 4, 5])).toEqual({ median: 3, low: 1, high: 5, q1: 2, q3: 4 })
    expect(spread([])).toBeNull()
    fc.assert(
      fc.property(values, (list) => {
        const { low, q1, median, q3, high } = spread(list)
        expect([low, high]).toEqual([Math.min(...list), Math.max(...list)])
        expect(low <= q1 && q1 <= median && median <= q3 && q3 <= high).toBe(true)
      }),
    )
  })

  it('divides the rival by ours round by round, not median by median', () => {
    const rounds = [
      { ours: 1, rival: 2 },
      { ours: 10, rival: 10 },
      { ours: 4, rival: 12 },
    ]
    expect(ratios(rounds)).toEqual([2, 1, 3])
  })

  it('keeps the rounds whose probes all saw seven tenths of the best', () => {
    const rounds = [{ probes: [100, 70] }, { probes: [100, 69] }, { probes: [50, 100] }, { probes: [99, 98] }]
    expect(wholeRounds(rounds, 100)).toEqual([rounds[0], rounds[3]])
    expect(wholeRounds(rounds, 200)).toEqual([])
    expect(isWhole([70], 100)).toBe(true)
  })
})
