import { checkInteger, checkOneOf } from '../../native/argument-checks.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { concatColumns } from '../../nn/ops/layers/parts.js'
import type { ClickNetwork } from './network/fitted-network.js'
import { crossLayers } from './network/interactions.js'
import { NetworkClickModel } from './network/network-click-model.js'
import {
  type ClickNetworkSettings,
  checkDeep,
  checkDims,
  clickNetworkOptions,
  DEEP,
  type DeepOptions,
} from './network/network-options.js'

/** Options of {@link DCNv2}. */
export interface DCNv2Options extends DeepOptions {
  /** Cross layers. Default 3. */
  crossLayers?: number
  /** Whether the deep network is beside the cross layers, or takes what they give. Default 'parallel'. */
  structure?: 'parallel' | 'stacked'
}

/**
 * Cross layers, each of which multiplies the embeddings with a linear map of what the one before it made of them, and a deep
 * network (Wang et al. 2021, "DCN V2: Improved Deep & Cross Network and Practical Lessons for Web-scale Learning to Rank Systems").
 */
export class DCNv2 extends NetworkClickModel {
  /** @internal */
  static override readonly algorithm = 'DCNv2'
  /** The options in force, defaults filled in. */
  override readonly options: Readonly<
    Required<Pick<DCNv2Options, 'dims' | 'hidden' | 'dropout' | 'batchNorm' | 'crossLayers' | 'structure'>> &
      ClickNetworkSettings
  >

  /** @throws ERR_VALUE for an illegal option */
  constructor(options: DCNv2Options = {}) {
    super()
    const names = ['dims', 'hidden', 'dropout', 'batchNorm', 'crossLayers', 'structure']
    const own = clickNetworkOptions('DCNv2', options, names, { ...DEEP, l2: 1e-4 })
    this.options = Object.freeze({
      ...own,
      dims: checkDims(own.dims, 10),
      ...checkDeep(own),
      crossLayers: checkInteger('crossLayers', own.crossLayers ?? 3, { min: 1, max: 64 }),
      structure: checkOneOf('structure', own.structure ?? 'parallel', ['parallel', 'stacked']),
    })
  }

  /** @internal */
  protected override network(): ClickNetwork {
    const { dims, hidden, dropout, batchNorm, crossLayers: layers, structure } = this.options
    const deep = { units: hidden, dropout, batchNorm }
    return (graph) => {
      const x = graph.embeddings('embedding', dims)
      const crossed = crossLayers(graph, x, layers)
      if (structure === 'stacked') return graph.output('output', graph.perceptron('deep', crossed, deep))
      return graph.output('output', concatColumns([crossed, graph.perceptron('deep', x, deep)]))
    }
  }
}

guardReceivers(DCNv2)
