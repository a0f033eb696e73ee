import type { Graph, Tensor } from '../../nn/graph/graph.js'
import { dropout, scale } from '../../nn/ops/layers/elementwise.js'
import { gatherRows } from '../../nn/ops/layers/gather.js'
import { linear } from '../../nn/ops/layers/linear.js'
import { gru, lstm } from '../../nn/ops/sequences/recurrent.js'
import type { NetworkWeight, PlacesOfSequences, SequenceNetwork } from './sequence-network.js'

/** What a recurrent network is made of. */
export interface RecurrentNetworkOptions {
  readonly cell: 'gru' | 'lstm'
  readonly dims: number
  readonly layers: number
  /** Of the vectors of items, and of the states of each layer. */
  readonly dropout: number
}

const GATES = { gru: 3, lstm: 4 } as const

/**
 * Recurrent layers of `dims` units over the vectors of items (Hidasi et al. 2016; Hidasi and Karatzoglou 2018), and a linear
 * map of the last states to the space of items.
 */
export class RecurrentNetwork implements SequenceNetwork {
  readonly weights: ReadonlyMap<string, NetworkWeight>
  readonly isMasked = false
  readonly #options: RecurrentNetworkOptions

  constructor(options: RecurrentNetworkOptions) {
    this.#options = options
    const { cell, dims, layers } = options
    const width = GATES[cell] * dims
    const weights = new Map<string, NetworkWeight>()
    for (let layer = 0; layer < layers; layer++) {
      for (const part of ['input', 'hidden'])
        weights.set(`layers.${layer}.${part}.weight`, { shape: [width, dims], begin: 1 / Math.sqrt(dims) })
      for (const part of ['input', 'hidden'])
        weights.set(`layers.${layer}.${part}.bias`, { shape: [width], begin: 'zeros' })
    }
    weights.set('output.weight', { shape: [dims, dims], begin: 1 / Math.sqrt(dims) })
    weights.set('output.bias', { shape: [dims], begin: 'zeros' })
    this.weights = weights
  }

  firstPosition(): number {
    return 0
  }

  states(graph: Graph, x: Tensor, { offsets }: PlacesOfSequences, training: boolean): Tensor {
    return this.#output(graph, this.#layers(graph, x, offsets, training))
  }

  lastState(graph: Graph, x: Tensor, { offsets }: PlacesOfSequences): Tensor {
    const states = this.#layers(graph, x, offsets, false)
    return this.#output(graph, gatherRows(states, graph.input('last', [1], 'i32')))
  }

  #layers(graph: Graph, x: Tensor, offsets: Tensor, training: boolean): Tensor {
    const { cell, dims, layers, dropout: rate } = this.#options
    const dropped = (y: Tensor) => (training ? dropout(y, rate) : y)
    let states = dropped(scale(x, Math.sqrt(dims)))
    for (let layer = 0; layer < layers; layer++) {
      const weight = (part: string) => graph.parameter(`layers.${layer}.${part}`)
      const own = {
        input: weight('input.weight'),
        hidden: weight('hidden.weight'),
        inputBias: weight('input.bias'),
        hiddenBias: weight('hidden.bias'),
      }
      const made = cell === 'gru' ? gru(states, offsets, own) : lstm(states, offsets, own).hidden
      states = dropped(made)
    }
    return states
  }

  #output(graph: Graph, states: Tensor): Tensor {
    const { dims } = this.#options
    const mapped = linear(states, graph.parameter('output.weight'), graph.parameter('output.bias'))
    // Vectors of items begin small; states of the length of normalised ones make logits of the same size.
    return scale(mapped, Math.sqrt(dims))
  }
}
