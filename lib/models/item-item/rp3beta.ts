import type { Csr } from '../../native/addon.js'
import { checkBoolean, checkInteger, checkNumber, checkOptions } from '../../native/check.js'
import { nativeCall } from '../../native/native-call.js'
import type { SavedModel } from '../base/model-file.js'
import type { FitOptions } from '../base/recommender.js'
import { ItemWeightModel, type ItemWeights } from './item-weight-model.js'

export interface RP3betaOptions {
  /** Exponent of the transition probabilities, at least 0: above 1, likely steps count for more. Default 1. */
  alpha?: number
  /** Weights are divided by the number of users of the item reached to this power, at least 0. Default 0.5. */
  beta?: number
  /** Weights kept for each item walked from, and then for each item reached, at least 1. Default 100. */
  neighbors?: number
  /** Scale the weights kept for an item walked from so that they sum to 1. Default true. */
  normalize?: boolean
}

/**
 * {@link P3alpha} with its weights divided by the popularity of the item reached (Paudel, Christoffel, Newell, Bernstein
 * 2017, "Updatable, accurate, diverse, and scalable recommendations for interactive applications", section 4.2; in the
 * recipe of Ferrari Dacrema, Cremonesi, Jannach 2019, "Are we really making much progress?").
 *
 * {@link update} learns all weights anew, which costs what `fit` does. Same bits for any number of threads.
 */
export class RP3beta extends ItemWeightModel {
  /** The options in force, defaults filled in. */
  readonly options: Readonly<Required<RP3betaOptions>>

  /** @throws ERR_VALUE naming the option */
  constructor(options: RP3betaOptions = {}) {
    super('RP3beta')
    checkOptions('RP3beta', options, ['alpha', 'beta', 'neighbors', 'normalize'])
    this.options = Object.freeze({
      alpha: checkNumber('alpha', options.alpha ?? 1, { min: 0 }),
      beta: checkNumber('beta', options.beta ?? 0.5, { min: 0 }),
      neighbors: checkInteger('neighbors', options.neighbors ?? 100, { min: 1, max: 2 ** 31 - 1 }),
      normalize: checkBoolean('normalize', options.normalize ?? true),
    })
  }

  /** @internal */
  static restore(saved: SavedModel): Promise<RP3beta> {
    return new RP3beta(saved.options as RP3betaOptions).restoreState(saved)
  }

  protected async learn(byUser: Csr, byItem: Csr, { signal, onProgress }: FitOptions): Promise<Csr> {
    const { options } = this
    const weights = await nativeCall(signal, (native, abort) => native.walkWeights(byUser, byItem, options, abort))
    onProgress?.({ done: 1, total: 1 })
    return weights
  }

  protected override updated(seen: Csr, options: { signal?: AbortSignal }): Promise<ItemWeights> {
    return this.relearned(seen, options)
  }
}
