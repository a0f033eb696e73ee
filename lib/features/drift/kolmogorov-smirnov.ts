import { KindredError, show } from '../../native/errors.js'

/** What {@link kolmogorovSmirnov} gives. */
export interface KolmogorovSmirnovTest {
  /** The greatest difference of the two distribution functions, 0 to 1. */
  statistic: number
  /** The probability of such a difference, or a greater one, between samples of one distribution. */
  pValue: number
}

/** The values but for NaN, sorted. @throws ERR_VALUE for no array, ERR_DATA where there are none */
function sorted(name: string, values: ArrayLike<number>): Float64Array {
  if (typeof values !== 'object' || values === null || typeof values.length !== 'number')
    throw new KindredError('ERR_VALUE', `${name}: expected an array of numbers but received ${show(values)}.`)
  const numbers = Float64Array.from(values)
    .filter((value) => !Number.isNaN(value))
    .sort()
  if (numbers.length === 0) throw new KindredError('ERR_DATA', `${name}: expected at least one number.`)
  return numbers
}

/**
 * The p-value of a statistic of samples of these sizes, by the limiting distribution of Kolmogorov:
 * 2 sum over k of (-1)^(k - 1) exp(-2 k² x²), where x² = statistic² n m / (n + m).
 */
export function kolmogorovPValue(statistic: number, n: number, m: number): number {
  const x = statistic * Math.sqrt((n / (n + m)) * m)
  // The series converges slowly near 0, where the transformed one (Jacobi's theta function) does at once.
  if (x < 1e-3) return 1
  if (x < 1) {
    let sum = 0
    for (let k = 1; k <= 7; k += 2) sum += Math.exp((-k * k * Math.PI ** 2) / (8 * x * x))
    return 1 - (Math.sqrt(2 * Math.PI) / x) * sum
  }
  let sum = 0
  for (let k = 1; k <= 7; k++) sum += (k % 2 === 1 ? 1 : -1) * Math.exp(-2 * k * k * x * x)
  return Math.min(1, Math.max(0, 2 * sum))
}

/**
 * The two-sample test of Kolmogorov and Smirnov: whether two samples may come of one distribution of numbers. Its p-value
 * is the asymptotic one, good from about 25 values each. It sorts copies of the samples while the event loop waits; of
 * large tables, {@link profileTable} computes it in the background.
 * @param reference values [n]; NaN is left out, infinite ones count
 * @param current values [m], alike
 * @throws ERR_VALUE for no arrays, ERR_DATA for a sample without numbers
 */
export function kolmogorovSmirnov(reference: ArrayLike<number>, current: ArrayLike<number>): KolmogorovSmirnovTest {
  const [a, b] = [sorted('reference', reference), sorted('current', current)]
  let statistic = 0
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const value = Math.min(a[i]!, b[j]!)
    while (i < a.length && a[i]! <= value) i++
    while (j < b.length && b[j]! <= value) j++
    statistic = Math.max(statistic, Math.abs(i / a.length - j / b.length))
  }
  return { statistic, pValue: kolmogorovPValue(statistic, a.length, b.length) }
}
