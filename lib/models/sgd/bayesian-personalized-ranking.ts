import type { Csr, SgdKernelOptions } from '../../native/addon.js'
import { checkOneOf, checkOptions } from '../../native/argument-checks.js'
import { checkDevice, type Device } from '../../native/device.js'
import { deviceEpochs } from './bpr-device.js'
import { SgdFactorModel } from './sgd-factor-model.js'
import { itemCounts, kernelOptions } from './sgd-factors.js'
import type { SgdKernels } from './sgd-kernels.js'
import { SGD_OPTIONS, sgdSettings } from './sgd-options.js'

/** Options of {@link BayesianPersonalizedRanking}. */
export interface BayesianPersonalizedRankingOptions {
  /** Length of the vectors, 1 to 4096. Default 64. */
  factors?: number
  /** Step of the gradient descent, 0 to 10. Default 0.05. */
  learningRate?: number
  /** L2 penalty on factors and item biases, at each step, 0 to 10. Default 0.01. */
  regularization?: number
  /** Iterations: passes over the log, 1 to 1e6. Default 100. */
  iterations?: number
  /** Seed of the initial factors and of all sampling, an integer from 0. Default 0. */
  seed?: number
  /** How negative items are sampled: uniformly ('uniform', default) or by their popularity. */
  negativeSampling?: 'uniform' | 'popularity'
  /**
   * Hogwild (Niu et al. 2011): threads do not wait for each other and may overwrite each other's steps, so that two fits
   * differ. It can pay with far more than 16 threads. Default false: same seed, same bits for any number of threads.
   */
  lockFree?: boolean
  /**
   * Where `fit` trains; `lockFree` runs on the CPU only. Default 'cpu'. A GPU works on up to 256 blocks of users and of
   * items at a time where the CPU has 16, so that negatives are sampled from smaller parts of catalogues of 2176 items or
   * more. Everything else runs on the CPU.
   */
  device?: Device
}

const KERNELS: SgdKernels = {
  epoch: (log, factors, options) => (native, abort) => native.bprEpoch(log, factors, options, abort),
  foldInUsers: (histories, factors, options) => (native, abort) =>
    native.bprFoldInUsers(histories, factors, options, abort),
  foldInItems: (log, columns, items, factors, options) => (native, abort) =>
    native.bprFoldInItems(log, columns, items, factors, options, abort),
  deviceEpochs,
}

/**
 * Bayesian personalised ranking (Rendle, Freudenthaler, Gantner, Schmidt-Thieme 2009, "BPR: Bayesian personalized ranking
 * from implicit feedback", section 4): factors and item biases by gradient steps on pairs of a positive item, which the
 * user has with a weight above 0, and a negative item, which the user does not have. Weights above 0 all count the same.
 * Each iteration takes every interaction once. Negatives are sampled among a random sixteenth of the items, another in
 * each iteration and for each block of users, so that threads share no factors; catalogues under 2048 items are divided
 * into fewer parts.
 *
 * Same seed, same bits for any number of threads, on one instruction set, unless `lockFree`.
 */
export class BayesianPersonalizedRanking extends SgdFactorModel {
  /** @internal */
  static override readonly algorithm = 'BayesianPersonalizedRanking'
  /** The options in force, defaults filled in. */
  readonly options: Readonly<Required<BayesianPersonalizedRankingOptions>>

  /** @throws ERR_VALUE naming the option */
  constructor(options: BayesianPersonalizedRankingOptions = {}) {
    super()
    checkOptions('BayesianPersonalizedRanking', options, [...SGD_OPTIONS, 'negativeSampling', 'device'])
    const sampling = options.negativeSampling ?? 'uniform'
    this.options = Object.freeze({
      ...sgdSettings(options, { learningRate: 0.05, regularization: 0.01, iterations: 100 }),
      negativeSampling: checkOneOf('negativeSampling', sampling, ['uniform', 'popularity']),
      device: checkDevice(options.device),
    })
  }

  /** @internal */
  protected override get learnsFromWeights(): boolean {
    return false
  }

  /** @internal */
  protected meanOf(): number {
    return 0
  }

  /** @internal */
  protected async kernelOptions(
    log: Csr,
    items: number,
    _mean: number,
    signal?: AbortSignal,
  ): Promise<SgdKernelOptions> {
    const popularNegatives = this.options.negativeSampling === 'popularity'
    const popularity = popularNegatives ? await itemCounts(log, items, signal) : null
    return { ...kernelOptions(this.options), popularNegatives, popularity }
  }

  /** @internal */
  protected override get device(): Device {
    return this.options.device
  }

  /** @internal */
  protected get kernels(): SgdKernels {
    return KERNELS
  }
}
