import { guardReceivers } from '../../native/guard-receivers.js'
import type { ClickNetwork } from './network/fitted-network.js'
import { NetworkClickModel } from './network/network-click-model.js'
import {
  type ClickNetworkOptions,
  type ClickNetworkSettings,
  clickNetworkOptions,
  SHALLOW,
} from './network/network-options.js'

/** Options of {@link LogisticRegression}. */
export type LogisticRegressionOptions = ClickNetworkOptions

/**
 * Logistic regression: a bias and a number for each category, for each unit of a number, and for each place of a vector, added up
 * (McMahan et al. 2013, "Ad Click Prediction: a View from the Trenches").
 */
export class LogisticRegression extends NetworkClickModel {
  /** @internal */
  static override readonly algorithm = 'LogisticRegression'
  /** The options in force, defaults filled in. */
  override readonly options: Readonly<LogisticRegressionOptions & ClickNetworkSettings>

  /** @throws ERR_VALUE for an illegal option */
  constructor(options: LogisticRegressionOptions = {}) {
    super()
    this.options = Object.freeze(clickNetworkOptions('LogisticRegression', options, [], { ...SHALLOW, l2: 0 }))
  }

  /** @internal */
  protected override network(): ClickNetwork {
    return (graph) => graph.firstOrder()
  }
}

guardReceivers(LogisticRegression)
