import { guardReceivers } from '../../native/guard-receivers.js'
import { add } from '../../nn/ops/layers/elementwise.js'
import type { ClickNetwork } from './network/fitted-network.js'
import { pairProducts } from './network/interactions.js'
import { NetworkClickModel } from './network/network-click-model.js'
import {
  type ClickNetworkSettings,
  checkDims,
  clickNetworkOptions,
  type EmbeddingOptions,
} from './network/network-options.js'

/** Options of {@link FactorizationMachine}; `dims` is 10 by default. */
export type FactorizationMachineOptions = EmbeddingOptions

/** Logistic regression, and the dot products of the embeddings of all pairs of fields (Rendle 2010, "Factorization Machines"). */
export class FactorizationMachine extends NetworkClickModel {
  /** @internal */
  static override readonly algorithm = 'FactorizationMachine'
  /** The options in force, defaults filled in. */
  override readonly options: Readonly<FactorizationMachineOptions & ClickNetworkSettings & Required<Pick<EmbeddingOptions, 'dims'>>>

  /** @throws ERR_VALUE for an illegal option */
  constructor(options: FactorizationMachineOptions = {}) {
    super()
    const own = clickNetworkOptions('FactorizationMachine', options, ['dims'], 1e-5)
    this.options = Object.freeze({ ...own, dims: checkDims(own.dims, 10) })
  }

  /** @internal */
  protected override network(): ClickNetwork {
    const { dims } = this.options
    return (graph) => add(graph.firstOrder(), pairProducts(graph.embeddings('embedding', dims), graph.encoder.fields))
  }
}

guardReceivers(FactorizationMachine)
