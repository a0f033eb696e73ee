import type { AbortFlag, Addon, Csr, SgdKernelOptions } from '../../native/addon.js'
import { checkBoolean, checkInteger, checkNumber, checkOneOf, checkOptions } from '../../native/check.js'
import { checkDevice, type Device } from '../../native/device.js'
import type { SavedModel } from '../base/model-file.js'
import { deviceEpochs } from './bpr-device.js'
import { SgdFactorModel } from './sgd-factor-model.js'
import { itemCounts, kernelOptions, type SgdFactors, type SgdSettings } from './sgd-factors.js'

export interface BayesianPersonalizedRankingOptions {
  /** Length of the vectors, 1 to 4096. Default 64. */
  factors?: number
  /** Step of the gradient descent. Default 0.05. */
  learningRate?: number
  /** L2 penalty on factors and item biases, at each step. Default 0.01. */
  regularization?: number
  /** Epochs: passes over the log. Default 100. */
  iterations?: number
  /** Start of the factors, and all draws. An integer from 0. Default 0. */
  seed?: number
  /** How items that a user has not are drawn: each as likely ('uniform', default), or by their popularity. */
  negativeSampling?: 'uniform' | 'popularity'
  /**
   * Hogwild (Niu et al. 2011): threads do not wait for each other and may overwrite each other's steps, so that two fits
   * differ. Worth a try with far more than 16 threads. Default false: same seed, same bits for any number of threads.
   */
  lockFree?: boolean
  /**
   * Where `fit` trains, `lockFree` on the CPU alone; default 'cpu'. A GPU works on up to 256 blocks of users and of items
   * at a time where the CPU has 16, so that negatives are drawn from smaller parts of catalogues of 2176 items or more.
   * Whatever else a model does, it does on the CPU.
   */
  device?: Device
}

export type BprSettings = SgdSettings & { negativeSampling: 'uniform' | 'popularity'; device: Device }

const LEGAL = [
  'factors',
  'learningRate',
  'regularization',
  'iterations',
  'seed',
  'negativeSampling',
  'lockFree',
  'device',
]

/**
 * Bayesian personalised ranking (Rendle, Freudenthaler, Gantner, Schmidt-Thieme 2009, "BPR: Bayesian personalized ranking
 * from implicit feedback", section 4): factors and item biases by gradient steps on pairs of an item that a user has
 * (weight above 0; how much above plays no part) and one that they have not. Each epoch takes every interaction once.
 * Negatives are drawn among a random sixteenth of the items, another in each epoch and for each block of users, so that
 * threads share no factors; catalogues under 2048 items are cut into fewer parts.
 *
 * Same seed, same bits for any number of threads, on one instruction set, unless `lockFree`.
 */
export class BayesianPersonalizedRanking extends SgdFactorModel<BprSettings> {
  /** @throws ERR_VALUE naming the option */
  constructor(options: BayesianPersonalizedRankingOptions = {}) {
    checkOptions('BayesianPersonalizedRanking', options, LEGAL)
    super({
      factors: checkInteger('factors', options.factors ?? 64, { min: 1, max: 4096 }),
      learningRate: checkNumber('learningRate', options.learningRate ?? 0.05, { min: 0, max: 10 }),
      regularization: checkNumber('regularization', options.regularization ?? 0.01, { min: 0, max: 10 }),
      iterations: checkInteger('iterations', options.iterations ?? 100, { min: 1, max: 1e6 }),
      seed: checkInteger('seed', options.seed ?? 0, { min: 0 }),
      negativeSampling: checkOneOf('negativeSampling', options.negativeSampling ?? 'uniform', [
        'uniform',
        'popularity',
      ]),
      lockFree: checkBoolean('lockFree', options.lockFree ?? false),
      device: checkDevice(options.device),
    })
  }

  save(dir: string): Promise<void> {
    return this.saveAs('BayesianPersonalizedRanking', dir)
  }

  /** @internal */
  static async restore(saved: SavedModel): Promise<BayesianPersonalizedRanking> {
    const model = new BayesianPersonalizedRanking(saved.options as BayesianPersonalizedRankingOptions)
    await model.restoreFrom(saved)
    return model
  }

  protected meanOf(): number {
    return 0
  }

  protected async kernelOptions(log: Csr, items: number, _mean: number, signal?: AbortSignal) {
    const popularNegatives = this.options.negativeSampling === 'popularity'
    const popularity = popularNegatives ? await itemCounts(log, items, signal) : null
    return { ...kernelOptions(this.options), popularNegatives, popularity }
  }

  protected epoch(log: Csr, factors: SgdFactors, options: SgdKernelOptions) {
    return (native: Addon, abort: AbortFlag | undefined) => native.bprEpoch(log, factors, options, abort)
  }

  protected override get device(): Device {
    return this.options.device
  }

  protected override deviceEpochs(log: Csr, factors: SgdFactors, options: SgdKernelOptions, signal?: AbortSignal) {
    return deviceEpochs(log, factors, options, signal)
  }

  protected foldInUsers(histories: Csr, factors: SgdFactors, options: SgdKernelOptions) {
    return (native: Addon, abort: AbortFlag | undefined) => native.bprFoldInUsers(histories, factors, options, abort)
  }

  protected foldInItems(log: Csr, columns: Csr, items: Int32Array, factors: SgdFactors, options: SgdKernelOptions) {
    return (native: Addon, abort: AbortFlag | undefined) =>
      native.bprFoldInItems(log, columns, items, factors, options, abort)
  }
}
