import { checkInteger, checkNumber, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import type { Arm } from './arms.js'
import { Bandit } from './bandit.js'
import { loadBandit } from './bandit-file.js'
import { BANDIT_OPTIONS, type BanditOptions } from './bandit-options.js'
import type { ReadContexts } from './contexts.js'
import { HybridModel } from './hybrid-model.js'
import { type Prediction, type Ridge, RidgeModel } from './ridge-model.js'
import { shareAmongBest } from './shares.js'

/** Options of {@link LinUCB}. */
export interface LinUCBOptions extends BanditOptions {
  /** Features of a context whose weights are each arm's own, 1 to 1024. */
  dims: number
  /**
   * Further features, whose weights all arms share; default 0, the disjoint model. Contexts then have dims + sharedDims numbers,
   * the shared ones last.
   */
  sharedDims?: number
  /** How far a bound is above the estimate, in standard deviations; default 1. */
  alpha?: number
  /** Added to the diagonals, above 0; default 1, that of the paper. */
  regularization?: number
  /** A share of choices that go to any arm alike, 0 to 1; default 0. Above 0, the log serves off-policy evaluation. */
  epsilon?: number
  /** Events after which an inverse is computed anew, against errors of rounding; default 1000. */
  refreshEvery?: number
}

const OPTIONS = [...BANDIT_OPTIONS, 'dims', 'sharedDims', 'alpha', 'regularization', 'epsilon', 'refreshEvery'] as const

/** @throws ERR_VALUE */
function modelOf(options: LinUCBOptions): RidgeModel | HybridModel {
  const { sharedDims = 0, regularization = 1, refreshEvery = 1000 } = options
  const dims = checkInteger('dims', options.dims, { min: 1, max: 1024 })
  checkInteger('sharedDims', sharedDims, { min: 0, max: 1024 })
  checkNumber('regularization', regularization, { min: Number.MIN_VALUE })
  checkInteger('refreshEvery', refreshEvery, { min: 1 })
  if (sharedDims === 0) return new RidgeModel(dims, regularization, refreshEvery)
  return new HybridModel(dims, sharedDims, regularization, refreshEvery)
}

/**
 * The arm of the highest upper confidence bound of a ridge regression over contexts: disjoint (Li, Chu, Langford and Schapire, A
 * Contextual-Bandit Approach to Personalized News Article Recommendation, 2010, Algorithm 1), or with `sharedDims` hybrid
 * (Algorithm 2). A choice costs arms x (dims² + sharedDims²), an update (dims + sharedDims)². Arms of equal bounds are drawn
 * alike; else the propensity of the best is 1 (less `epsilon`).
 *
 * @example
 * const bandit = new LinUCB({ arms: ['a', 'b'], dims: 3, alpha: 1 })
 * const { arm, propensity } = bandit.choose([1, 0.2, 0.7])
 * bandit.update(arm, [1, 0.2, 0.7], 1)
 */
export class LinUCB extends Bandit {
  protected readonly algorithm = 'LinUCB'
  readonly #alpha: number
  readonly #epsilon: number
  readonly #settings: Readonly<Record<string, unknown>>
  readonly #prediction: Prediction = { mean: 0, variance: 0 }

  /** @throws ERR_VALUE, ERR_DUPLICATE for an arm that comes twice */
  constructor(options: LinUCBOptions) {
    options = checkOptions('LinUCB', options, OPTIONS)
    super(options, modelOf(options))
    const { dims, sharedDims = 0, alpha = 1, regularization = 1, epsilon = 0, refreshEvery = 1000 } = options
    this.#alpha = checkNumber('alpha', alpha, { min: 0 })
    this.#epsilon = checkNumber('epsilon', epsilon, { min: 0, max: 1 })
    this.#settings = { dims, sharedDims, alpha, regularization, epsilon, refreshEvery }
  }

  /** The bandit that {@link save} saved. @throws ERR_MODEL_FILE, ERR_IO, ERR_ABORTED */
  static async load(dir: string, options: AbortOptions = {}): Promise<LinUCB> {
    options = checkOptions('LinUCB.load', options, ['signal'])
    const saved = await loadBandit(dir, 'LinUCB', options.signal)
    return saved
      .checked(() => new LinUCB({ ...(saved.options as never as LinUCBOptions), arms: saved.arms }))
      .restore(saved)
  }

  /** @internal */
  protected settings(): Record<string, unknown> {
    return { ...this.#settings }
  }

  /** @internal */
  protected fill(arms: readonly Arm<unknown>[], { data, stride }: ReadContexts, shares: Float64Array): void {
    const model = this.model as RidgeModel
    const prediction = this.#prediction
    const scores = new Float64Array(arms.length)
    for (let i = 0; i < arms.length; i++) {
      model.predict(arms[i]!.derived as Ridge, data, i * stride, prediction)
      scores[i] = prediction.mean + this.#alpha * Math.sqrt(prediction.variance)
    }
    shareAmongBest(scores, this.#epsilon, shares)
  }
}

guardReceivers(LinUCB)
