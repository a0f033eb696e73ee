import { LoopYielder } from '../data/yield-to-event-loop.js'
import { nativeCall } from '../native/native-call.js'

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
 * @throws ERR_ABORTED
 */
export async function bootstrapMeans(
  series: readonly Float64Array[],
  { resamples, confidence, seed }: BootstrapOptions,
  signal?: AbortSignal,
): Promise<Interval[]> {
  const users = series[0]?.length ?? 0
  const yielder = new LoopYielder(signal)
  const values = new Float64Array(series.length * users)
  for (const [s, own] of series.entries()) {
    values.set(own, s * users)
    if (yielder.due) await yielder.yieldToLoop()
  }
  const means = await nativeCall(signal, (native, abort) =>
    native.bootstrapMeans(values, series.length, users, resamples, seed, abort),
  )
  const tail = (1 - confidence) / 2
  const intervals: Interval[] = []
  for (const [s, own] of series.entries()) {
    const sorted = means
      .subarray(s * resamples, (s + 1) * resamples)
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
