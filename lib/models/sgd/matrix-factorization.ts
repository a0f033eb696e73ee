import type { Csr, SgdKernelOptions } from '../../native/addon.js'
import { checkBoolean, checkOptions } from '../../native/argument-checks.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { SgdFactorModel } from './sgd-factor-model.js'
import { kernelOptions } from './sgd-factors.js'
import type { SgdKernels } from './sgd-kernels.js'
import { SGD_OPTIONS, sgdSettings } from './sgd-options.js'
import { scaleOfWeights, type WeightScale } from './weight-scale.js'

/** Options of {@link MatrixFactorization}. */
export interface MatrixFactorizationOptions {
  /** Length of the vectors, 1 to 4096. Default 64. */
  factors?: number
  /** Step of the gradient descent, 0 to 10. Default 0.01. */
  learningRate?: number
  /** L2 penalty on factors and biases, at each step, 0 to 10. Default 0.05. */
  regularization?: number
  /** Iterations: passes over the log, 1 to 1e6. Default 30. */
  iterations?: number
  /**
   * Standard deviation of the initial factors, of a normal distribution, 1e-6 to 100; null: uniform in (-1/2, 1/2) /
   * factors. Default 0.1, as in Surprise's SVD.
   */
  initialScale?: number | null
  /** Seed of the initial factors and of the order of the steps, an integer from 0. Default 0. */
  seed?: number
  /**
   * Hogwild (Niu et al. 2011): threads do not wait for each other and may overwrite each other's steps, so that two fits
   * differ. It can pay with far more than 16 threads. Default false: same seed, same bits for any number of threads.
   */
  lockFree?: boolean
  /**
   * `score` and `scoreMany` keep predictions within the scale of the log, from its lowest to its highest rating. Lists are
   * ranked by, and tell, what lies beyond it too. Default true.
   */
  clip?: boolean
}

const KERNELS: SgdKernels = {
  epochs: (log, factors, options) => (epoch) => (native, abort) =>
    native.ratingEpoch(log, factors, { ...options, epoch }, abort),
  foldInUsers: (histories, factors, options) => (native, abort) =>
    native.ratingFoldInUsers(histories, factors, options, abort),
  foldInItems: (_log, columns, items, factors, options) => (native, abort) =>
    native.ratingFoldInItems(columns, items, factors, options, abort),
}

/**
 * Matrix factorisation of ratings with biases (Koren, Bell, Volinsky 2009, "Matrix factorization techniques for
 * recommender systems", equations 4 and 5): the weights of the log are ratings, and `score` predicts them, mean + bias of
 * the user + bias of the item + dot product. By gradient steps on the squared error, conflict-free over blocks (Gemulla
 * et al. 2011). For lists from clicks or purchases, models of implicit feedback do better.
 *
 * Same seed, same bits for any number of threads, on one instruction set, unless `lockFree`.
 */
export class MatrixFactorization extends SgdFactorModel {
  /** @internal */
  static override readonly algorithm = 'MatrixFactorization'
  /** @internal */
  static override readonly formerOptions = { initialScale: null, clip: false }
  /** The options in force, defaults filled in. */
  readonly options: Readonly<Required<MatrixFactorizationOptions>>

  /** @throws ERR_VALUE naming the option */
  constructor(options: MatrixFactorizationOptions = {}) {
    super()
    options = checkOptions('MatrixFactorization', options, [...SGD_OPTIONS, 'clip'])
    this.options = Object.freeze({
      ...sgdSettings(options, { learningRate: 0.01, regularization: 0.05, iterations: 30, initialScale: 0.1 }),
      clip: checkBoolean('clip', options.clip ?? true),
    })
  }

  /** @internal */
  protected scaleOf(log: Csr, signal?: AbortSignal): Promise<WeightScale> {
    return scaleOfWeights(log.values!, signal)
  }

  /** @internal */
  protected async kernelOptions(_log: Csr, _items: number, { mean }: WeightScale): Promise<SgdKernelOptions> {
    return { ...kernelOptions(this.options), mean }
  }

  /** @internal What is known of the pair: the mean, and the bias of the user or item that is known. */
  protected override scoreOfUnknown(userRow: number, itemRow: number): number {
    const { factors, scale } = this.state!
    return scale.mean + (factors.userBias[userRow] ?? 0) + (factors.itemBias[itemRow] ?? 0)
  }

  /** @internal */
  protected override limitScores(scores: Float32Array): void {
    if (!this.options.clip) return
    const { low, high } = this.state!.scale
    for (let n = 0; n < scores.length; n++)
      if (!Number.isNaN(scores[n])) scores[n] = Math.min(high, Math.max(low, scores[n]!))
  }

  /** @internal */
  protected get kernels(): SgdKernels {
    return KERNELS
  }
}

guardReceivers(MatrixFactorization)
