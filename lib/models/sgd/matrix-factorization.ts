import type { AbortFlag, Addon, Csr, SgdKernelOptions } from '../../native/addon.js'
import { checkBoolean, checkInteger, checkNumber, checkOptions } from '../../native/check.js'
import type { SavedModel } from '../base/model-file.js'
import { SgdFactorModel } from './sgd-factor-model.js'
import { kernelOptions, type SgdFactors, type SgdSettings } from './sgd-factors.js'

export interface MatrixFactorizationOptions {
  /** Length of the vectors, 1 to 4096. Default 64. */
  factors?: number
  /** Step of the gradient descent. Default 0.01. */
  learningRate?: number
  /** L2 penalty on factors and biases, at each step. Default 0.05. */
  regularization?: number
  /** Epochs: passes over the log. Default 30. */
  iterations?: number
  /** Start of the factors, and the order of the steps. An integer from 0. Default 0. */
  seed?: number
  /**
   * Hogwild (Niu et al. 2011): threads do not wait for each other and may overwrite each other's steps, so that two fits
   * differ. Worth a try with far more than 16 threads. Default false: same seed, same bits for any number of threads.
   */
  lockFree?: boolean
}

const LEGAL = ['factors', 'learningRate', 'regularization', 'iterations', 'seed', 'lockFree']

/**
 * Matrix factorisation of ratings with biases (Koren, Bell, Volinsky 2009, "Matrix factorization techniques for
 * recommender systems", equations 4 and 5): the weights of the log are ratings, and `score` predicts them, mean + bias of
 * the user + bias of the item + dot product. By gradient steps on the squared error, conflict-free over blocks (Gemulla
 * et al. 2011). For lists from clicks or purchases, models of implicit feedback do better.
 *
 * Same seed, same bits for any number of threads, on one instruction set, unless `lockFree`.
 */
export class MatrixFactorization extends SgdFactorModel<SgdSettings> {
  /** @throws ERR_VALUE naming the option */
  constructor(options: MatrixFactorizationOptions = {}) {
    checkOptions('MatrixFactorization', options, LEGAL)
    super({
      factors: checkInteger('factors', options.factors ?? 64, { min: 1, max: 4096 }),
      learningRate: checkNumber('learningRate', options.learningRate ?? 0.01, { min: 0, max: 10 }),
      regularization: checkNumber('regularization', options.regularization ?? 0.05, { min: 0, max: 10 }),
      iterations: checkInteger('iterations', options.iterations ?? 30, { min: 1, max: 1e6 }),
      seed: checkInteger('seed', options.seed ?? 0, { min: 0 }),
      lockFree: checkBoolean('lockFree', options.lockFree ?? false),
    })
  }

  save(dir: string): Promise<void> {
    return this.saveAs('MatrixFactorization', dir)
  }

  /** @internal */
  static async restore(saved: SavedModel): Promise<MatrixFactorization> {
    const model = new MatrixFactorization(saved.options as MatrixFactorizationOptions)
    await model.restoreFrom(saved)
    return model
  }

  protected meanOf(log: Csr): number {
    let total = 0
    for (const weight of log.values!) total += weight
    return total / Math.max(1, log.values!.length)
  }

  protected async kernelOptions(_log: Csr, _items: number, mean: number) {
    return { ...kernelOptions(this.options), mean }
  }

  protected epoch(log: Csr, factors: SgdFactors, options: SgdKernelOptions) {
    return (native: Addon, abort: AbortFlag | undefined) => native.ratingEpoch(log, factors, options, abort)
  }

  protected foldInUsers(histories: Csr, factors: SgdFactors, options: SgdKernelOptions) {
    return (native: Addon, abort: AbortFlag | undefined) => native.ratingFoldInUsers(histories, factors, options, abort)
  }

  protected foldInItems(_log: Csr, columns: Csr, items: Int32Array, factors: SgdFactors, options: SgdKernelOptions) {
    return (native: Addon, abort: AbortFlag | undefined) =>
      native.ratingFoldInItems(columns, items, factors, options, abort)
  }
}
