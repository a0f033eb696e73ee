import type { Csr } from '../../native/addon.js'
import { checkBoolean, checkInteger, checkNumber, checkOptions } from '../../native/check.js'
import { nativeCall } from '../../native/native-call.js'
import type { SavedModel } from '../base/model-file.js'
import type { FitOptions } from '../base/recommender.js'
import { ItemWeightModel, type ItemWeights } from './item-weight-model.js'

export interface P3alphaOptions {
  /** Exponent of the transition probabilities, at least 0: above 1, likely steps count for more. Default 1. */
  alpha?: number
  /** Weights kept for each item walked from, and then for each item reached, at least 1. Default 100. */
  neighbors?: number
  /** Scale the weights kept for an item walked from so that they sum to 1. Default false. */
  normalize?: boolean
}

/**
 * Random walks of three steps from a user to an item of theirs, to another user of it, to an item of that user (Cooper,
 * Lee, Radinsky, Siantos 2014, "Random walks in recommender systems: exact computation and simulations", section 4;
 * in the recipe of Ferrari Dacrema, Cremonesi, Jannach 2019, "Are we really making much progress?"). The last two steps
 * give item-item weights: sum over users of (1 / users of i)^alpha (weight / sum of the user's weights)^alpha. A user's
 * scores are their row of the log times those. An interaction of weight 0 or less leads nowhere.
 *
 * {@link update} learns all weights anew, which costs what `fit` does. Same bits for any number of threads.
 */
export class P3alpha extends ItemWeightModel {
  /** The options in force, defaults filled in. */
  readonly options: Readonly<Required<P3alphaOptions>>

  /** @throws ERR_VALUE naming the option */
  constructor(options: P3alphaOptions = {}) {
    super('P3alpha')
    checkOptions('P3alpha', options, ['alpha', 'neighbors', 'normalize'])
    this.options = Object.freeze({
      alpha: checkNumber('alpha', options.alpha ?? 1, { min: 0 }),
      neighbors: checkInteger('neighbors', options.neighbors ?? 100, { min: 1, max: 2 ** 31 - 1 }),
      normalize: checkBoolean('normalize', options.normalize ?? false),
    })
  }

  /** @internal */
  static restore(saved: SavedModel): Promise<P3alpha> {
    return new P3alpha(saved.options as P3alphaOptions).restoreState(saved)
  }

  protected async learn(byUser: Csr, byItem: Csr, { signal, onProgress }: FitOptions): Promise<Csr> {
    const options = { ...this.options, beta: 0 }
    const weights = await nativeCall(signal, (native, abort) => native.walkWeights(byUser, byItem, options, abort))
    onProgress?.({ done: 1, total: 1 })
    return weights
  }

  protected override updated(seen: Csr, options: { signal?: AbortSignal }): Promise<ItemWeights> {
    return this.relearned(seen, options)
  }
}
