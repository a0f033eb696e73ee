import type { Random } from '../../data/random.js'
import type { Dim } from '../../nn/graph/dim.js'
import type { Graph, Tensor } from '../../nn/graph/graph.js'

/** A weight of a network, and what it begins with: ones, zeros, or normal numbers of this standard deviation. */
export interface NetworkWeight {
  readonly shape: readonly number[]
  readonly begin: 'ones' | 'zeros' | number
}

/** Sequences of a run, which lie end to end. */
export interface PlacesOfSequences {
  /** i32 [tokens] the place of each in its sequence */
  readonly positions: Tensor
  /** i32 [sequences + 1] where each begins */
  readonly offsets: Tensor
  readonly tokens: Dim
  readonly sequences: Dim
}

/** What makes states of the vectors of sequences' items. */
export interface SequenceNetwork {
  /** Names and shapes of its weights. */
  readonly weights: ReadonlyMap<string, NetworkWeight>
  /** Whether states know of the items that follow, and the last token is one for the item to be told. */
  readonly isMasked: boolean
  /** The position of the first of so many tokens; those that follow have the next ones. */
  firstPosition(tokens: number): number
  /**
   * @param x [tokens, dims] vectors of items
   * @param training whether numbers fall away
   * @returns [tokens, dims] what is compared with vectors of items
   */
  states(graph: Graph, x: Tensor, places: PlacesOfSequences, training: boolean): Tensor
  /**
   * The state after the last token of a single sequence, in fewer operations.
   * @param x [tokens, dims]
   * @returns [1, dims]
   */
  lastState(graph: Graph, x: Tensor, places: PlacesOfSequences): Tensor
}

/** The tensors of sequences as inputs of a graph. */
export function placesOfSequences(graph: Graph): PlacesOfSequences {
  const [tokens, sequences] = [graph.dim('tokens'), graph.dim('sequences')]
  return {
    positions: graph.input('positions', [tokens], 'i32'),
    offsets: graph.input('offsets', [{ ...sequences, plus: 1 }], 'i32'),
    tokens,
    sequences,
  }
}

/** The numbers that a weight begins with. */
export function beginOf({ shape, begin }: NetworkWeight, random: Random): Float32Array {
  const numbers = new Float32Array(shape.reduce((product, side) => product * side, 1))
  if (begin === 'ones') numbers.fill(1)
  else if (begin !== 'zeros') for (let i = 0; i < numbers.length; i++) numbers[i] = begin * random.normal()
  return numbers
}
