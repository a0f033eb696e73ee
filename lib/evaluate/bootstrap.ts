import { LoopYielder } from '../data/yield-to-event-loop.js'
import { nativeCall } from '../native/native-call.js'
import { stacked } from './stacked.js'

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
 * @throws ERR_ABORTED
 */
export async function bootstrapMeans(
  metrics: readonly Float64Array[],
  { resamples, confidence, seed }: BootstrapOptions,
  signal?: AbortSignal,
): Promise<Interval[]> {
  const { values, users } = await stacked(metrics, signal)
  const yielder = new LoopYielder(signal)
  const means = await nativeCall(signal, (native, abort) =>
    native.bootstrapMeans(values, metrics.length, users, resamples, seed, abort),
  )
  const tail = (1 - confidence) / 2
  const intervals: Interval[] = []
  for (const [m, own] of metrics.entries()) {
    const sorted = means
      .subarray(m * resamples, (m + 1) * resamples)
      .filter((mean) => !Number.isNaN(mean))
      .sort()
    const present = own.filter((value) => !Number.isNaN(value))
    intervals.push({
      value: present.reduce((sum, value) => sum + value, 0) / present.length,
      low: quantile(sorted, tail),
      high: quantile(sorted, 1 - tail),
      users: present.length,
    })
    if (yielder.due) await yielder.yieldToLoop()
  }
  return intervals
}

/** Linear interpolation between the order statistics. */
function quantile(sorted: Float64Array, q: number): number {
  if (sorted.length === 0) return Number.NaN
  const at = q * (sorted.length - 1)
  const below = Math.floor(at)
  const above = Math.min(below + 1, sorted.length - 1)
  return sorted[below]! + (at - below) * (sorted[above]! - sorted[below]!)
}
