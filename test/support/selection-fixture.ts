import { readFileSync } from 'node:fs'
import { Matrix } from 'kindred'

/** One of the fits of scikit-learn in the fixtures of selection. */
export interface LinearFixture {
  alpha: number
  l1Ratio: number
  fitIntercept: boolean
  positive: boolean
  coef: number[]
  intercept: number
}

/** A logistic fit. */
export interface LogisticFixture {
  alpha: number
  fitIntercept: boolean
  coef: number[]
  intercept: number
}

/** A table, and what scikit-learn says of it (test/fixtures/make-selection.py). */
export interface SelectionCase {
  rows: number
  cols: number
  X: number[]
  y: number[]
  labels: number[]
  linear: LinearFixture[]
  path: { alphas: number[]; coefs: number[][] }
  crossValidated: {
    lasso: { alpha: number; alphas: number[]; msePath: number[][]; coef: number[]; intercept: number }
    elasticNet: { alpha: number; l1Ratio: number; alphas: number[]; msePath: number[][]; coef: number[] }
  }
  logistic: LogisticFixture[]
  thresholds: number[]
  fClassif: [number[], number[]]
  fRegression: [number[], number[]]
  chi2: [(number | null)[], (number | null)[]]
  mutualInfoClassif: number[]
  mutualInfoRegression: number[]
  mutualInfoClassif2: number[]
}

export const selectionCases = JSON.parse(readFileSync('test/fixtures/selection.json', 'utf8')) as SelectionCase[]

export const matrixOf = ({ rows, cols, X }: SelectionCase) => new Matrix(rows, cols, Float32Array.from(X))

/** The largest difference, and where: numbers of two lists, null and NaN alike. */
export function farthest(found: ArrayLike<number>, expected: readonly (number | null)[]): number {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY
  let worst = 0
  for (const [i, value] of expected.entries()) {
    const own = found[i]!
    if (value === null ? Number.isNaN(own) : own === value) continue
    const difference = value === null ? Number.NaN : Math.abs(own - value) / Math.max(1, Math.abs(value))
    worst = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(worst, difference)
  }
  return worst
}
