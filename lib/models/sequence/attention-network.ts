import type { Graph, Tensor } from '../../nn/graph/graph.js'
import { activation, add, dropout, scale } from '../../nn/ops/layers/elementwise.js'
import { gatherRows } from '../../nn/ops/layers/gather.js'
import { layerNorm } from '../../nn/ops/layers/layer-norm.js'
import { linear } from '../../nn/ops/layers/linear.js'
import { matmul } from '../../nn/ops/layers/matrices.js'
import { concatColumns, splitColumns } from '../../nn/ops/layers/parts.js'
import { softmax } from '../../nn/ops/layers/softmax.js'
import { attention } from '../../nn/ops/sequences/attention.js'
import type { NetworkWeight, PlacesOfSequences, SequenceNetwork } from './sequence-network.js'

/** What a network of self-attention is made of. */
export interface AttentionNetworkOptions {
  readonly dims: number
  readonly layers: number
  readonly heads: number
  /** Width of the two-layer network behind each attention. */
  readonly feedForward: number
  readonly maxLength: number
  readonly dropout: number
  readonly activation: 'relu' | 'gelu'
  /** Whether a token sees those before it alone; else the last one stands for the item to be told. */
  readonly causal: boolean
}

const EPSILON = 1e-6

/** Numbers of vectors and positions at the beginning, as BERT has them. */
export const SMALL = 0.02

/**
 * Layers of self-attention over learnt positions, each x + attention(norm(x)), then x + feedForward(norm(x)), and a
 * normalisation of the last: the layers of SASRec (Kang and McAuley 2018, section III) with normalisations before what they
 * belong to (Xiong et al. 2020), as its authors' code has them.
 */
export class AttentionNetwork implements SequenceNetwork {
  readonly weights: ReadonlyMap<string, NetworkWeight>
  readonly isMasked: boolean
  readonly #options: AttentionNetworkOptions

  constructor(options: AttentionNetworkOptions) {
    this.#options = options
    this.isMasked = !options.causal
    const { dims, layers, feedForward, maxLength, causal } = options
    const weights = new Map<string, NetworkWeight>()
    weights.set('positions', { shape: [maxLength + (causal ? 0 : 1), dims], begin: SMALL })
    if (!causal) weights.set('mask', { shape: [1, dims], begin: SMALL })
    const declareLinear = (name: string, outputs: number, inputs: number, factor = 1) => {
      weights.set(`${name}.weight`, { shape: [outputs, inputs], begin: factor / Math.sqrt(inputs) })
      weights.set(`${name}.bias`, { shape: [outputs], begin: 'zeros' })
    }
    const declareNorm = (name: string) => {
      weights.set(`${name}.weight`, { shape: [dims], begin: 'ones' })
      weights.set(`${name}.bias`, { shape: [dims], begin: 'zeros' })
    }
    // What is added to the residual stream begins smaller, the more layers add to it (GPT-2).
    const added = 1 / Math.sqrt(2 * layers)
    for (let layer = 0; layer < layers; layer++) {
      declareNorm(`layers.${layer}.attention.LayerNorm`)
      for (const part of ['query', 'key', 'value']) declareLinear(`layers.${layer}.${part}`, dims, dims)
      declareLinear(`layers.${layer}.output`, dims, dims, added)
      declareNorm(`layers.${layer}.feedForward.LayerNorm`)
      declareLinear(`layers.${layer}.inner`, feedForward, dims)
      declareLinear(`layers.${layer}.outer`, dims, feedForward, added)
    }
    declareNorm('LayerNorm')
    this.weights = weights
  }

  /** Of those that see what precedes them alone, from 0; of others, whose last is told, so that the last is always the same. */
  firstPosition(tokens: number): number {
    return this.isMasked ? this.#options.maxLength + 1 - tokens : 0
  }

  states(graph: Graph, x: Tensor, places: PlacesOfSequences, training: boolean): Tensor {
    const { layers } = this.#options
    let states = this.#begin(graph, x, places, training)
    for (let layer = 0; layer < layers; layer++) states = this.#layer(graph, states, places, layer, training)
    return norm(graph, states, 'LayerNorm')
  }

  lastState(graph: Graph, x: Tensor, places: PlacesOfSequences): Tensor {
    const { layers, heads, dims } = this.#options
    let states = this.#begin(graph, x, places, false)
    for (let layer = 0; layer < layers - 1; layer++) states = this.#layer(graph, states, places, layer, false)
    const name = `layers.${layers - 1}`
    const last = graph.input('last', [1], 'i32')
    const normal = norm(graph, states, `${name}.attention.LayerNorm`)
    const slices = Array.from({ length: heads }, () => dims / heads)
    const query = splitColumns(of(graph, gatherRows(normal, last), `${name}.query`), slices)
    const key = splitColumns(of(graph, normal, `${name}.key`), slices)
    const value = splitColumns(of(graph, normal, `${name}.value`), slices)
    const mixed = query.map((own, head) => {
      const scores = scale(matmul(own, key[head]!, { transposeB: true }), 1 / Math.sqrt(dims / heads))
      return matmul(softmax(scores), value[head]!)
    })
    const attended = add(gatherRows(states, last), of(graph, concatColumns(mixed), `${name}.output`))
    return norm(graph, this.#feedForward(graph, attended, name, false), 'LayerNorm')
  }

  #begin(graph: Graph, x: Tensor, { positions }: PlacesOfSequences, training: boolean): Tensor {
    const { dims } = this.#options
    const placed = add(scale(x, Math.sqrt(dims)), gatherRows(graph.parameter('positions'), positions))
    return this.#dropped(placed, training)
  }

  #dropped(x: Tensor, training: boolean): Tensor {
    return training ? dropout(x, this.#options.dropout) : x
  }

  #layer(graph: Graph, x: Tensor, { offsets }: PlacesOfSequences, layer: number, training: boolean): Tensor {
    const { heads, causal, dropout: rate } = this.#options
    const name = `layers.${layer}`
    const normal = norm(graph, x, `${name}.attention.LayerNorm`)
    const [query, key, value] = ['query', 'key', 'value'].map((part) => of(graph, normal, `${name}.${part}`))
    const mixed = attention(query!, key!, value!, offsets, { heads, causal, dropout: training ? rate : 0 })
    const attended = add(x, this.#dropped(of(graph, mixed, `${name}.output`), training))
    return this.#feedForward(graph, attended, name, training)
  }

  #feedForward(graph: Graph, x: Tensor, name: string, training: boolean): Tensor {
    const normal = norm(graph, x, `${name}.feedForward.LayerNorm`)
    const inner = activation(of(graph, normal, `${name}.inner`), this.#options.activation)
    const outer = of(graph, this.#dropped(inner, training), `${name}.outer`)
    return add(x, this.#dropped(outer, training))
  }
}

function of(graph: Graph, x: Tensor, name: string): Tensor {
  return linear(x, graph.parameter(`${name}.weight`), graph.parameter(`${name}.bias`))
}

function norm(graph: Graph, x: Tensor, name: string): Tensor {
  return layerNorm(x, graph.parameter(`${name}.weight`), graph.parameter(`${name}.bias`), EPSILON)
}
