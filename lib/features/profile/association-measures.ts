/** Numbers of a column, NaN where missing. */
type Numbers = Float64Array
/** Categories of a column, -1 where missing. */
type Codes = Int32Array

/**
 * Pearson's correlation of the rows where both are finite, -1 to 1; NaN where one of them is constant or none are left.
 * @param a numbers [rows]
 * @param b numbers [rows]
 */
export function pearsonCorrelation(a: Numbers, b: Numbers): number {
  let [n, meanA, meanB] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]!, b[i]!]
    if (!Number.isFinite(x + y)) continue
    n++
    meanA += (x - meanA) / n
    meanB += (y - meanB) / n
  }
  let [ab, aa, bb] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    const [dx, dy] = [a[i]! - meanA, b[i]! - meanB]
    if (!Number.isFinite(dx + dy)) continue
    ab += dx * dy
    aa += dx * dx
    bb += dy * dy
  }
  const scale = Math.sqrt(aa) * Math.sqrt(bb)
  return scale > 0 && scale < Infinity ? Math.min(1, Math.max(-1, ab / scale)) : Number.NaN
}

/**
 * Cramér's V of the rows where both have a category: sqrt(χ² / (n min(r - 1, c - 1))), 0 to 1, without a correction for
 * small samples; NaN where one of them has a single category (Cramér, Mathematical Methods of Statistics, 1946, 21.9).
 * @param a categories [rows], below `sizes[0]`
 * @param b categories [rows], below `sizes[1]`
 */
export function cramersV(a: Codes, b: Codes, sizes: readonly [number, number]): number {
  const [rows, columns] = sizes
  const counts = new Float64Array(rows * columns)
  const [rowSums, columnSums] = [new Float64Array(rows), new Float64Array(columns)]
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]!, b[i]!]
    if (x < 0 || y < 0) continue
    counts[x * columns + y]!++
    rowSums[x]!++
    columnSums[y]!++
  }
  const seen = (sums: Float64Array) => sums.reduce((count, sum) => count + (sum > 0 ? 1 : 0), 0)
  const degrees = Math.min(seen(rowSums), seen(columnSums)) - 1
  if (degrees < 1) return Number.NaN
  let squares = 0
  for (let x = 0; x < rows; x++)
    for (let y = 0; y < columns; y++) {
      const count = counts[x * columns + y]!
      if (count > 0) squares += (count * count) / (rowSums[x]! * columnSums[y]!)
    }
  return Math.min(1, Math.sqrt(Math.max(0, squares - 1) / degrees))
}

/**
 * The correlation ratio η of numbers in categories, of the rows that have both: the root of the share of the variance
 * that lies between the categories' means, 0 to 1 (Fisher 1925); NaN where the numbers are constant or there is a single
 * category.
 * @param categories [rows], below `size`
 * @param numbers [rows]
 */
export function correlationRatio(categories: Codes, numbers: Numbers, size: number): number {
  const [counts, means] = [new Float64Array(size), new Float64Array(size)]
  let [n, mean, squares] = [0, 0, 0]
  for (let i = 0; i < categories.length; i++) {
    const [category, value] = [categories[i]!, numbers[i]!]
    if (category < 0 || !Number.isFinite(value)) continue
    const apart = value - mean
    mean += apart / ++n
    squares += apart * (value - mean)
    counts[category]!++
    means[category]! += (value - means[category]!) / counts[category]!
  }
  let between = 0
  for (let c = 0; c < size; c++) between += counts[c]! * (means[c]! - mean) ** 2
  const isOne = counts.reduce((seen, count) => seen + (count > 0 ? 1 : 0), 0) < 2
  return squares > 0 && squares < Infinity && !isOne ? Math.min(1, Math.sqrt(between / squares)) : Number.NaN
}
