import { checkBoolean, checkInteger } from '../../native/argument-checks.js'
import { KindredError } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import type { Tensor } from '../../nn/graph/graph.js'
import { multiply } from '../../nn/ops/layers/arithmetic.js'
import { activation, add, scale } from '../../nn/ops/layers/elementwise.js'
import { linear } from '../../nn/ops/layers/linear.js'
import { rowDots } from '../../nn/ops/layers/vectors.js'
import type { ClickGraph } from './network/click-graph.js'
import type { ClickNetwork } from './network/fitted-network.js'
import { equalParts } from './network/interactions.js'
import { NetworkClickModel } from './network/network-click-model.js'
import {
  type ClickNetworkSettings,
  checkDeep,
  checkDims,
  checkUnits,
  clickNetworkOptions,
  DEEP,
  type DeepOptions,
} from './network/network-options.js'

/** Options of {@link FinalMLP}. */
export interface FinalMLPOptions extends DeepOptions {
  /** Outputs of the layers of the second stream. Default as `hidden`. */
  secondHidden?: readonly number[]
  /** Parts of the streams' outputs that are fused on their own, a divisor of both. Default 2. */
  heads?: number
  /** Whether each stream weighs the embeddings by gates of its own first. Default true. */
  featureSelection?: boolean
}

/**
 * Two deep networks over the embeddings, each through gates of its own, and the bilinear fusion of their outputs (Mao et al. 2023,
 * "FinalMLP: An Enhanced Two-Stream MLP Model for CTR Prediction"). The gates' context is learnt, one for all rows.
 */
export class FinalMLP extends NetworkClickModel {
  /** @internal */
  static override readonly algorithm = 'FinalMLP'
  /** The options in force, defaults filled in. */
  override readonly options: Readonly<
    Required<
      Pick<FinalMLPOptions, 'dims' | 'hidden' | 'secondHidden' | 'dropout' | 'batchNorm' | 'heads' | 'featureSelection'>
    > &
      ClickNetworkSettings
  >

  /** @throws ERR_VALUE for an illegal option */
  constructor(options: FinalMLPOptions = {}) {
    super()
    const names = ['dims', 'hidden', 'secondHidden', 'dropout', 'batchNorm', 'heads', 'featureSelection']
    const own = clickNetworkOptions('FinalMLP', options, names, { ...DEEP, l2: 1e-4 })
    const deep = checkDeep(own)
    const secondHidden = checkUnits('secondHidden', own.secondHidden, deep.hidden)
    const heads = checkInteger('heads', own.heads ?? 2, { min: 1, max: 1024 })
    for (const last of [deep.hidden.at(-1)!, secondHidden.at(-1)!])
      if (last % heads !== 0)
        throw new KindredError(
          'ERR_VALUE',
          `heads: expected a divisor of the last layers' outputs, ${last}, but received ${heads}.`,
        )
    const featureSelection = checkBoolean('featureSelection', own.featureSelection ?? true)
    this.options = Object.freeze({
      ...own,
      dims: checkDims(own.dims, 10),
      ...deep,
      secondHidden,
      heads,
      featureSelection,
    })
  }

  /** @internal */
  protected override network(): ClickNetwork {
    const { dims, hidden, secondHidden, dropout, batchNorm, heads, featureSelection } = this.options
    return (graph) => {
      const x = graph.embeddings('embedding', dims)
      const stream = (name: string, units: readonly number[]) =>
        graph.perceptron(name, featureSelection ? gated(graph, `${name}.gate`, x) : x, { units, dropout, batchNorm })
      return fused(graph, stream('first', hidden), stream('second', secondHidden), heads)
    }
  }
}

/** Each number of the embeddings times a gate from 0 to 2 (section 3.2). @param x [rows, width] */
function gated(graph: ClickGraph, name: string, x: Tensor): Tensor {
  const gate = activation(graph.weight(`${name}.bias`, [x.fixed(1)], 'zeros'), 'sigmoid')
  return multiply(x, scale(gate, 2))
}

/** The sum of a linear map of both streams, and of bilinear forms of their heads (section 3.3). @returns [rows] */
function fused(graph: ClickGraph, a: Tensor, b: Tensor, heads: number): Tensor {
  const [ofA, ofB] = [equalParts(a, heads), equalParts(b, heads)]
  const terms = [graph.output('output.first', a), graph.output('output.second', b)]
  for (let head = 0; head < heads; head++) {
    const weights = graph.weight(`fusion.${head}.weight`, [ofA[head]!.fixed(1), ofB[head]!.fixed(1)], 'glorot')
    terms.push(rowDots(linear(ofB[head]!, weights), ofA[head]!))
  }
  return add(...terms)
}

guardReceivers(FinalMLP)
