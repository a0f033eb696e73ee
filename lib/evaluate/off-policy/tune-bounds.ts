import type { LoopYielder } from '../../data/yield-to-event-loop.js'
import { shrunken } from './estimators.js'
import type { Rounds } from './logged-feedback.js'

/** Quantiles of the weights that are tried for 'switch-dr'; the last is the doubly robust estimator itself. */
const QUANTILES = [0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1]
/** Values that are tried for 'dros'. */
const SHRINKAGES = 25

function quantile(sorted: Float64Array, q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!
}

/**
 * The mean squared error of an estimate whose weights are bounded, as the data tells: the variance of its mean, plus the square
 * of its bias, the mean of (bounded weight - weight) (reward - expected reward) (Su et al. 2020, section 5).
 */
export function squaredError(rounds: Rounds, bounded: (weight: number) => number): number {
  const { count, weights, rewards, expected, direct } = rounds
  let [bias, sum, squares] = [0, 0, 0]
  for (let round = 0; round < count; round++) {
    const [w, error] = [weights[round]!, rewards[round]! - expected![round]!]
    const value = direct![round]! + bounded(w) * error
    bias += (bounded(w) - w) * error
    sum += value
    squares += value * value
  }
  const variance = Math.max(0, squares / count - (sum / count) ** 2)
  return variance / count + (bias / count) ** 2
}

/** Those of the candidates with the least error. */
export async function tuned(rounds: Rounds, kind: 'switch' | 'shrinkage', yielder: LoopYielder): Promise<number> {
  const sorted = rounds.weights.slice().sort()
  const [least, most] = [0.01 * quantile(sorted, 0.05) ** 2, 100 * quantile(sorted, 0.95) ** 2]
  const positive = Math.max(least, most * 1e-8)
  const candidates =
    kind === 'switch'
      ? QUANTILES.map((q) => quantile(sorted, q))
      : most === 0
        ? [Infinity]
        : [
            ...Array.from({ length: SHRINKAGES }, (_, i) => positive * (most / positive) ** (i / (SHRINKAGES - 1))),
            Infinity,
          ]
  let [best, error] = [candidates[0]!, Infinity]
  for (const candidate of candidates) {
    const bounded = kind === 'switch' ? (w: number) => (w <= candidate ? w : 0) : (w: number) => shrunken(w, candidate)
    const own = squaredError(rounds, bounded)
    if (own < error) [best, error] = [candidate, own]
    if (yielder.due) await yielder.yieldToLoop()
  }
  return best
}
