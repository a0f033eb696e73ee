import { guardReceivers } from '../../../native/guard-receivers.js'
import { FTRLClickModel } from './ftrl-click-model.js'
import { type FTRLOptions, type FTRLSettings, ftrlOptions } from './ftrl-options.js'

/**
 * Logistic regression that learns from one row after another, by FTRL-Proximal (McMahan et al. 2013, "Ad Click Prediction: a View
 * from the Trenches", algorithm 1): each weight has a step of its own, which shrinks with the squares of its gradients, and an L1
 * penalty keeps weights at exactly 0 for which there is little evidence.
 *
 * `update` is one pass over new rows, in their order, on one thread; the next `predict` knows them. Categories may be new: each has
 * its weight at a place that a hash gives. Numbers are standardised by the mean and the deviation of the `fit`.
 */
export class FTRLLogisticRegression extends FTRLClickModel {
  /** @internal */
  static override readonly algorithm = 'FTRLLogisticRegression'
  /** The options in force, defaults filled in. */
  override readonly options: Readonly<FTRLSettings>

  /** @throws ERR_VALUE naming the option */
  constructor(options: FTRLOptions = {}) {
    super()
    this.options = Object.freeze(ftrlOptions('FTRLLogisticRegression', options, []))
  }
}

guardReceivers(FTRLLogisticRegression)
