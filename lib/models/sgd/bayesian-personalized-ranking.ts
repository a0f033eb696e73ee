import type { Csr, SgdKernelOptions } from '../../native/addon.js'
import { checkInteger, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import { checkDevice, type Device } from '../../native/device.js'
import { KindredError } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { BPR_KERNELS } from './bpr-kernels.js'
import { SgdFactorModel } from './sgd-factor-model.js'
import { itemCounts, kernelOptions } from './sgd-factors.js'
import type { SgdKernels } from './sgd-kernels.js'
import { SGD_OPTIONS, sgdSettings } from './sgd-options.js'
import { NO_SCALE, scaleOfWeights, type WeightScale } from './weight-scale.js'

/** Options of {@link BayesianPersonalizedRanking}. */
export interface BayesianPersonalizedRankingOptions {
  /** Length of the vectors, 1 to 4096. Default 64. */
  factors?: number
  /**
   * How far a step goes: 'sgd', the learning rate times the gradient; 'adagrad' (Duchi et al. 2011) and 'adam' (Kingma and
   * Ba 2015; decays 0.9 and 0.999) give each number a step of its own. Default 'sgd'.
   */
  optimizer?: 'sgd' | 'adagrad' | 'adam'
  /**
   * Samples of a step, whose gradients are averaged, 1 to 2^24: plain steps need as many times the learning rate. Beyond 1,
   * and with 'adagrad' and 'adam', negatives are drawn from the whole catalogue. Default 1 for 'sgd', else 2048.
   */
  batchSize?: number
  /** Step of the gradient descent, 0 to 10. Default 0.001 for 'adam', else 0.05. */
  learningRate?: number
  /**
   * L2 penalty on the factors and item biases of each sample, as often as the batch has them, 0 to 10: sparse logs take
   * more, dense ones less. Default 0.01.
   */
  regularization?: number
  /** Iterations: passes over the log, 1 to 1e6. Default 100 for 'sgd', else 50. */
  iterations?: number
  /**
   * Standard deviation of the initial factors, of a normal distribution, 1e-6 to 100; null: uniform in (-1/2, 1/2) /
   * factors. Default null for 'sgd', else 0.01.
   */
  initialScale?: number | null
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
   * Where `fit` trains; `lockFree`, batches, 'adagrad' and 'adam' run on the CPU only. Default 'cpu'. A GPU works on up to 256 blocks of users and of
   * items at a time where the CPU has 16, so that negatives are sampled from smaller parts of catalogues of 2176 items or
   * more. Everything else runs on the CPU.
   */
  device?: Device
}

const OPTIMIZERS = ['sgd', 'adagrad', 'adam'] as const

const BATCH_SIZE = { sgd: 1, adagrad: 2048, adam: 2048 }

/** Chosen on logs of 0.03 to 17 % density (npm run bench -- gradient-models), and for sgd to meet what is published. */
const DEFAULTS = {
  sgd: { learningRate: 0.05, regularization: 0.01, iterations: 100, initialScale: null },
  adagrad: { learningRate: 0.05, regularization: 0.01, iterations: 50, initialScale: 0.01 },
  adam: { learningRate: 0.001, regularization: 0.01, iterations: 50, initialScale: 0.01 },
}

/**
 * Bayesian personalised ranking (Rendle, Freudenthaler, Gantner, Schmidt-Thieme 2009, "BPR: Bayesian personalized ranking
 * from implicit feedback", section 4): factors and item biases by gradient steps on pairs of a positive item, which the
 * user has with a weight above 0, and a negative item, any other. Weights above 0 all count the same.
 * Each iteration takes every interaction once.
 *
 * With plain steps of one sample, negatives are sampled among a random sixteenth of the items, another in each iteration
 * and for each block of users, so that threads share no factors; catalogues under 2048 items are divided into fewer parts.
 * Batches, Adam and L2 on the samples of the batch are how tensor libraries train BPR, for example that of He et al. 2020
 * ("LightGCN", section 4: Adam, learning rate 0.001, L2 1e-4, factors from a deviation of 0.1).
 *
 * Same seed, same bits for any number of threads, on one instruction set, unless `lockFree`.
 */
export class BayesianPersonalizedRanking extends SgdFactorModel {
  /** @internal */
  static override readonly algorithm = 'BayesianPersonalizedRanking'
  /** @internal */
  static override readonly formerOptions = { optimizer: 'sgd', batchSize: 1, initialScale: null }
  /** The options in force, defaults filled in. */
  readonly options: Readonly<Required<BayesianPersonalizedRankingOptions>>

  /** @throws ERR_VALUE naming the option */
  constructor(options: BayesianPersonalizedRankingOptions = {}) {
    super()
    options = checkOptions('BayesianPersonalizedRanking', options, [
      ...SGD_OPTIONS,
      'optimizer',
      'batchSize',
      'negativeSampling',
      'device',
    ])
    const optimizer = checkOneOf('optimizer', options.optimizer ?? 'sgd', OPTIMIZERS)
    const batchSize = checkInteger('batchSize', options.batchSize ?? BATCH_SIZE[optimizer], { min: 1, max: 1 << 24 })
    if (options.lockFree && (optimizer !== 'sgd' || batchSize !== 1))
      throw new KindredError(
        'ERR_VALUE',
        `lockFree: expected false with optimizer '${optimizer}' and a batchSize of ${batchSize} but received true. Only steps of one sample, optimizer 'sgd' with a batchSize of 1, are taken without locks.`,
      )
    const sampling = options.negativeSampling ?? 'uniform'
    this.options = Object.freeze({
      ...sgdSettings(options, DEFAULTS[optimizer]),
      optimizer,
      batchSize,
      negativeSampling: checkOneOf('negativeSampling', sampling, ['uniform', 'popularity']),
      device: checkDevice(options.device),
    })
  }

  /** @internal */
  protected override get learnsFromWeights(): boolean {
    return false
  }

  /** @internal */
  protected async scaleOf(log: Csr, signal?: AbortSignal): Promise<WeightScale> {
    const { positive } = await scaleOfWeights(log.values!, signal)
    return { ...NO_SCALE, positive }
  }

  /** @internal */
  protected async kernelOptions(
    log: Csr,
    items: number,
    { positive }: WeightScale,
    signal?: AbortSignal,
  ): Promise<SgdKernelOptions> {
    const popularNegatives = this.options.negativeSampling === 'popularity'
    const popularity = popularNegatives ? await itemCounts(log, items, signal) : null
    const { optimizer, batchSize, iterations } = this.options
    const plain = optimizer === 'sgd' && batchSize === 1
    return {
      ...kernelOptions(this.options),
      popularNegatives,
      popularity,
      optimizer,
      batchSize,
      batches: Math.max(1, Math.ceil(positive / batchSize)),
      // A fold-in of batches begins with an optimizer that remembers nothing and needs the epochs of a fit.
      ...(plain ? {} : { epochs: iterations }),
    }
  }

  /** @internal */
  protected override get device(): Device {
    return this.options.device
  }

  /** @internal */
  protected get kernels(): SgdKernels {
    return BPR_KERNELS
  }
}

guardReceivers(BayesianPersonalizedRanking)
