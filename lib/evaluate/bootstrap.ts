import { createRandom } from '../data/random.js'
import { LoopYielder } from '../data/yield-to-event-loop.js'

export interface Interval {
  /** The mean over users. */
  value: number
  /** Percentile bootstrap interval of the mean. */
  low: number
  high: number
  /** Users behind the mean. */
  users: number
}

export interface BootstrapOptions {
  /** Resamples of the users. */
  resamples: number
  /** Coverage of the interval, e.g. 0.95. */
  confidence: number
  seed: number
}

/**
 * Means of several per-user series with percentile bootstrap intervals (Efron 1979), resampled over users. Each resample
 * draws the same users for every series, so that series measured on the same users are paired.
 * @param series equal lengths; NaN leaves a user out of that series
 */
export async function bootstrapMeans(
  series: readonly Float64Array[],
  { resamples, confidence, seed }: BootstrapOptions,
  signal?: AbortSignal,
): Promise<Interval[]> {
  const users = series[0]?.length ?? 0
  const random = createRandom(seed)
  const means = series.map(() => new Float64Array(resamples))
  const draws = new Int32Array(users)
  const yielder = new LoopYielder(signal)
  for (let r = 0; r < resamples; r++) {
    for (let i = 0; i < users; i++) draws[i] = Math.floor(random.next() * users)
    for (let s = 0; s < series.length; s++) {
      means[s]![r] = meanAt(series[s]!, draws)
      if (yielder.due) await yielder.yieldToLoop()
    }
  }
  const tail = (1 - confidence) / 2
  return series.map((values, s) => {
    const sorted = means[s]!.filter((mean) => !Number.isNaN(mean)).sort()
    const present = values.filter((value) => !Number.isNaN(value))
    return {
      value: present.reduce((sum, value) => sum + value, 0) / present.length,
      low: quantile(sorted, tail),
      high: quantile(sorted, 1 - tail),
      users: present.length,
    }
  })
}

function meanAt(values: Float64Array, draws: Int32Array): number {
  let sum = 0
  let count = 0
  for (let i = 0; i < draws.length; i++) {
    const value = values[draws[i]!]!
    if (Number.isNaN(value)) continue
    sum += value
    count++
  }
  return sum / count
}

/** Linear interpolation between the order statistics. */
function quantile(sorted: Float64Array, q: number): number {
  if (sorted.length === 0) return Number.NaN
  const at = q * (sorted.length - 1)
  const below = Math.floor(at)
  const above = Math.min(below + 1, sorted.length - 1)
  return sorted[below]! + (at - below) * (sorted[above]! - sorted[below]!)
}
