import { normalCdf, normalQuantile } from './normal-distribution.js'
import { quantileOf } from './statistics.js'

/** What quantiles are mapped to. */
export type OutputDistribution = 'uniform' | 'normal'

/** How near to an end a number counts as it, as in scikit-learn. */
const BOUNDS_THRESHOLD = 1e-7
/** Nothing is infinite: the ends of the normal distribution are where scikit-learn puts them. */
const NORMAL_LOW = normalQuantile(BOUNDS_THRESHOLD - Number.EPSILON)
const NORMAL_HIGH = normalQuantile(1 - (BOUNDS_THRESHOLD - Number.EPSILON))

/** `count` numbers from 0 to 1. */
export function references(count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => (count === 1 ? 0 : i / (count - 1)))
}

/** The quantiles [references] of ascending numbers, which ascend. */
export function quantilesOf(sorted: Float64Array, at: Float64Array): Float64Array {
  const quantiles = Float64Array.from(at, (q) => quantileOf(sorted, q))
  for (let i = 1; i < quantiles.length; i++) quantiles[i] = Math.max(quantiles[i]!, quantiles[i - 1]!)
  return quantiles
}

/** How many of ascending numbers are at most `x`, or below it. */
function countBelow(ascending: Float64Array, x: number, orEqual: boolean): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (ascending[middle]! < x || (orEqual && ascending[middle] === x)) low = middle + 1
    else high = middle
  }
  return low
}

/** Linear between the points (from[i], to[i]); among equal `from` the last, or the first, is taken. */
function interpolate(x: number, from: Float64Array, to: Float64Array, last: boolean): number {
  const above = countBelow(from, x, last)
  if (above === 0) return to[0]!
  if (above === from.length) return to[above - 1]!
  const [a, b] = [from[above - 1]!, from[above]!]
  return last
    ? to[above - 1]! + ((to[above]! - to[above - 1]!) / (b - a)) * (x - a)
    : to[above]! - ((to[above]! - to[above - 1]!) / (b - a)) * (b - x)
}

/**
 * Where `x` stands among the quantiles, as a number of the output distribution; the mean of both ends where several quantiles
 * are equal (scikit-learn's `_transform_col`).
 */
export function mapQuantile(x: number, quantiles: Float64Array, at: Float64Array, output: OutputDistribution): number {
  if (Number.isNaN(x) || Number.isNaN(quantiles[0]!)) return Number.NaN
  const [first, last] = [quantiles[0]!, quantiles[quantiles.length - 1]!]
  const margin = output === 'normal' ? BOUNDS_THRESHOLD : 0
  let share: number
  if (output === 'normal' ? x - margin < first : x <= first) share = 0
  else if (output === 'normal' ? x + margin > last : x >= last) share = 1
  else share = 0.5 * (interpolate(x, quantiles, at, true) + interpolate(x, quantiles, at, false))
  if (output === 'uniform') return share
  return Math.min(Math.max(normalQuantile(share), NORMAL_LOW), NORMAL_HIGH)
}

/** The way back. */
export function unmapQuantile(
  y: number,
  quantiles: Float64Array,
  at: Float64Array,
  output: OutputDistribution,
): number {
  const share = output === 'normal' ? normalCdf(y) : y
  const margin = output === 'normal' ? BOUNDS_THRESHOLD : 0
  if (Number.isNaN(share)) return Number.NaN
  if (share - margin < 0 || share <= 0) return quantiles[0]!
  if (share + margin > 1 || share >= 1) return quantiles[quantiles.length - 1]!
  return interpolate(share, at, quantiles, true)
}
