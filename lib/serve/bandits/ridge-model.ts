import { invertPositiveDefinite } from '../../evaluate/off-policy/cholesky.js'
import type { ArmModel } from './arm-model.js'
import type { Arm } from './arms.js'
import { dot, shermanMorrison, timesSquare } from './quadratic.js'

/** What is computed of the events of an arm: its ridge regression. */
export interface Ridge {
  /** A⁻¹ [dims, dims], where A = regularization I + sum x xᵀ */
  readonly inverse: Float64Array
  /** A⁻¹ b [dims], where b = sum r x */
  readonly theta: Float64Array
  /** Events since the inverse was computed from A. */
  age: number
}

/** The mean and the variance of a prediction, and what a choice computes on its way. */
export interface Prediction {
  mean: number
  /** xᵀ A⁻¹ x, of a noise of variance 1. */
  variance: number
}

/**
 * One ridge regression for each arm (Li et al. 2010, Algorithm 1). An arm's statistics are its number of events, b [dims] and
 * sum x xᵀ [dims, dims]. The inverse follows by the formula of Sherman and Morrison, and is computed from A every
 * `refreshEvery` events of the arm, so that its errors of rounding do not grow.
 */
export class RidgeModel implements ArmModel<Ridge> {
  readonly dims: number
  readonly width: number
  readonly retiredWidth = 0
  readonly #regularization: number
  readonly #refreshEvery: number
  readonly #product: Float64Array

  constructor(dims: number, regularization: number, refreshEvery: number) {
    this.dims = dims
    this.width = 1 + dims + dims * dims
    this.#regularization = regularization
    this.#refreshEvery = refreshEvery
    this.#product = new Float64Array(dims)
  }

  fresh(): Ridge {
    const { dims } = this
    const inverse = new Float64Array(dims * dims)
    for (let i = 0; i < dims; i++) inverse[i * dims + i] = 1 / this.#regularization
    return { inverse, theta: new Float64Array(dims), age: 0 }
  }

  /** Writes the prediction for the context from `at` of an array. */
  predict({ inverse, theta }: Ridge, contexts: Float64Array, at: number, prediction: Prediction): void {
    prediction.variance = Math.max(0, timesSquare(inverse, contexts, at, this.dims, this.#product))
    prediction.mean = dot(theta, contexts, at, this.dims)
  }

  learn(arm: Arm<Ridge>, context: Float64Array, reward: number): void {
    const { derived } = arm
    // First, since it can throw.
    if (derived.age >= this.#refreshEvery) this.#refresh(arm)
    derived.age++
    addEvent(arm.statistics, context, reward)
    const { inverse, theta } = derived
    const form = timesSquare(inverse, context, 0, this.dims, this.#product)
    const step = (reward - dot(theta, context, 0, this.dims)) / (1 + form)
    for (let i = 0; i < this.dims; i++) theta[i]! += step * this.#product[i]!
    shermanMorrison(inverse, this.#product, form)
  }

  derive(changed: Iterable<Arm<Ridge>>): void {
    for (const arm of changed) this.#refresh(arm)
  }

  retire(): void {}

  #refresh({ statistics, derived }: Arm<Ridge>): void {
    const { dims } = this
    const a = statistics.slice(1 + dims)
    for (let i = 0; i < dims; i++) a[i * dims + i]! += this.#regularization
    invertPositiveDefinite(a, dims, derived.inverse)
    timesSquare(derived.inverse, statistics, 1, dims, derived.theta)
    derived.age = 0
  }
}

/** Adds an event to [count, sum r x, sum x xᵀ]. */
export function addEvent(statistics: Float64Array, context: Float64Array, reward: number): void {
  const n = context.length
  statistics[0]!++
  for (let i = 0; i < n; i++) statistics[1 + i]! += reward * context[i]!
  for (let i = 0; i < n; i++)
    for (let j = 0, row = 1 + n + i * n; j < n; j++) statistics[row + j]! += context[i]! * context[j]!
}
