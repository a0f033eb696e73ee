import { guardReceivers } from '../../native/guard-receivers.js'
import { add } from '../../nn/ops/layers/elementwise.js'
import type { ClickNetwork } from './network/fitted-network.js'
import { pairProducts } from './network/interactions.js'
import { NetworkClickModel } from './network/network-click-model.js'
import {
  type ClickNetworkSettings,
  checkDeep,
  checkDims,
  clickNetworkOptions,
  type DeepOptions,
} from './network/network-options.js'

const USUAL = { hidden: [256, 256], dropout: 0.2, batchNorm: false }

/** Options of {@link DeepFM}; defaults are `dims` 10, `hidden` [256, 256], `dropout` 0.2 and no `batchNorm`. */
export type DeepFMOptions = DeepOptions

/** A factorization machine and a deep network over the same embeddings (Guo et al. 2017, "DeepFM"). */
export class DeepFM extends NetworkClickModel {
  /** @internal */
  static override readonly algorithm = 'DeepFM'
  /** The options in force, defaults filled in. */
  override readonly options: Readonly<
    Required<Pick<DeepOptions, 'dims' | 'hidden' | 'dropout' | 'batchNorm'>> & ClickNetworkSettings
  >

  /** @throws ERR_VALUE for an illegal option */
  constructor(options: DeepFMOptions = {}) {
    super()
    const own = clickNetworkOptions('DeepFM', options, ['dims', 'hidden', 'dropout', 'batchNorm'], 1e-5)
    this.options = Object.freeze({ ...own, dims: checkDims(own.dims, 10), ...checkDeep(own, USUAL) })
  }

  /** @internal */
  protected override network(): ClickNetwork {
    const { dims, hidden, dropout, batchNorm } = this.options
    return (graph) => {
      const x = graph.embeddings('embedding', dims)
      const deep = graph.perceptron('deep', x, { units: hidden, dropout, batchNorm })
      return add(graph.firstOrder(), pairProducts(x, graph.encoder.fields), graph.output('output', deep))
    }
  }
}

guardReceivers(DeepFM)
