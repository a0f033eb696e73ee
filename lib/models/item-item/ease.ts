import { Matrix } from '../../data/matrix.js'
import type { Csr } from '../../native/addon.js'
import { checkInteger, checkNumber, checkOptions } from '../../native/argument-checks.js'
import { checkDevice, type Device, onDevice } from '../../native/device.js'
import { KindredError } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { nativeCall } from '../../native/native-call.js'
import type { FittedLog } from '../base/fitted-log.js'
import { orderedLog } from '../base/ordered-log.js'
import type { FitOptions } from '../base/recommend-options.js'
import { checkBytes } from './dense-limits.js'
import { invertGram } from './invert-gram.js'
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
 * Costs items^3 operations and 4 * items^2 bytes: 20,000 items take 1.6 GB. The inverse is in single precision, and is
 * multiplied back to see that it is one: a regularization too small for that is refused with ERR_NOT_POSITIVE_DEFINITE.
 * Same bits for any number of threads.
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
    options = checkOptions('EASE', options, ['regularization', 'maxBytes', 'device'])
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

  /** @internal */
  protected async learn(log: FittedLog, _byItem: () => Promise<Csr>, options: FitOptions): Promise<ItemWeightState> {
    const { signal, onProgress } = options
    const items = log.items.size
    checkBytes('EASE', items, this.options.maxBytes)
    const ordered = await orderedLog(log, signal)
    const { byUser } = ordered
    const byItem = await ordered.byItem()
    const weights = new Matrix(items, items)
    const { device, regularization } = this.options
    const fillGram = () =>
      nativeCall(signal, (native, abort) => native.regularizedGram(byUser, byItem, regularization, weights, abort))
    await onDevice(
      device,
      signal,
      async () => {
        await fillGram()
        await nativeCall(signal, (native, abort) => native.deviceInvert(weights, abort))
        onProgress?.({ done: items, total: items })
      },
      async () => {
        await fillGram()
        await invertGram(weights, options)
      },
    )
    const error = await nativeCall(signal, (native, abort) =>
      native.inverseError(byUser, regularization, weights, abort),
    )
    if (!(error <= LARGEST_ERROR))
      throw new KindredError(
        'ERR_NOT_POSITIVE_DEFINITE',
        `EASE: in single precision the inverse has an error of ${error.toPrecision(2)}, more than ${LARGEST_ERROR}. Increase the regularization parameter.`,
      )
    await nativeCall(signal, (native, abort) => native.easeWeights(weights, abort))
    return { log, weights: await ordered.denseWeightsBack(weights) }
  }
}

guardReceivers(EASE)
