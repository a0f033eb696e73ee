import type { Csr, WalkKernelOptions } from '../../native/addon.js'
import { checkBoolean, checkInteger, checkNumber } from '../../native/argument-checks.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { nativeCall } from '../../native/native-call.js'
import type { Evidence } from '../base/evidence.js'
import type { FittedLog } from '../base/fitted-log.js'
import type { LogUpdate } from '../base/merge-log.js'
import { orderedLog } from '../base/ordered-log.js'
import type { FitOptions, UpdateOptions } from '../base/recommend-options.js'
import { transpose } from '../base/sparse-products.js'
import { ItemWeightModel, type ItemWeightState } from './item-weight-model.js'

/** Options of P3alpha and RP3beta. */
export interface RandomWalkOptions {
  /** Exponent of the transition probabilities, at least 0: above 1, likely steps count for more. Default 1. */
  alpha?: number
  /** Weights kept for each item that a walk starts from, and then for each item reached, at least 1. Default 500. */
  neighbors?: number
  /**
   * Scale the weights kept for an item that a walk starts from so that they sum to 1. Default: false of P3alpha, true of
   * RP3beta.
   */
  normalize?: boolean
}

/** Checks the options and fills in the defaults. @throws ERR_VALUE */
export function walkSettings(options: RandomWalkOptions, normalize: boolean): Required<RandomWalkOptions> {
  return {
    alpha: checkNumber('alpha', options.alpha ?? 1, { min: 0 }),
    neighbors: checkInteger('neighbors', options.neighbors ?? 500, { min: 1, max: 2 ** 31 - 1 }),
    normalize: checkBoolean('normalize', options.normalize ?? normalize),
  }
}

/** What P3alpha and RP3beta share: item-item weights from random walks, learned anew by {@link update}. */
export abstract class RandomWalkModel extends ItemWeightModel {
  /** @internal */
  protected abstract readonly kernelOptions: WalkKernelOptions

  /** @internal */
  protected override get evidence(): Evidence {
    return 'positive'
  }

  /** @internal */
  protected async learn(
    log: FittedLog,
    _byItem: () => Promise<Csr>,
    { signal, onProgress }: FitOptions,
  ): Promise<ItemWeightState> {
    const ordered = await orderedLog(log, signal)
    const byItem = await ordered.byItem()
    const weights = await nativeCall(signal, (native, abort) =>
      native.walkWeights(ordered.byUser, byItem, this.kernelOptions, abort),
    )
    const state = { log, weights: await ordered.weightsBack(weights) }
    onProgress?.({ done: 1, total: 1 })
    return state
  }

  /** @internal */
  protected override learnUpdate({ log }: LogUpdate, options: UpdateOptions): Promise<ItemWeightState> {
    return this.learn(log, () => transpose(log.seen, options.signal), options)
  }
}

guardReceivers(RandomWalkModel)
