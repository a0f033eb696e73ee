import { type Resumable, ROWS_PER_YIELD } from '../resumable.js'
import { partitionRows } from './split/partition-rows.js'

/** How the weights of a log are spread; NaN throughout for a log without rows. */
export interface WeightSpread {
  /** The least weight. */
  min: number
  /** The middle one (of an even number of rows the greater of the two in the middle). */
  median: number
  /** The arithmetic mean. */
  mean: number
  /** The least weight that 99 % of the rows do not exceed. */
  p99: number
  /** The greatest weight. */
  max: number
  /** Share of the sum of all absolute weights that the 1 % of rows with the greatest weights have, rounded up to a row. */
  topShare: number
}

/** @param weights [rows], finite */
export function* weightSpread(weights: Float32Array): Resumable<WeightSpread> {
  const count = weights.length
  const rows = new Int32Array(count)
  let min = Infinity
  let max = -Infinity
  let sum = 0
  let absolute = 0
  for (let row = 0; row < count; row++) {
    if (row % ROWS_PER_YIELD === 0) yield
    const weight = weights[row]!
    rows[row] = row
    min = Math.min(min, weight)
    max = Math.max(max, weight)
    sum += weight
    absolute += Math.abs(weight)
  }
  if (count === 0) return { min: NaN, median: NaN, mean: NaN, p99: NaN, max: NaN, topShare: NaN }
  const top = Math.ceil(count / 100)
  const atMedian = Math.ceil(count / 2) - 1
  const atP99 = Math.floor(count / 100)
  // Greatest first; the places that are read stand alone between two cuts.
  const cuts = [top, atMedian, atMedian + 1, atP99, atP99 + 1]
  yield* partitionRows(rows, (a, b) => weights[b]! - weights[a]! || a - b, cuts)
  let ofTop = 0
  for (let n = 0; n < top; n++) ofTop += Math.abs(weights[rows[n]!]!)
  // -0 and 0 are one weight, told as 0.
  return {
    min: min + 0,
    median: weights[rows[atMedian]!]! + 0,
    mean: sum / count,
    p99: weights[rows[atP99]!]! + 0,
    max: max + 0,
    topShare: absolute === 0 ? 0 : ofTop / absolute,
  }
}
