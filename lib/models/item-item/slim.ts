import { concatRows } from '../../data/csr.js'
import type { Tensor } from '../../data/storage/safetensors.js'
import { vectorTensor } from '../../data/storage/saved-tensors.js'
import type { Csr, SlimGram } from '../../native/addon.js'
import { checkInteger, checkNumber, checkOptions } from '../../native/argument-checks.js'
import { KindredError } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { nativeCall } from '../../native/native-call.js'
import type { Evidence } from '../base/evidence.js'
import type { FittedLog } from '../base/fitted-log.js'
import type { SavedModel } from '../base/model-file.js'
import { orderedLog } from '../base/ordered-log.js'
import type { FitOptions } from '../base/recommend-options.js'
import { transpose } from '../base/sparse-products.js'
import { allocated } from './dense-limits.js'
import { ItemWeightModel, type ItemWeightState } from './item-weight-model.js'

/** Options of {@link SLIM}. */
export interface SLIMOptions {
  /** Strength of both penalties, at least 0. Default 0.1. */
  alpha?: number
  /** Share of the L1 penalty, which makes weights 0, from 0 to 1; the rest is L2. Default 0.01. */
  l1Ratio?: number
  /** Weights kept for each item, the largest, at least 1. Default 100. */
  neighbors?: number
  /**
   * Most sweeps over an item's weights once all that can be above 0 are known, at least 1; {@link SLIM.notConverged}
   * counts items that needed more. Default 100.
   */
  iterations?: number
  /** The sweeps of an item end once none changed a weight by more than this share of the largest, at least 0. Default 1e-4. */
  tolerance?: number
  /**
   * Most bytes of the Gram matrix, 16 for each pair of items that some user had both of; beyond it `fit` throws
   * ERR_TOO_LARGE before it solves anything. Default 4 GiB.
   */
  maxBytes?: number
}

/** Items solved in one native call, after which progress is reported; more where that would be too many calls. */
const ITEMS_AT_ONCE = 256
/** Each takes O(items) beside what it solves. */
const MOST_CALLS = 256

interface SlimState extends ItemWeightState {
  notConverged: number
}

/**
 * Sparse linear item-item weights (Ning, Karypis 2011, "SLIM: sparse linear methods for top-N recommender systems"):
 * each item's column x_j of the log X is an elastic net over the other items' columns. The weights are the w >= 0 that
 * minimise |x_j - X w|^2 / (2 users) + alpha l1Ratio |w|_1 + alpha (1 - l1Ratio) |w|^2 / 2, the objective of
 * scikit-learn's ElasticNet, by coordinate descent over those items that can have a weight (Friedman, Hastie,
 * Tibshirani 2010); the largest `neighbors` are kept. A user's scores are their row of the log times the weights.
 *
 * The work grows with the pairs of items that users share and with the weights, not with items^3. {@link update} adds
 * interactions to the log and keeps the weights: users are scored from their whole history, items added since have no
 * weights and score 0 until the next fit. Same bits for any number of threads, on one instruction set.
 */
export class SLIM extends ItemWeightModel {
  /** @internal */
  static override readonly algorithm = 'SLIM'
  /** The options in force, defaults filled in. */
  readonly options: Readonly<Required<SLIMOptions>>
  /** @internal */
  declare protected state: SlimState | undefined

  /** @throws ERR_VALUE naming the option */
  constructor(options: SLIMOptions = {}) {
    super()
    options = checkOptions('SLIM', options, ['alpha', 'l1Ratio', 'neighbors', 'iterations', 'tolerance', 'maxBytes'])
    this.options = Object.freeze({
      alpha: checkNumber('alpha', options.alpha ?? 0.1, { min: 0 }),
      l1Ratio: checkNumber('l1Ratio', options.l1Ratio ?? 0.01, { min: 0, max: 1 }),
      neighbors: checkInteger('neighbors', options.neighbors ?? 100, { min: 1, max: 2 ** 31 - 1 }),
      iterations: checkInteger('iterations', options.iterations ?? 100, { min: 1, max: 2 ** 31 - 1 }),
      tolerance: checkNumber('tolerance', options.tolerance ?? 1e-4, { min: 0 }),
      maxBytes: checkInteger('maxBytes', options.maxBytes ?? 2 ** 32, { min: 0 }),
    })
  }

  /** Items whose weights still changed when the sweeps of the last fit ended. @throws ERR_NOT_FITTED */
  get notConverged(): number {
    this.fitted()
    return this.state!.notConverged
  }

  /** @internal */
  protected override get evidence(): Evidence {
    return 'positive'
  }

  /** @internal The tensor "unsettled" keeps the name that it has in folders of earlier releases. */
  protected override tensors(): Record<string, Tensor> {
    return { ...super.tensors(), unsettled: vectorTensor(Int32Array.of(this.notConverged)) }
  }

  /** @internal */
  protected override async restored(saved: SavedModel): Promise<SlimState> {
    const [notConverged] = saved.tensors.vector('unsettled', Int32Array, 1)
    return { ...(await super.restored(saved)), notConverged: notConverged! }
  }

  /** @internal */
  protected async learn(log: FittedLog, _byItem: () => Promise<Csr>, options: FitOptions): Promise<SlimState> {
    const { signal, onProgress } = options
    const items = log.items.size
    const { alpha, l1Ratio, neighbors, iterations, tolerance, maxBytes } = this.options
    const ordered = await orderedLog(log, signal)
    const { byUser } = ordered
    const gram = await gramOf(byUser, await ordered.byItem(), maxBytes, signal)
    const l1 = alpha * l1Ratio * byUser.rows
    const l2 = alpha * (1 - l1Ratio) * byUser.rows
    const kernel = { l1, l2, neighbors, iterations, tolerance }
    const parts: Csr[] = []
    let notConverged = 0
    const atOnce = Math.max(ITEMS_AT_ONCE, Math.ceil(items / MOST_CALLS))
    for (let begin = 0; begin < items; begin += atOnce) {
      const end = Math.min(begin + atOnce, items)
      const part = await nativeCall(signal, (native, abort) => native.slimWeights(gram, begin, end, kernel, abort))
      parts.push(part.lists)
      notConverged += part.notConverged
      onProgress?.({ done: end, total: items })
    }
    const weights = await transpose(concatRows(parts, items), signal)
    return { log, weights: await ordered.weightsBack(weights), notConverged }
  }
}

guardReceivers(SLIM)

/** Bytes of a place in a row of the Gram matrix; a pair has two of them. */
const BYTES_OF_PLACE = 8

/** @throws ERR_TOO_LARGE beyond maxBytes */
async function gramOf(byUser: Csr, byItem: Csr, maxBytes: number, signal?: AbortSignal): Promise<SlimGram> {
  const begins = await nativeCall(signal, (native, abort) => native.slimGramBegins(byUser, byItem, abort))
  const places = begins[byItem.rows]!
  if (BYTES_OF_PLACE * places > maxBytes)
    throw new KindredError(
      'ERR_TOO_LARGE',
      `SLIM: ${places / 2} pairs of items that share a user take ${BYTES_OF_PLACE * places} bytes, more than maxBytes, ${maxBytes}. Keep fewer items (minItemInteractions), or raise maxBytes.`,
    )
  const gram: SlimGram = {
    begins,
    indices: allocated(() => new Int32Array(places)),
    values: allocated(() => new Float32Array(places)),
    diagonal: new Float32Array(byItem.rows),
  }
  await nativeCall(signal, (native, abort) => native.slimGram(byUser, byItem, gram, abort))
  return gram
}
