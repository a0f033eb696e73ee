import type { Random } from '../../data/random.js'

/** A density over a range that observations and a prior make together. */
export interface ParzenEstimator {
  sample(random: Random): number
  /** Natural logarithm of the density. */
  logDensity(x: number): number
}

/** Complementary error function by Chebyshev fit, relative error below 1.2e-7 (Press et al. 1992, section 6.2). */
function erfc(x: number): number {
  const z = Math.abs(x)
  const t = 1 / (1 + z / 2)
  const c = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
    0.17087277,
  ]
  const upper = t * Math.exp(-z * z + c.reduceRight((sum, coefficient) => coefficient + t * sum, 0))
  return x >= 0 ? upper : 2 - upper
}

/** Draws of one sample before the last is taken to the nearer bound; of means within the range a third of draws are inside. */
const MOST_DRAWS = 100

/** The share of a normal distribution that lies within a range. */
function massWithin(mean: number, deviation: number, low: number, high: number): number {
  const above = (x: number) => 0.5 * erfc((x - mean) / deviation / Math.SQRT2)
  return above(low) - above(high)
}

/**
 * The adaptive Parzen estimator of Bergstra et al. 2011, "Algorithms for hyper-parameter optimization", section 4: an
 * equal mixture of the prior, a normal in the middle as wide as the range, and one normal for each observation, all
 * truncated to the range. The deviation of each is the greater of the distances to its neighbours, from range / min(100,
 * observations + 1) to the range.
 * @param observations within [low, high]
 * @param high high - low is finite
 */
export function parzenEstimator(observations: readonly number[], low: number, high: number): ParzenEstimator {
  const range = high - low
  // Not (low + high) / 2, which can overflow.
  const middle = low / 2 + high / 2
  const means = [...observations, middle].sort((a, b) => a - b)
  const least = range / Math.min(100, means.length)
  const prior = means.indexOf(middle)
  const deviations = means.map((mean, i) => {
    if (i === prior) return range
    const gaps = [mean - (means[i - 1] ?? mean), (means[i + 1] ?? mean) - mean]
    return Math.min(range, Math.max(least, ...gaps))
  })
  const masses = means.map((mean, i) => massWithin(mean, deviations[i]!, low, high))
  return {
    sample(random) {
      const i = random.integer(means.length)
      let x = Number.NaN
      for (let n = 0; n < MOST_DRAWS && !(x >= low && x <= high); n++) x = means[i]! + deviations[i]! * random.normal()
      return Math.min(high, Math.max(low, x))
    },
    logDensity(x) {
      const logs = means.map((mean, i) => {
        const z = (x - mean) / deviations[i]!
        return -(z * z) / 2 - Math.log(deviations[i]!) - Math.log(masses[i]! * Math.sqrt(2 * Math.PI) * means.length)
      })
      const greatest = Math.max(...logs)
      return greatest + Math.log(logs.reduce((sum, one) => sum + Math.exp(one - greatest), 0))
    },
  }
}

/**
 * The same for one of several values: counts, with a prior of one observation of each.
 * @param observations indices of values
 * @returns [values] probabilities
 */
export function categoryProbabilities(observations: readonly number[], values: number): number[] {
  const counts = new Array<number>(values).fill(1)
  for (const index of observations) counts[index]!++
  return counts.map((count) => count / (observations.length + values))
}
