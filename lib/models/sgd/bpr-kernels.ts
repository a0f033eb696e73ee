import type { SgdMoments } from '../../native/addon.js'
import { deviceEpochs } from './bpr-device.js'
import { zeroMoments } from './sgd-factors.js'
import type { SgdKernels } from './sgd-kernels.js'

/** Steps of one sample after another. */
const ONE_AT_A_TIME: SgdKernels['epochs'] = (log, factors, options) => (epoch) => (native, abort) =>
  native.bprEpoch(log, factors, { ...options, epoch }, abort)

/** Steps of batches, whose optimizer remembers from epoch to epoch. */
const BATCHES: SgdKernels['epochs'] = (log, factors, options) => {
  const mean: SgdMoments | null = options.optimizer === 'adam' ? zeroMoments(factors) : null
  const square: SgdMoments | null = options.optimizer === 'sgd' ? null : zeroMoments(factors)
  return (epoch) => (native, abort) => native.bprBatches(log, factors, mean, square, { ...options, epoch }, abort)
}

/** The kernels of Bayesian personalised ranking. */
export const BPR_KERNELS: SgdKernels = {
  epochs: (log, factors, options) =>
    (options.optimizer === 'sgd' && options.batchSize === 1 ? ONE_AT_A_TIME : BATCHES)(log, factors, options),
  foldInUsers: (histories, factors, options) => (native, abort) =>
    native.bprFoldInUsers(histories, factors, options, abort),
  foldInItems: (log, columns, items, factors, options) => (native, abort) =>
    native.bprFoldInItems(log, columns, items, factors, options, abort),
  deviceEpochs,
}
