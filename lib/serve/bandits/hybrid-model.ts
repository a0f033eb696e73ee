import { invertPositiveDefinite } from '../../evaluate/off-policy/cholesky.js'
import type { ArmModel } from './arm-model.js'
import type { Arm } from './arms.js'
import { addOuter, dot, shermanMorrison, timesSquare } from './quadratic.js'
import { addEvent, type Prediction } from './ridge-model.js'

/** What is computed of the events of an arm, in the notation of the paper. */
export interface HybridArm {
  /** A⁻¹ [d, d] */
  readonly inverse: Float64Array
  /** A⁻¹ B [d, k] */
  readonly coupling: Float64Array
  /** A⁻¹ b [d] */
  readonly own: Float64Array
  /** Events since the inverse was computed from A. */
  age: number
}

/**
 * Ridge regressions whose contexts [x, z] have d features with weights of each arm's own and k features with weights that all
 * arms share (Li et al. 2010, Algorithm 2). An arm's statistics are those of a ridge regression over d + k features.
 * An event changes A and A0 by a product of one vector with itself each, u uᵀ / (1 + xᵀ A⁻¹ x) with u = z - Bᵀ A⁻¹ x for A0,
 * so that both inverses follow by the formula of Sherman and Morrison; they are computed anew every `refreshEvery` events.
 */
export class HybridModel implements ArmModel<HybridArm> {
  readonly dims: number
  readonly width: number
  readonly retiredWidth: number
  readonly #d: number
  readonly #k: number
  readonly #regularization: number
  readonly #refreshEvery: number
  /** [k, k] */
  readonly #a0: Float64Array
  readonly #inverse0: Float64Array
  /** [k] */
  readonly #b0: Float64Array
  readonly #beta: Float64Array
  #age0 = 0
  readonly #x: Float64Array
  readonly #u: Float64Array
  readonly #product: Float64Array
  readonly #product0: Float64Array

  /** @param d weights of each arm @param k weights that arms share */
  constructor(d: number, k: number, regularization: number, refreshEvery: number) {
    const n = d + k
    this.#d = d
    this.#k = k
    this.dims = n
    this.width = 1 + n + n * n
    this.retiredWidth = k + k * k
    this.#regularization = regularization
    this.#refreshEvery = refreshEvery
    this.#a0 = new Float64Array(k * k)
    this.#inverse0 = new Float64Array(k * k)
    this.#b0 = new Float64Array(k)
    this.#beta = new Float64Array(k)
    this.#x = new Float64Array(d)
    this.#u = new Float64Array(k)
    this.#product = new Float64Array(d)
    this.#product0 = new Float64Array(k)
    this.#deriveShared([], new Float64Array(this.retiredWidth))
  }

  fresh(): HybridArm {
    const [d, k] = [this.#d, this.#k]
    const inverse = new Float64Array(d * d)
    for (let i = 0; i < d; i++) inverse[i * d + i] = 1 / this.#regularization
    return { inverse, coupling: new Float64Array(d * k), own: new Float64Array(d), age: 0 }
  }

  /** u = z - Bᵀ A⁻¹ x, of the context from `at` of an array. */
  #residual({ coupling }: HybridArm, contexts: Float64Array, at: number): Float64Array {
    const [d, k, u] = [this.#d, this.#k, this.#u]
    for (let j = 0; j < k; j++) u[j] = contexts[at + d + j]!
    for (let i = 0; i < d; i++) {
      const x = contexts[at + i]!
      if (x !== 0) for (let j = 0, row = i * k; j < k; j++) u[j]! -= coupling[row + j]! * x
    }
    return u
  }

  /** Writes the prediction for the context from `at` of an array: xᵀ θ + zᵀ β and s of Algorithm 2, regrouped by u. */
  predict(arm: HybridArm, contexts: Float64Array, at: number, prediction: Prediction): void {
    const u = this.#residual(arm, contexts, at)
    const own = timesSquare(arm.inverse, contexts, at, this.#d, this.#product)
    const shared = timesSquare(this.#inverse0, u, 0, this.#k, this.#product0)
    prediction.variance = Math.max(0, own + shared)
    prediction.mean = dot(arm.own, contexts, at, this.#d) + dot(this.#beta, u, 0, this.#k)
  }

  learn(arm: Arm<HybridArm>, context: Float64Array, reward: number): void {
    const d = this.#d
    const { derived } = arm
    // First, since they can throw.
    if (derived.age >= this.#refreshEvery) this.#refresh(arm)
    if (this.#age0 >= this.#refreshEvery) this.#refreshShared(this.#a0, this.#b0)
    derived.age++
    this.#age0++
    const u = this.#residual(derived, context, 0)
    this.#x.set(context.subarray(0, d))
    const form = timesSquare(derived.inverse, this.#x, 0, d, this.#product)
    const gain = 1 / (1 + form)
    const error = reward - dot(derived.own, this.#x, 0, d)
    this.#learnShared(u, gain, error)
    addEvent(arm.statistics, context, reward)
    for (let i = 0; i < d; i++) derived.own[i]! += gain * error * this.#product[i]!
    addOuter(derived.coupling, gain, this.#product, u)
    shermanMorrison(derived.inverse, this.#product, form)
  }

  #learnShared(u: Float64Array, gain: number, error: number): void {
    const k = this.#k
    addOuter(this.#a0, gain, u, u)
    for (let j = 0; j < k; j++) this.#b0[j]! += gain * error * u[j]!
    const form = gain * timesSquare(this.#inverse0, u, 0, k, this.#product0)
    const root = Math.sqrt(gain)
    for (let j = 0; j < k; j++) this.#product0[j]! *= root
    shermanMorrison(this.#inverse0, this.#product0, form)
    timesSquare(this.#inverse0, this.#b0, 0, k, this.#beta)
  }

  derive(changed: Iterable<Arm<HybridArm>>, arms: Iterable<Arm<HybridArm>>, retired: Float64Array): void {
    for (const arm of changed) this.#refresh(arm)
    this.#deriveShared(arms, retired)
  }

  /** What the arm says of the shared weights: Z - Bᵀ A⁻¹ B and y - Bᵀ A⁻¹ b stay, as [y [k], Z [k, k]]. */
  retire({ statistics, derived }: Arm<HybridArm>, retired: Float64Array): void {
    const [d, k, n] = [this.#d, this.#k, this.dims]
    const gram = 1 + n
    for (let i = 0; i < k; i++) {
      retired[i]! += statistics[1 + d + i]!
      for (let j = 0; j < k; j++) retired[k + i * k + j]! += statistics[gram + (d + i) * n + d + j]!
      for (let m = 0; m < d; m++) {
        const b = statistics[gram + (d + i) * n + m]!
        retired[i]! -= b * derived.own[m]!
        for (let j = 0; j < k; j++) retired[k + i * k + j]! -= b * derived.coupling[m * k + j]!
      }
    }
  }

  #deriveShared(arms: Iterable<Arm<HybridArm>>, retired: Float64Array): void {
    const k = this.#k
    const sums = retired.slice()
    for (const arm of arms) this.retire(arm, sums)
    const [b0, a0] = [sums.subarray(0, k), sums.subarray(k)]
    for (let j = 0; j < k; j++) a0[j * k + j]! += this.#regularization
    this.#refreshShared(a0, b0)
    this.#a0.set(a0)
    this.#b0.set(b0)
  }

  #refreshShared(a0: Float64Array, b0: Float64Array): void {
    invertPositiveDefinite(a0, this.#k, this.#inverse0)
    timesSquare(this.#inverse0, b0, 0, this.#k, this.#beta)
    this.#age0 = 0
  }

  #refresh({ statistics, derived }: Arm<HybridArm>): void {
    const [d, k, n] = [this.#d, this.#k, this.dims]
    const a = new Float64Array(d * d)
    for (let i = 0; i < d; i++)
      for (let j = 0; j < d; j++) a[i * d + j] = statistics[1 + n + i * n + j]! + (i === j ? this.#regularization : 0)
    invertPositiveDefinite(a, d, derived.inverse)
    timesSquare(derived.inverse, statistics, 1, d, derived.own)
    derived.coupling.fill(0)
    for (let i = 0; i < d; i++)
      for (let m = 0; m < d; m++) {
        const scale = derived.inverse[i * d + m]!
        const row = 1 + n + m * n + d
        for (let j = 0; j < k; j++) derived.coupling[i * k + j]! += scale * statistics[row + j]!
      }
    derived.age = 0
  }
}
