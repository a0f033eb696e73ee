import type { WalkKernelOptions } from '../../native/addon.js'
import { checkNumber, checkOptions } from '../../native/argument-checks.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { RandomWalkModel, type RandomWalkOptions, walkSettings } from './random-walk-model.js'

/** Options of RP3beta; `normalize` is true by default. */
export interface RP3betaOptions extends RandomWalkOptions {
  /** Weights are divided by the number of users of the item reached to this power, at least 0. Default 0.5. */
  beta?: number
}

/**
 * {@link P3alpha} with its weights divided by the popularity of the item reached (Paudel, Christoffel, Newell, Bernstein
 * 2017, "Updatable, accurate, diverse, and scalable recommendations for interactive applications", section 4.2; in the
 * recipe of Ferrari Dacrema, Cremonesi, Jannach 2019, "Are we really making much progress?").
 *
 * {@link update} learns all weights anew, which costs what `fit` does. Same bits for any number of threads.
 */
export class RP3beta extends RandomWalkModel {
  /** @internal */
  static override readonly algorithm = 'RP3beta'
  /** The options in force, defaults filled in. */
  readonly options: Readonly<Required<RP3betaOptions>>

  /** @throws ERR_VALUE naming the option */
  constructor(options: RP3betaOptions = {}) {
    super()
    options = checkOptions('RP3beta', options, ['alpha', 'beta', 'neighbors', 'normalize'])
    const beta = checkNumber('beta', options.beta ?? 0.5, { min: 0 })
    this.options = Object.freeze({ ...walkSettings(options, true), beta })
  }

  /** @internal */
  protected get kernelOptions(): WalkKernelOptions {
    return this.options
  }
}

guardReceivers(RP3beta)
