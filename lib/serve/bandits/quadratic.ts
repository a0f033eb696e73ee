/** y = m x, for m [n, n] row-major and x from `at` of its array. @returns xᵀ m x */
export function timesSquare(m: Float64Array, x: Float64Array, at: number, n: number, y: Float64Array): number {
  let form = 0
  for (let i = 0; i < n; i++) {
    let sum = 0
    for (let j = 0, row = i * n; j < n; j++) sum += m[row + j]! * x[at + j]!
    y[i] = sum
    form += sum * x[at + i]!
  }
  return form
}

/** The product of two vectors of n numbers, the second from `at` of its array. */
export function dot(a: Float64Array, x: Float64Array, at: number, n: number): number {
  let sum = 0
  for (let i = 0; i < n; i++) sum += a[i]! * x[at + i]!
  return sum
}

/** m += scale a bᵀ, for m [rows, cols]. */
export function addOuter(m: Float64Array, scale: number, a: Float64Array, b: Float64Array): void {
  const cols = b.length
  for (let i = 0; i < a.length; i++) {
    const factor = scale * a[i]!
    for (let j = 0, row = i * cols; j < cols; j++) m[row + j]! += factor * b[j]!
  }
}

/**
 * The inverse of m + x xᵀ, of m's inverse, in place (Sherman and Morrison 1950).
 * @param product m⁻¹ x [n]
 * @param form xᵀ m⁻¹ x
 */
export function shermanMorrison(inverse: Float64Array, product: Float64Array, form: number): void {
  // Rounding falls the same way in both triangles, which keeps it symmetric.
  const n = product.length
  const scale = 1 / (1 + form)
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      const value = inverse[i * n + j]! - scale * (product[i]! * product[j]!)
      inverse[i * n + j] = value
      inverse[j * n + i] = value
    }
}
