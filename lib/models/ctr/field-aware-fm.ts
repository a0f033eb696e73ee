import { guardReceivers } from '../../native/guard-receivers.js'
import { add } from '../../nn/ops/layers/elementwise.js'
import type { ClickNetwork } from './network/fitted-network.js'
import { fieldAwareProducts } from './network/interactions.js'
import { NetworkClickModel } from './network/network-click-model.js'
import {
  type ClickNetworkSettings,
  checkDims,
  clickNetworkOptions,
  type EmbeddingOptions,
} from './network/network-options.js'

/** Options of {@link FieldAwareFM}; `dims`, of the embedding that a field keeps for each other field, is 4 by default. */
export type FieldAwareFMOptions = EmbeddingOptions

/**
 * A factorization machine in which every field keeps an embedding for each other field (Juan et al. 2016, "Field-aware Factorization
 * Machines for CTR Prediction"). Its tables are as many times as large as there are fields.
 */
export class FieldAwareFM extends NetworkClickModel {
  /** @internal */
  static override readonly algorithm = 'FieldAwareFM'
  /** The options in force, defaults filled in. */
  override readonly options: Readonly<FieldAwareFMOptions & ClickNetworkSettings & Required<Pick<EmbeddingOptions, 'dims'>>>

  /** @throws ERR_VALUE for an illegal option */
  constructor(options: FieldAwareFMOptions = {}) {
    super()
    const own = clickNetworkOptions('FieldAwareFM', options, ['dims'], 1e-5)
    this.options = Object.freeze({ ...own, dims: checkDims(own.dims, 4) })
  }

  /** @internal */
  protected override network(): ClickNetwork {
    const { dims } = this.options
    return (graph) => {
      const { fields } = graph.encoder
      if (fields === 1) return graph.firstOrder()
      return add(graph.firstOrder(), fieldAwareProducts(graph.embeddings('embedding', fields * dims), fields))
    }
  }
}

guardReceivers(FieldAwareFM)
