import { Matrix } from '../../data/matrix.js'
import type { Csr } from '../../native/addon.js'
import { checkInteger, checkNumber, checkOptions } from '../../native/check.js'
import { checkDevice, type Device, onDevice } from '../../native/device.js'
import { KindredError } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'
import type { FittedLog } from '../base/fitted-log.js'
import type { FitOptions } from '../base/recommend-options.js'
import { checkBytes } from './dense-limits.js'
import { isNotPositiveDefinite, STRASSEN_FROM, sweep } from './invert-gram.js'
import { ItemWeightModel, type ItemWeightState } from './item-weight-model.js'

/** Options of {@link EASE}. */
export interface EASEOptions {
  /** L2 penalty on the weights, above 0; the more interactions an item has, the larger it should be. Default 500. */
  regularization?: number
  /** Most bytes of the weights, 4 * items^2; beyond it `fit` throws ERR_TOO_LARGE before any work. Default 4 GiB. */
  maxBytes?: number
  /** Where the Gram matrix is inverted; default 'cpu'. */
  device?: Device
}

/** Of the inverse, relative: MovieLens-1M has 6e-6 at the regularization that ranks it best, 1e-3 at 1. */
const LARGEST_ERROR = 0.01

/**
 * A linear autoencoder in closed form (Steck 2019, "Embarrassingly shallow autoencoders for sparse data"): with
 * P = (X'X + regularization I)^-1, the weights are B[i][j] = -P[i][j] / P[j][j] and 0 on the diagonal (equation 8), and
 * a user's scores are their row of the log, with its weights, times B. There is nothing to iterate and no seed.
 *
 * Costs items^3 operations and 4 * items^2 bytes: 20,000 items take 1.6 GB. From 10,240 items on, a step of Strassen 1969
 * saves an eighth of the operations for another 18 KiB an item. The inverse is in single precision, and is multiplied
 * back to see that it is one: if it is not, it is computed again without Strassen, and a regularization too small even
 * for that is refused with ERR_NOT_POSITIVE_DEFINITE. Same bits for any number of threads.
 *
 * {@link similarItems} ranks by an item's row of B: what an interaction with it adds to each other item's score. {@link update}
 * adds interactions to the log and keeps B: users are scored from their whole history, items added since have no weights
 * and score 0 until the next fit. {@link explain} lists what each item of the history adds to a score.
 */
export class EASE extends ItemWeightModel {
  /** @internal */
  static override readonly algorithm = 'EASE'
  /** The options in force, defaults filled in. */
  readonly options: Readonly<Required<EASEOptions>>

  /** @throws ERR_VALUE naming the option */
  constructor(options: EASEOptions = {}) {
    super()
    checkOptions('EASE', options, ['regularization', 'maxBytes', 'device'])
    this.options = Object.freeze({
      regularization: checkNumber('regularization', options.regularization ?? 500, { min: Number.MIN_VALUE }),
      maxBytes: checkInteger('maxBytes', options.maxBytes ?? 2 ** 32, { min: 0 }),
      device: checkDevice(options.device),
    })
  }

  /** The item-item weights B [items, items], rows by the item of the user's history. @throws ERR_NOT_FITTED */
  get itemWeights(): Matrix {
    this.fitted()
    return this.state!.weights as Matrix
  }

  #fillGram(byUser: Csr, byItem: Csr, gram: Matrix, signal?: AbortSignal): Promise<void> {
    const { regularization } = this.options
    return nativeCall(signal, (native, abort) => native.regularizedGram(byUser, byItem, regularization, gram, abort))
  }

  #error(byUser: Csr, swept: Matrix, signal?: AbortSignal): Promise<number> {
    const { regularization } = this.options
    return nativeCall(signal, (native, abort) => native.inverseError(byUser, regularization, swept, abort))
  }

  /** Minus the inverse of the Gram matrix; resolves to its error. */
  async #invert(byUser: Csr, byItem: Csr, gram: Matrix, { signal, onProgress }: FitOptions): Promise<number> {
    const attempt = async (strassen: boolean, report: FitOptions['onProgress']) => {
      await this.#fillGram(byUser, byItem, gram, signal)
      await sweep(gram, { strassen, signal, onProgress: report })
      return this.#error(byUser, gram, signal)
    }
    if (gram.rows < STRASSEN_FROM) return attempt(false, onProgress)
    const error = await attempt(true, onProgress).catch((failure) => {
      if (isNotPositiveDefinite(failure)) return Number.POSITIVE_INFINITY
      throw failure
    })
    return error <= LARGEST_ERROR ? error : attempt(false, undefined)
  }

  /** @internal */
  protected async learn(log: FittedLog, byItem: () => Promise<Csr>, options: FitOptions): Promise<ItemWeightState> {
    const { signal, onProgress } = options
    const byUser = log.seen
    const items = log.items.size
    checkBytes('EASE', items, this.options.maxBytes)
    const transposed = await byItem()
    const weights = new Matrix(items, items)
    const error = await onDevice(
      this.options.device,
      signal,
      async () => {
        await this.#fillGram(byUser, transposed, weights, signal)
        await nativeCall(signal, (native, abort) => native.deviceSweep(weights, abort))
        onProgress?.({ done: items, total: items })
        return this.#error(byUser, weights, signal)
      },
      () => this.#invert(byUser, transposed, weights, options),
    )
    if (!(error <= LARGEST_ERROR))
      throw new KindredError(
        'ERR_NOT_POSITIVE_DEFINITE',
        `EASE: in single precision the inverse has an error of ${error.toPrecision(2)}, more than ${LARGEST_ERROR}. Increase the regularization parameter.`,
      )
    await nativeCall(signal, (native, abort) => native.easeWeights(weights, abort))
    return { log, weights }
  }
}
