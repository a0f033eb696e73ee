import { partitionRows } from '../../log/split/partition-rows.js'
import { inBlocks, type Resumable } from '../../resumable.js'

/** The rows that are not dropped and have a value. */
export function* presentRows(values: Float64Array, isDropped: Uint8Array): Resumable<Int32Array> {
  const rows = new Int32Array(values.length)
  let count = 0
  yield* inBlocks(values.length, (begin, end) => {
    for (let row = begin; row < end; row++) if (isDropped[row] === 0 && !Number.isNaN(values[row]!)) rows[count++] = row
  })
  return rows.subarray(0, count)
}

/**
 * Quantiles of the values of `rows`, which are rearranged, by linear interpolation between the two nearest (the seventh
 * definition of Hyndman, Fan 1996, "Sample quantiles in statistical packages"; NumPy's default). NaN where there are none.
 */
export function* quantiles(values: Float64Array, rows: Int32Array, shares: readonly number[]): Resumable<number[]> {
  if (rows.length === 0) return shares.map(() => Number.NaN)
  const places = shares.map((share) => share * (rows.length - 1))
  const ranks = places.flatMap((place) => [Math.floor(place), Math.ceil(place)])
  const cuts = [...new Set(ranks.flatMap((rank) => [rank, rank + 1]))]
  yield* partitionRows(rows, (a, b) => values[a]! - values[b]! || a - b, cuts)
  return places.map((place) => {
    const low = values[rows[Math.floor(place)]!]!
    const high = values[rows[Math.ceil(place)]!]!
    return low + (high - low) * (place - Math.floor(place))
  })
}

/** The mean of the values of `rows`, and their standard deviation (of the whole: divided by n). NaN where there are none. */
export function* meanAndDeviation(
  values: Float64Array,
  rows: Int32Array,
): Resumable<{ mean: number; deviation: number }> {
  // Neumaier 1974: what is lost of each addition is kept.
  const total = function* (of: (value: number) => number): Resumable<number> {
    let sum = 0
    let lost = 0
    yield* inBlocks(rows.length, (begin, end) => {
      for (let n = begin; n < end; n++) {
        const value = of(values[rows[n]!]!)
        const next = sum + value
        lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum
        sum = next
      }
    })
    return sum + lost
  }
  const mean = (yield* total((value) => value)) / rows.length
  const squares = yield* total((value) => (value - mean) ** 2)
  return { mean, deviation: Math.sqrt(squares / rows.length) }
}
