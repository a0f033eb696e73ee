import type { Csr, Matrix } from './matrices.js'
import type { AbortFlag } from './runtime.js'

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
}

/** Factors padded with zeros to a multiple of 16 columns, [users, width] and [items, width], and biases. */
export interface SgdModel {
  X: Matrix
  Y: Matrix
  userBias: Float32Array
  itemBias: Float32Array
}

/** A sum of losses, and of how many. */
export interface SgdLoss {
  total: number
  samples: number
}

/** Factor models trained by stochastic gradient descent. */
export interface SgdFunctions {
  bprEpoch(log: Csr, model: SgdModel, options: SgdKernelOptions, abort?: AbortFlag): Promise<SgdLoss>
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
