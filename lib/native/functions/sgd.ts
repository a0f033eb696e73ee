import type { Csr, Matrix } from './matrices.js'
import type { AbortFlag } from './runtime.js'

export type Optimizer = 'sgd' | 'adagrad' | 'adam'

export interface SgdKernelOptions {
  learningRate: number
  regularization: number
  seed: number
  epoch: number
  popularNegatives: boolean
  lockFree: boolean
  /** Of a fold-in. */
  epochs: number
  /** [items] how often each is in the log, for a fold-in with popularNegatives; null: each as likely. */
  popularity: Int32Array | null
  mean: number
  optimizer: Optimizer
  batchSize: number
  /** Of a fold-in of batches: how many an epoch of the fit has. */
  batches: number
}

/** Factors padded with zeros to a multiple of 16 columns, [users, width] and [items, width], and biases. */
export interface SgdModel {
  X: Matrix
  Y: Matrix
  userBias: Float32Array
  itemBias: Float32Array
}

/** What an optimizer remembers of each number of a model without users' biases, zeros at first. */
export type SgdMoments = Omit<SgdModel, 'userBias'>

/** A sum of losses, and of how many. */
export interface SgdLoss {
  total: number
  samples: number
}

/** Factor models trained by stochastic gradient descent. */
export interface SgdFunctions {
  bprEpoch(log: Csr, model: SgdModel, options: SgdKernelOptions, abort?: AbortFlag): Promise<SgdLoss>
  bprBatches(
    log: Csr,
    model: SgdModel,
    mean: SgdMoments | null,
    square: SgdMoments | null,
    options: SgdKernelOptions,
    abort?: AbortFlag,
  ): Promise<SgdLoss>
  bprFoldInUsers(log: Csr, model: SgdModel, options: SgdKernelOptions, abort?: AbortFlag): Promise<SgdLoss>
  bprFoldInItems(
    log: Csr,
    columns: Csr,
    items: Int32Array,
    model: SgdModel,
    options: SgdKernelOptions,
    abort?: AbortFlag,
  ): Promise<SgdLoss>
  ratingEpoch(log: Csr, model: SgdModel, options: SgdKernelOptions, abort?: AbortFlag): Promise<SgdLoss>
  ratingFoldInUsers(log: Csr, model: SgdModel, options: SgdKernelOptions, abort?: AbortFlag): Promise<SgdLoss>
  ratingFoldInItems(
    columns: Csr,
    items: Int32Array,
    model: SgdModel,
    options: SgdKernelOptions,
    abort?: AbortFlag,
  ): Promise<SgdLoss>
}
