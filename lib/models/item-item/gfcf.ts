import { Matrix } from '../../data/matrix.js'
import { truncatedSvd } from '../../features/reduce/singular-subspace.js'
import type { Csr } from '../../native/addon.js'
import { checkInteger, checkNumber, checkOptions } from '../../native/argument-checks.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { nativeCall } from '../../native/native-call.js'
import type { FittedLog } from '../base/fitted-log.js'
import { type OrderedLog, orderedLog, reordered } from '../base/ordered-log.js'
import type { FitOptions } from '../base/recommend-options.js'
import { transpose } from '../base/sparse-products.js'
import { GraphFilter } from './graph-filter.js'
import { ItemWeightModel, type ItemWeightState } from './item-weight-model.js'

/** Options of {@link GFCF}. */
export interface GFCFOptions {
  /** Eigenvectors that the low-pass filter lets through, 1 to 4096. Default 256. */
  factors?: number
  /** Weight of the low-pass filter beside the linear filter, at least 0. Default 0.3. */
  alpha?: number
  /** Iterations of the randomised SVD that computes the eigenvectors, at least 1. Default 10. */
  iterations?: number
  /** Seed of the randomised SVD, an integer from 0. Default 0. */
  seed?: number
  /**
   * Most bytes of the weights as one matrix, 4 * items^2. A larger catalogue keeps their factors apart: 16 bytes a row of the
   * log and 8 * items * factors, for the same scores, each in several times the time. Default 1 GiB, 16,384 items.
   */
  maxBytes?: number
}

/**
 * Graph filters in closed form (Shen, Wu, Zhang, Shan, Zhang, Letaief, Li 2021, "How powerful is graph convolution for
 * recommendation?", section 4.3): with R = D_U^-1/2 X D_I^-1/2 and V its `factors` largest right singular vectors, a
 * user's scores are their row of the log times R'R + alpha D_I^-1/2 V V' D_I^1/2, a linear filter and an ideal low-pass
 * filter over the graph of items. Interactions of weight 0 or less are left out.
 *
 * {@link update} adds interactions to the log and keeps the weights: users are
 * scored from their whole history, items added since have no weights and score 0 until the next fit. Same seed, same bits for
 * any number of threads, on one instruction set.
 */
export class GFCF extends ItemWeightModel {
  /** @internal */
  static override readonly algorithm = 'GFCF'
  /** The options in force, defaults filled in. */
  readonly options: Readonly<Required<GFCFOptions>>

  /** @throws ERR_VALUE naming the option */
  constructor(options: GFCFOptions = {}) {
    super()
    options = checkOptions('GFCF', options, ['factors', 'alpha', 'iterations', 'seed', 'maxBytes'])
    this.options = Object.freeze({
      factors: checkInteger('factors', options.factors ?? 256, { min: 1, max: 4096 }),
      alpha: checkNumber('alpha', options.alpha ?? 0.3, { min: 0 }),
      iterations: checkInteger('iterations', options.iterations ?? 10, { min: 1 }),
      seed: checkInteger('seed', options.seed ?? 0, { min: 0 }),
      maxBytes: checkInteger('maxBytes', options.maxBytes ?? 2 ** 30, { min: 0 }),
    })
  }

  /** @internal */
  protected async learn(log: FittedLog, _byItem: () => Promise<Csr>, options: FitOptions): Promise<ItemWeightState> {
    const { signal } = options
    const items = log.items.size
    const ordered = await orderedLog(log, signal)
    const R = await nativeCall(signal, (native, abort) => native.normalizeLog(ordered.byUser, abort))
    const byItem = await transpose(R.byUser, signal)
    const { vectors } = await truncatedSvd(R.byUser, byItem, this.options, options)
    if (4 * items ** 2 > this.options.maxBytes)
      return { log, weights: await this.#factored(ordered, R, vectors, signal) }
    const weights = new Matrix(items, items)
    await nativeCall(signal, (native, abort) => native.regularizedGram(R.byUser, byItem, 0, weights, abort))
    await nativeCall(signal, (native, abort) =>
      native.graphFilter(weights, vectors, R.itemDegrees, this.options.alpha, abort),
    )
    return { log, weights: await ordered.denseWeightsBack(weights) }
  }

  async #factored(
    ordered: OrderedLog,
    R: { byUser: Csr; itemDegrees: Float32Array },
    vectors: Matrix,
    signal: AbortSignal | undefined,
  ): Promise<GraphFilter> {
    const { rows, cols } = vectors
    const { left, right } = await nativeCall(signal, (native, abort) => native.lowPass(vectors, R.itemDegrees, abort))
    return GraphFilter.create(
      await reordered(R.byUser, null, ordered.items, signal),
      await ordered.itemsBack(new Matrix(rows, cols, left)),
      await ordered.itemsBack(new Matrix(rows, cols, right)),
      this.options.alpha,
      signal,
    )
  }
}

guardReceivers(GFCF)
