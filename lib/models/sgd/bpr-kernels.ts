import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr, SgdMoments } from '../../native/addon.js'
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

/** The entries of weight above 0, which are all that a fit sees: others may be drawn as negatives. */
async function liked(log: Csr): Promise<Csr> {
  const { rows, values } = log
  if (!values!.some((weight) => !(weight > 0))) return log
  const indptr = new Int32Array(rows + 1)
  const indices = new Int32Array(log.indices.length)
  const weights = new Float32Array(log.indices.length)
  await new LoopYielder().over(rows, 1 << 8, (begin, end) => {
    for (let row = begin; row < end; row++) {
      let at = indptr[row]!
      for (let n = log.indptr[row]!; n < log.indptr[row + 1]!; n++) {
        if (!(values![n]! > 0)) continue
        indices[at] = log.indices[n]!
        weights[at++] = values![n]!
      }
      indptr[row + 1] = at
    }
  })
  const count = indptr[rows]!
  return { ...log, indptr, indices: indices.subarray(0, count), values: weights.subarray(0, count) }
}

/** The kernels of Bayesian personalised ranking. */
export const BPR_KERNELS: SgdKernels = {
  epochs: (log, factors, options) =>
    (options.optimizer === 'sgd' && options.batchSize === 1 ? ONE_AT_A_TIME : BATCHES)(log, factors, options),
  foldInUsers: (histories, factors, options) => (native, abort) =>
    native.bprFoldInUsers(histories, factors, options, abort),
  foldInItems: (log, columns, items, factors, options) => async (native, abort) =>
    native.bprFoldInItems(await liked(log), await liked(columns), items, factors, options, abort),
  deviceEpochs,
}
