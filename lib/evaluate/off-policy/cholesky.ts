import { KindredError } from '../../native/errors.js'

/**
 * The inverse of a symmetric positive definite matrix, by its Cholesky factor: a = L Lᵀ, a⁻¹ = L⁻ᵀ L⁻¹. For matrices of
 * tens of rows, in double precision, on the calling thread.
 * @param a [n, n], row-major; only its lower triangle is read
 * @param inverse [n, n], written whole, symmetric to the bit; must not be `a`
 * @throws ERR_NOT_POSITIVE_DEFINITE
 */
export function invertPositiveDefinite(a: Float64Array, n: number, inverse: Float64Array): void {
  const factor = new Float64Array(n * n)
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j]!
      for (let k = 0; k < j; k++) sum -= factor[i * n + k]! * factor[j * n + k]!
      if (i > j) factor[i * n + j] = sum / factor[j * n + j]!
      else if (sum > 0) factor[i * n + i] = Math.sqrt(sum)
      else
        throw new KindredError(
          'ERR_NOT_POSITIVE_DEFINITE',
          `expected a positive definite matrix but row ${i} of ${n} depends on those before it. Raise the regularization.`,
        )
    }
  // L⁻¹ in place, column by column.
  for (let j = 0; j < n; j++) {
    factor[j * n + j] = 1 / factor[j * n + j]!
    for (let i = j + 1; i < n; i++) {
      let sum = 0
      for (let k = j; k < i; k++) sum -= factor[i * n + k]! * factor[k * n + j]!
      factor[i * n + j] = sum / factor[i * n + i]!
    }
  }
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0
      for (let k = i; k < n; k++) sum += factor[k * n + i]! * factor[k * n + j]!
      inverse[i * n + j] = sum
      inverse[j * n + i] = sum
    }
}
