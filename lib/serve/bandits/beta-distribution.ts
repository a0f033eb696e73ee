import type { Random } from '../../data/random.js'
import { incompleteBeta, logGamma } from '../../features/select/distributions.js'
import type { ScoreDistribution } from './win-probabilities.js'

/** ln(1 / (1 + exp(-y))), without loss where it is near 0 or very low. */
function logSigmoid(y: number): number {
  return y < 0 ? y - Math.log1p(Math.exp(y)) : -Math.log1p(Math.exp(-y))
}

/**
 * The distribution of ln(p / (1 - p)) for a p of Beta(a, b): smooth over all numbers, where that of p itself may be infinite at
 * 0 and 1. Orders of scores are the same.
 */
export function logitOfBeta(a: number, b: number): ScoreDistribution {
  const center = Math.log(a / b)
  const width = Math.sqrt(1 / a + 1 / b)
  const logBeta = logGamma(a) + logGamma(b) - logGamma(a + b)
  const density = (y: number) => {
    const log = logSigmoid(y)
    return Math.exp(a * log + b * (log - y) - logBeta)
  }
  return {
    center,
    width,
    // The tails fall as exp(a y) and exp(-b y), exp(-38) is below the rounding of 1.
    low: center - 9 * width - 38 / a,
    high: center + 9 * width + 38 / b,
    density,
    cumulative: (y) => incompleteBeta(Math.exp(logSigmoid(y)), Math.exp(logSigmoid(-y)), a, b),
  }
}

/** The logarithm of a draw of Gamma(shape, 1) (Marsaglia and Tsang 2000). */
function logGammaDraw(shape: number, random: Random): number {
  // Below 1: a draw of shape + 1 times a power of a uniform number.
  if (shape < 1) return logGammaDraw(shape + 1, random) + Math.log(1 - random.next()) / shape
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = random.normal()
    const v = (1 + c * x) ** 3
    if (v <= 0) continue
    const u = 1 - random.next()
    if (Math.log(u) < 0.5 * x * x + d - d * v + d * Math.log(v)) return Math.log(d * v)
  }
}

/** A draw of ln(p / (1 - p)) for a p of Beta(a, b). */
export function drawLogitOfBeta(a: number, b: number, random: Random): number {
  return logGammaDraw(a, random) - logGammaDraw(b, random)
}
