import type { WalkKernelOptions } from '../../native/addon.js'
import { checkOptions } from '../../native/argument-checks.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { RandomWalkModel, type RandomWalkOptions, walkSettings } from './random-walk-model.js'

/** Options of P3alpha; `normalize` is false by default. */
export interface P3alphaOptions extends RandomWalkOptions {}

/**
 * Random walks of three steps from a user to an item of theirs, to another user of it, to an item of that user (Cooper,
 * Lee, Radinsky, Siantos 2014, "Random walks in recommender systems: exact computation and simulations", section 4;
 * in the recipe of Ferrari Dacrema, Cremonesi, Jannach 2019, "Are we really making much progress?"). The last two steps
 * give item-item weights: sum over users of (1 / users of i)^alpha (weight / sum of the user's weights)^alpha. A user's
 * scores are their row of the log times those. Interactions of weight 0 or less are left out.
 *
 * {@link update} learns all weights anew, which costs what `fit` does. Same bits for any number of threads.
 */
export class P3alpha extends RandomWalkModel {
  /** @internal */
  static override readonly algorithm = 'P3alpha'
  /** The options in force, defaults filled in. */
  readonly options: Readonly<Required<P3alphaOptions>>

  /** @throws ERR_VALUE naming the option */
  constructor(options: P3alphaOptions = {}) {
    super()
    options = checkOptions('P3alpha', options, ['alpha', 'neighbors', 'normalize'])
    this.options = Object.freeze(walkSettings(options, false))
  }

  /** @internal */
  protected get kernelOptions(): WalkKernelOptions {
    return { ...this.options, beta: 0 }
  }
}

guardReceivers(P3alpha)
