import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { nativeCall } from '../../native/native-call.js'
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
  options: BootstrapOptions,
  signal?: AbortSignal,
): Promise<Interval[]> {
  const means = await resampledMeans(metrics, options, signal)
  const yielder = new LoopYielder(signal)
  const intervals: Interval[] = []
  for (const [m, own] of metrics.entries()) {
    const present = own.filter((value) => !Number.isNaN(value))
    const value = present.reduce((sum, each) => sum + each, 0) / present.length
    intervals.push({ value, ...(await percentiles(means[m]!, options.confidence, signal)), users: present.length })
    if (yielder.due) await yielder.yieldToLoop()
  }
  return intervals
}

/**
 * The means of each metric over resamples of the users, the same users for every metric.
 * @returns for each metric an array [resamples], NaN where a resample holds nobody of the metric
 */
export async function resampledMeans(
  metrics: readonly Float64Array[],
  { resamples, seed }: BootstrapOptions,
  signal: AbortSignal | undefined,
): Promise<Float64Array[]> {
  const { values, users } = await stacked(metrics, signal)
  const means = await nativeCall(signal, (native, abort) =>
    native.bootstrapMeans(values, metrics.length, users, resamples, seed, abort),
  )
  return metrics.map((_, m) => means.subarray(m * resamples, (m + 1) * resamples))
}

/** Numbers sorted or merged before the event loop may run. */
const SORTED_AT_ONCE = 1 << 14

/** The ends of the percentile interval of resampled figures; NaN is no figure. @throws ERR_ABORTED */
export async function percentiles(
  resampled: Float64Array,
  confidence: number,
  signal?: AbortSignal,
): Promise<{ low: number; high: number }> {
  const tail = (1 - confidence) / 2
  const sorted = await sortedNumbers(resampled, signal)
  return { low: quantile(sorted, tail), high: quantile(sorted, 1 - tail) }
}

/** The numbers but for NaN, ascending, by merge sort in steps. */
async function sortedNumbers(numbers: Float64Array, signal: AbortSignal | undefined): Promise<Float64Array> {
  const yielder = new LoopYielder(signal)
  let from = numbers.filter((number) => !Number.isNaN(number))
  const size = from.length
  await yielder.over(size, SORTED_AT_ONCE, (begin, end) => from.subarray(begin, end).sort())
  let to = size > SORTED_AT_ONCE ? new Float64Array(size) : from
  for (let width = SORTED_AT_ONCE; width < size; width *= 2) {
    for (let begin = 0; begin < size; begin += 2 * width) {
      const middle = Math.min(begin + width, size)
      const end = Math.min(begin + 2 * width, size)
      let [left, right] = [begin, middle]
      await yielder.over(end - begin, SORTED_AT_ONCE, (first, until) => {
        for (let n = first; n < until; n++) {
          const takesLeft = right === end || (left < middle && from[left]! <= from[right]!)
          to[begin + n] = takesLeft ? from[left++]! : from[right++]!
        }
      })
    }
    ;[from, to] = [to, from]
  }
  return from
}

/** Linear interpolation between the order statistics. */
function quantile(sorted: Float64Array, q: number): number {
  if (sorted.length === 0) return Number.NaN
  const at = q * (sorted.length - 1)
  const below = Math.floor(at)
  const above = Math.min(below + 1, sorted.length - 1)
  return sorted[below]! + (at - below) * (sorted[above]! - sorted[below]!)
}
