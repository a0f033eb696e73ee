import { createRandom } from '../data/random.js'
import { LoopYielder } from '../data/yield-to-event-loop.js'

/** A mean over users with its interval. */
export interface Interval {
  /** The mean over users. */
  value: number
  /** Lower end of the percentile bootstrap interval of the mean. */
  low: number
  /** Upper end. */
  high: number
  /** Users that the mean is over. */
  users: number
}

export interface BootstrapOptions {
  /** Resamples of the users. */
  resamples: number
  /** Confidence level of the interval, e.g. 0.95. */
  confidence: number
  seed: number
}

/**
 * Means of several per-user metrics with percentile bootstrap intervals (Efron 1979), resampled over users. Each resample
 * takes the same users for every metric, so that metrics of the same users are paired.
 * @param metrics arrays [users]; NaN leaves a user out of that metric
 */
export async function bootstrapMeans(
  metrics: readonly Float64Array[],
  { resamples, confidence, seed }: BootstrapOptions,
  signal?: AbortSignal,
): Promise<Interval[]> {
  const users = metrics[0]?.length ?? 0
  const random = createRandom(seed)
  const means = metrics.map(() => new Float64Array(resamples))
  const sample = new Int32Array(users)
  const yielder = new LoopYielder(signal)
  for (let r = 0; r < resamples; r++) {
    for (let i = 0; i < users; i++) sample[i] = Math.floor(random.next() * users)
    for (let m = 0; m < metrics.length; m++) {
      means[m]![r] = meanAt(metrics[m]!, sample)
      if (yielder.due) await yielder.yieldToLoop()
    }
  }
  const tail = (1 - confidence) / 2
  return metrics.map((values, m) => {
    const sorted = means[m]!.filter((mean) => !Number.isNaN(mean)).sort()
    const present = values.filter((value) => !Number.isNaN(value))
    return {
      value: present.reduce((sum, value) => sum + value, 0) / present.length,
      low: quantile(sorted, tail),
      high: quantile(sorted, 1 - tail),
      users: present.length,
    }
  })
}

function meanAt(values: Float64Array, sample: Int32Array): number {
  let sum = 0
  let count = 0
  for (let i = 0; i < sample.length; i++) {
    const value = values[sample[i]!]!
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
