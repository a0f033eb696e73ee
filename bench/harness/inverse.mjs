import { Matrix } from '../../dist/index.mjs'
import { sample } from './neighbors.mjs'
import { generator } from './random.mjs'

/** Largest |(A P - I)[i, j]| that single precision leaves of a condition number of 4; the sums are of up to n products. */
const RESIDUAL = 1e-4

/**
 * Symmetric [n, n], uniform in [-1, 1) with 2 sqrt(n) on the diagonal: its eigenvalues are near [0.85, 3.15] sqrt(n)
 * (Wigner's semicircle), so it is positive definite, and its inverse far from diagonal.
 */
export function positiveDefinite(n, seed) {
  const next = generator(seed)
  const matrix = new Matrix(n, n)
  const { data } = matrix
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const value = Math.fround(2 * next() - 1)
      data[i * n + j] = value
      data[j * n + i] = value
    }
    data[i * n + i] = 2 * Math.sqrt(n)
  }
  return matrix
}

/** Regularized Gram matrix of a log [n, n]: 5 users around each item take every second one of the 40 around it. */
export function bandedGram(n, seed) {
  const next = generator(seed)
  const matrix = new Matrix(n, n)
  for (let i = 0; i < n; i++) matrix.data[i * n + i] = 500
  for (let user = 0; user < 5 * n; user++) {
    const [first, last] = [Math.max(0, Math.floor(user / 5) - 20), Math.min(n, Math.floor(user / 5) + 20)]
    const items = []
    for (let item = first; item < last; item++) if (next() < 0.5) items.push(item)
    for (const i of items) for (const j of items) matrix.data[i * n + j]++
  }
  return matrix
}

/** The columns that a validation looks at. */
export const columnsOf = (n) => sample(n, 3)

/**
 * A validation of inverses of `matrix` by their columns `columnsOf(n)` [columns, n], one after another: the product of
 * the matrix with each, in double precision, is that of the identity.
 * @returns validate(contestant, found) for compete
 */
export function inverseValidator(matrix) {
  const { rows: n, data } = matrix
  return ({ name }, found) => {
    for (const [c, j] of columnsOf(n).entries()) {
      const column = Float64Array.from(found.subarray(c * n, (c + 1) * n))
      for (let i = 0; i < n; i++) {
        let sum = i === j ? -1 : 0
        for (let k = 0, at = i * n; k < n; k++, at++) sum += data[at] * column[k]
        if (!(Math.abs(sum) <= RESIDUAL))
          throw new Error(`${name}: the product with column ${j} of the inverse is off by ${sum} in row ${i}.`)
      }
    }
  }
}
