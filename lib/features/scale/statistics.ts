/** One column among row-major numbers: those at `begin`, `begin + step`, ..., `rows` of them. */
export interface Strided {
  /** The numbers. */
  readonly data: Float32Array | Float64Array
  /** Where the first is. */
  readonly begin: number
  /** From one to the next. */
  readonly step: number
  /** How many. */
  readonly rows: number
}

/** A column's count, mean and sum of squared differences from the mean, NaN left out. */
export interface Moments {
  /** Of numbers that are not NaN. */
  readonly count: number
  /** Their mean; 0 where there are none. */
  readonly mean: number
  /** The sum of their squared differences from it. */
  readonly squares: number
}

export const NO_MOMENTS: Moments = { count: 0, mean: 0, squares: 0 }

/** In two passes; the second corrects the rounding of the first (Chan, Golub, LeVeque 1983, eq. 1.7). */
export function momentsOf({ data, begin, step, rows }: Strided): Moments {
  const end = begin + rows * step
  let count = 0
  let sum = 0
  for (let i = begin; i < end; i += step) {
    const value = data[i]!
    if (!Number.isNaN(value)) {
      count++
      sum += value
    }
  }
  if (count === 0) return NO_MOMENTS
  const mean = sum / count
  let squares = 0
  let rest = 0
  for (let i = begin; i < end; i += step) {
    const difference = data[i]! - mean
    if (!Number.isNaN(difference)) {
      squares += difference * difference
      rest += difference
    }
  }
  return { count, mean: mean + rest / count, squares: Math.max(0, squares - (rest * rest) / count) }
}

/** Those of two parts together (Chan, Golub, LeVeque 1983, eq. 2.1). */
export function mergeMoments(a: Moments, b: Moments): Moments {
  if (a.count === 0) return b
  if (b.count === 0) return a
  const count = a.count + b.count
  const difference = b.mean - a.mean
  return {
    count,
    mean: a.mean + (difference * b.count) / count,
    squares: a.squares + b.squares + (difference * difference * a.count * b.count) / count,
  }
}

/** The variance (divided by n); NaN where there are no numbers. */
export function varianceOf({ count, squares }: Moments): number {
  return count === 0 ? Number.NaN : squares / count
}

/**
 * What a standard scaler divides by: the standard deviation, and 1 for a column that is constant up to rounding, by the
 * bound of scikit-learn's `_is_constant_feature`.
 */
export function standardScale(moments: Moments): number {
  const variance = varianceOf(moments)
  const { count, mean } = moments
  const bound = count * Number.EPSILON * variance + (count * mean * Number.EPSILON) ** 2
  return variance <= bound ? 1 : Math.sqrt(variance)
}

/** A range that is none, as scikit-learn sees it, counts as 1. */
export function nonzeroScale(scale: number): number {
  return scale < 10 * Number.EPSILON ? 1 : scale
}

/** The least and the greatest number, NaN left out; NaN where there are none. */
export function extremesOf({ data, begin, step, rows }: Strided): { min: number; max: number } {
  const end = begin + rows * step
  let min = Infinity
  let max = -Infinity
  for (let i = begin; i < end; i += step) {
    const value = data[i]!
    if (value < min) min = value
    if (value > max) max = value
  }
  return min > max ? { min: Number.NaN, max: Number.NaN } : { min, max }
}

/** The numbers in ascending order, NaN left out. */
export function sortedValues({ data, begin, step, rows }: Strided): Float64Array {
  const sorted = new Float64Array(rows)
  let count = 0
  for (let i = begin; i < begin + rows * step; i += step) {
    const value = data[i]!
    if (!Number.isNaN(value)) sorted[count++] = value
  }
  return sorted.subarray(0, count).sort()
}

/** The quantile `q` from 0 to 1 of ascending numbers, linear between two of them, rounded as NumPy does; NaN of none. */
export function quantileOf(sorted: Float64Array, q: number): number {
  if (sorted.length === 0) return Number.NaN
  const place = q * (sorted.length - 1)
  const below = Math.min(Math.floor(place), sorted.length - 1)
  const a = sorted[below]!
  const b = sorted[Math.min(below + 1, sorted.length - 1)]!
  const share = place - below
  return share < 0.5 ? a + (b - a) * share : b - (b - a) * (1 - share)
}
