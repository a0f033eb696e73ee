import type { AbortFlag, Addon, Csr, SgdKernelOptions, SgdLoss } from '../../native/addon.js'
import type { SgdFactors } from './sgd-factors.js'

/** One native call over a log: an epoch of a fit, or all epochs of a fold-in. */
export type SgdKernel = (native: Addon, abort: AbortFlag | undefined) => Promise<SgdLoss>

/** Where the epochs of a fit run. */
export interface SgdEpochs {
  /** One pass over the log, the `epoch`-th, counted from 1. */
  epoch(epoch: number): Promise<SgdLoss>
  /** Copies the factors back to where they were given. */
  fetch(): Promise<void>
  dispose(): void
}

/** The kernels of a model. */
export interface SgdKernels {
  /** The epochs of a fit, one after another, on the CPU. */
  epochs(log: Csr, factors: SgdFactors, options: SgdKernelOptions): (epoch: number) => SgdKernel
  foldInUsers(histories: Csr, factors: SgdFactors, options: SgdKernelOptions): SgdKernel
  /** @param columns [items.length, users] the entries of `items` */
  foldInItems(log: Csr, columns: Csr, items: Int32Array, factors: SgdFactors, options: SgdKernelOptions): SgdKernel
  /** {@link epochs} on the GPU, for models that have it. */
  deviceEpochs?(log: Csr, factors: SgdFactors, options: SgdKernelOptions, signal?: AbortSignal): Promise<SgdEpochs>
}
