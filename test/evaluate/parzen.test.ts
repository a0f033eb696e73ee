import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import { categoryProbabilities, parzenEstimator } from '#lib/evaluate/tune/parzen.js'

const [low, high] = [-2, 5]
const within = fc.double({ min: low, max: high, noNaN: true })

/** The density said plainly, not normalised: a normal for each observation and for the prior. */
function plainDensity(observations: number[]): (x: number) => number {
  const range = high - low
  const prior = { mean: (low + high) / 2, deviation: range, isPrior: true }
  const others = observations.map((mean) => ({ mean, deviation: 0, isPrior: false }))
  const parts = [...others, prior].sort((a, b) => a.mean - b.mean)
  for (const [i, part] of parts.entries()) {
    if (part.isPrior) continue
    const gaps = [i > 0 ? part.mean - parts[i - 1]!.mean : 0, i + 1 < parts.length ? parts[i + 1]!.mean - part.mean : 0]
    part.deviation = Math.min(range, Math.max(range / Math.min(100, parts.length), ...gaps))
  }
  const normal = (x: number, { mean, deviation }: { mean: number; deviation: number }) =>
    Math.exp(-0.5 * ((x - mean) / deviation) ** 2) / deviation
  const masses = parts.map((part) => integrate((x) => normal(x, part)))
  return (x) => parts.reduce((sum, part, i) => sum + normal(x, part) / masses[i]! / parts.length, 0)
}

/** Simpson's rule over the range. */
function integrate(f: (x: number) => number, steps = 4000): number {
  const h = (high - low) / steps
  let sum = f(low) + f(high)
  for (let i = 1; i < steps; i++) sum += (i % 2 === 1 ? 4 : 2) * f(low + i * h)
  return (sum * h) / 3
}

it('the Parzen estimator is the mixture that the paper says, truncated to the range', () => {
  fc.assert(
    fc.property(
      fc.array(within, { maxLength: 30 }),
      fc.array(within, { minLength: 5, maxLength: 5 }),
      (observations, places) => {
        fc.pre(!observations.includes((low + high) / 2))
        const { logDensity } = parzenEstimator(observations, low, high)
        const expected = plainDensity(observations)
        for (const x of places) expect(Math.exp(logDensity(x)) / expected(x)).toBeCloseTo(1, 5)
      },
    ),
    { numRuns: 40 },
  )
})

it('its samples lie within the range and have its density', () => {
  const estimator = parzenEstimator([-1.9, 0, 0.1, 4.9], low, high)
  const random = createRandom(1)
  const counts = new Array<number>(14).fill(0)
  for (let n = 0; n < 100_000; n++) {
    const x = estimator.sample(random)
    expect(x >= low && x <= high).toBe(true)
    counts[Math.min(13, Math.floor((x - low) * 2))]!++
  }
  const chiSquare = counts.reduce((sum, count, bin) => {
    const inBin = (x: number) => Math.exp(estimator.logDensity(low + bin / 2 + (x - low) / 14))
    const expected = (100_000 * integrate(inBin, 100)) / 14
    return sum + (count - expected) ** 2 / expected
  }, 0)
  // 13 degrees of freedom: above 40 once in 10,000.
  expect(chiSquare).toBeLessThan(40)
})

it('its samples end within the range whatever the observations', () => {
  const random = createRandom(1)
  const wide = [-Number.MAX_VALUE / 2, Number.MAX_VALUE / 2] as const
  const cases: [number[], number, number][] = [
    [[55], -1, 1],
    [[-1e300, 1e300], 0, 1],
    [[], ...wide],
    [[0, 1e307], ...wide],
    [[], 1e308, Number.MAX_VALUE],
    [[5e-324], 0, 5e-324],
  ]
  for (const [observations, least, greatest] of cases) {
    const estimator = parzenEstimator(observations, least, greatest)
    for (let n = 0; n < 300; n++) {
      const x = estimator.sample(random)
      expect(x >= least && x <= greatest).toBe(true)
    }
  }
})

it('categories have their counts and a prior of one each', () => {
  expect(categoryProbabilities([], 4)).toEqual([0.25, 0.25, 0.25, 0.25])
  const expected = [2, 1, 3].map((count) => expect.closeTo(count / 6, 12))
  expect(categoryProbabilities([2, 2, 0], 3)).toEqual(expected)
})
