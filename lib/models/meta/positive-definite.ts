/** Symmetric matrices [n, n], row-major, small enough for one thread. */

/** The lower triangle L of A = L L', in place of it; false where A is not positive definite. */
export function cholesky(a: Float64Array, n: number): boolean {
  for (let j = 0; j < n; j++) {
    let diagonal = a[j * n + j]!
    for (let k = 0; k < j; k++) diagonal -= a[j * n + k]! ** 2
    if (!(diagonal > 0)) return false
    const root = Math.sqrt(diagonal)
    a[j * n + j] = root
    for (let i = j + 1; i < n; i++) {
      let value = a[i * n + j]!
      for (let k = 0; k < j; k++) value -= a[i * n + k]! * a[j * n + k]!
      a[i * n + j] = value / root
    }
  }
  return true
}

/** The x of L L' x = b, in place of b. */
export function choleskySolve(lower: Float64Array, b: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    let value = b[i]!
    for (let k = 0; k < i; k++) value -= lower[i * n + k]! * b[k]!
    b[i] = value / lower[i * n + i]!
  }
  for (let i = n - 1; i >= 0; i--) {
    let value = b[i]!
    for (let k = i + 1; k < n; k++) value -= lower[k * n + i]! * b[k]!
    b[i] = value / lower[i * n + i]!
  }
}

/** The inverse of L L' [n, n]. */
export function choleskyInverse(lower: Float64Array, n: number): Float64Array {
  const inverse = new Float64Array(n * n)
  const column = new Float64Array(n)
  for (let j = 0; j < n; j++) {
    column.fill(0)
    column[j] = 1
    choleskySolve(lower, column, n)
    for (let i = 0; i < n; i++) inverse[i * n + j] = column[i]!
  }
  return inverse
}

/** A x [n]. */
export function times(a: Float64Array, x: ArrayLike<number>, n: number): Float64Array {
  const out = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    let sum = 0
    for (let j = 0; j < n; j++) sum += a[i * n + j]! * x[j]!
    out[i] = sum
  }
  return out
}

/** x'y. */
export function dot(x: ArrayLike<number>, y: ArrayLike<number>, n: number): number {
  let sum = 0
  for (let i = 0; i < n; i++) sum += x[i]! * y[i]!
  return sum
}

/** Adds scale * x x' to A. */
export function addOuter(a: Float64Array, x: ArrayLike<number>, scale: number, n: number): void {
  for (let i = 0; i < n; i++) {
    const value = scale * x[i]!
    if (value !== 0) for (let j = 0; j < n; j++) a[i * n + j]! += value * x[j]!
  }
}
