import { guardReceivers } from '../../native/guard-receivers.js'
import { add } from '../../nn/ops/layers/elementwise.js'
import type { ClickNetwork } from './network/fitted-network.js'
import { NetworkClickModel } from './network/network-click-model.js'
import {
  type ClickNetworkSettings,
  checkDeep,
  checkDims,
  clickNetworkOptions,
  DEEP,
  type DeepOptions,
} from './network/network-options.js'

/** Options of {@link WideAndDeep}. */
export type WideAndDeepOptions = DeepOptions

/** Logistic regression beside a deep network over the embeddings (Cheng et al. 2016, "Wide & Deep Learning for Recommender Systems"). */
export class WideAndDeep extends NetworkClickModel {
  /** @internal */
  static override readonly algorithm = 'WideAndDeep'
  /** The options in force, defaults filled in. */
  override readonly options: Readonly<
    Required<Pick<DeepOptions, 'dims' | 'hidden' | 'dropout' | 'batchNorm'>> & ClickNetworkSettings
  >

  /** @throws ERR_VALUE for an illegal option */
  constructor(options: WideAndDeepOptions = {}) {
    super()
    const own = clickNetworkOptions('WideAndDeep', options, ['dims', 'hidden', 'dropout', 'batchNorm'], DEEP)
    this.options = Object.freeze({ ...own, dims: checkDims(own.dims, 10), ...checkDeep(own) })
  }

  /** @internal */
  protected override network(): ClickNetwork {
    const { dims, hidden, dropout, batchNorm } = this.options
    return (graph) => {
      const deep = graph.perceptron('deep', graph.embeddings('embedding', dims), { units: hidden, dropout, batchNorm })
      return add(graph.firstOrder(), graph.output('output', deep))
    }
  }
}

guardReceivers(WideAndDeep)
