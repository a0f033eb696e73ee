import { checkNumber, checkOptions } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'

/** The shares of a histogram's bins, which sum to 1. @throws ERR_VALUE for what is no histogram, ERR_DATA for an empty one */
function sharesOf(name: string, histogram: ArrayLike<number>): Float64Array {
  if (typeof histogram !== 'object' || histogram === null || !(histogram.length > 0))
    throw new KindredError(
      'ERR_VALUE',
      `${name}: expected an array of counts, one a bin, but received ${show(histogram)}.`,
    )
  const counts = Float64Array.from(histogram)
  const wrong = counts.findIndex((count) => !(count >= 0 && count < Infinity))
  if (wrong >= 0)
    throw new KindredError(
      'ERR_VALUE',
      `${name}: expected a count of at least 0 for bin ${wrong} but received ${show(histogram[wrong])}.`,
    )
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) throw new KindredError('ERR_DATA', `${name}: the histogram is empty: all of its bins are 0.`)
  return counts.map((count) => count / total)
}

/** The shares of two histograms over the same bins. @throws ERR_VALUE, ERR_DATA, ERR_SHAPE */
export function sharesOfBoth(reference: ArrayLike<number>, current: ArrayLike<number>): [Float64Array, Float64Array] {
  const both = [sharesOf('reference', reference), sharesOf('current', current)] as [Float64Array, Float64Array]
  if (both[0].length !== both[1].length)
    throw new KindredError(
      'ERR_SHAPE',
      `expected two histograms over the same bins but received ${both[0].length} and ${both[1].length} of them.`,
    )
  return both
}

/** What {@link populationStabilityIndex} takes besides. */
export interface StabilityOptions {
  /** The share that a bin counts as at least, above 0; default 1e-4. Without it one empty bin would make it infinite. */
  floor?: number
}

/** @throws ERR_VALUE for an illegal option */
export function checkFloor(options: StabilityOptions): number {
  const { floor = 1e-4 } = checkOptions('populationStabilityIndex', options, ['floor'])
  return checkNumber('floor', floor, { min: Number.MIN_VALUE, max: 1 })
}
