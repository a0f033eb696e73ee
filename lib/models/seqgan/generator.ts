import type { Random } from '../../data/random.js'
import { Graph, type Tensor } from '../../nn/graph/graph.js'
import { Program } from '../../nn/graph/program.js'
import { gatherRows } from '../../nn/ops/layers/gather.js'
import { linear } from '../../nn/ops/layers/linear.js'
import { logSoftmax } from '../../nn/ops/layers/softmax.js'
import { linearCrossEntropy, sampleLinear } from '../../nn/ops/losses/large-softmax.js'
import { lstm } from '../../nn/ops/sequences/recurrent.js'
import type { Weights } from '../../nn/weights.js'
import { type Given, unitOffsets } from './lists.js'

/** Sizes of a generator. */
export interface GeneratorSizes {
  readonly items: number
  readonly dims: number
  readonly hidden: number
}

/** States and cells of rows [rows, hidden] each. */
export interface States {
  hidden: Float32Array
  cell: Float32Array
}

const TABLE = 'generator.items'
const INPUT = 'generator.lstm.input'
const HIDDEN = 'generator.lstm.hidden'
const BIAS = 'generator.lstm.bias'
const OUT = 'generator.out.weight'
const OUT_BIAS = 'generator.out.bias'

/** Names and shapes of a generator's weights. */
export function generatorShapes({ items, dims, hidden }: GeneratorSizes): Record<string, number[]> {
  return {
    // The last row is of the token before the first item.
    [TABLE]: [items + 1, dims],
    [INPUT]: [4 * hidden, dims],
    [HIDDEN]: [4 * hidden, hidden],
    [BIAS]: [4 * hidden],
    [OUT]: [items, hidden],
    [OUT_BIAS]: [items],
  }
}

/**
 * Vectors of items and products begin with normal numbers of deviation 0.1, biases with 0, as in the authors' code. Larger ones
 * learn sooner and end worse: the states tell sequences apart before anything is learnt of what they share.
 */
export function firstGeneratorWeights(name: string, shape: readonly number[], random: Random): Float32Array {
  const numbers = new Float32Array(shape.reduce((product, side) => product * side, 1))
  if (!name.endsWith('bias')) for (let i = 0; i < numbers.length; i++) numbers[i] = 0.1 * random.normal()
  return numbers
}

/** The LSTM that tells the next item of a sequence (Yu et al. 2017, section "The generative model for sequences"). */
export class Generator {
  readonly sizes: GeneratorSizes
  readonly #weights: Weights
  #states: Program | undefined
  #step: Program | undefined
  #loss: Program | undefined
  #next: Program | undefined

  /** @param weights declared by {@link generatorShapes} */
  constructor(weights: Weights, sizes: GeneratorSizes) {
    this.#weights = weights
    this.sizes = sizes
  }

  get names(): string[] {
    return Object.keys(generatorShapes(this.sizes))
  }

  /** The token before the first item. */
  get start(): number {
    return this.sizes.items
  }

  /**
   * Records the mean of minus the logarithm of the items' probabilities.
   * @param weighs whether each is multiplied by the input 'factors': minus the policy gradient's objective
   * @param withGradient whether the graph is one that trains
   */
  record(graph: Graph, weighs: boolean, withGradient = true): Tensor {
    const states = this.#read(graph).hidden
    const [tokens] = states.shape
    const labels = graph.input('labels', [tokens!], 'i32')
    const excluded = graph.input('excluded', [tokens!, graph.dim('excluded')], 'i32')
    const factors = weighs ? graph.input('factors', [tokens!]) : undefined
    const options = { excluded, factors, withGradient }
    return linearCrossEntropy(states, graph.parameter(OUT), graph.parameter(OUT_BIAS), labels, options)
  }

  /** The states and cells after some tokens of sequences. @param places rows of tokens */
  async states({ inputs, sizes }: Given, places: Int32Array, signal?: AbortSignal): Promise<States> {
    this.#states ??= this.#program((graph) => {
      const { hidden, cell } = this.#read(graph)
      const rows = graph.input('places', [graph.dim('places')], 'i32')
      return [gatherRows(hidden, rows), gatherRows(cell, rows)]
    })
    const shape = { ...sizes, places: places.length }
    const [hidden, cell] = await this.#states.run({ ...inputs, places }, shape, { signal })
    return { hidden: hidden as Float32Array, cell: cell as Float32Array }
  }

  /**
   * An item for each row, drawn by its state, and the states after it.
   * @param excluded [rows, width] what rows cannot get, -1 for none
   * @param seed two integers
   */
  async step(
    { hidden, cell }: States,
    excluded: Int32Array,
    seed: Int32Array,
    signal?: AbortSignal,
  ): Promise<States & { items: Int32Array }> {
    const size = this.sizes.hidden
    this.#step ??= this.#program((graph) => {
      const rows = graph.dim('rows')
      const [initial, initialCell] = [graph.input('hidden', [rows, size]), graph.input('cell', [rows, size])]
      const taken = graph.input('excluded', [rows, graph.dim('excluded')], 'i32')
      const bias = graph.parameter(OUT_BIAS)
      const items = sampleLinear(initial, graph.parameter(OUT), { bias, excluded: taken })
      const offsets = graph.input('offsets', [{ ...rows, plus: 1 }], 'i32')
      const after = this.#lstm(graph, items, offsets, { initial, initialCell })
      return [items, after.hidden, after.cell]
    })
    const rows = hidden.length / size
    const inputs = { hidden, cell, excluded, offsets: unitOffsets(rows), seed }
    const made = await this.#step.run(inputs, { rows, excluded: excluded.length / rows }, { signal })
    return { items: made[0] as Int32Array, hidden: made[1] as Float32Array, cell: made[2] as Float32Array }
  }

  /** The mean of minus the logarithm of the items' probabilities. */
  async loss({ inputs, sizes }: Given, signal?: AbortSignal): Promise<number> {
    this.#loss ??= this.#program((graph) => [this.record(graph, false, false)])
    const [loss] = await this.#loss.run(inputs, sizes, { signal })
    return loss![0]!
  }

  /** The logarithm of each item's probability after some tokens of sequences [places, items]. */
  async next({ inputs, sizes }: Given, places: Int32Array, signal?: AbortSignal): Promise<Float32Array> {
    this.#next ??= this.#program((graph) => {
      const rows = graph.input('places', [graph.dim('places')], 'i32')
      const states = gatherRows(this.#read(graph).hidden, rows)
      return [logSoftmax(linear(states, graph.parameter(OUT), graph.parameter(OUT_BIAS)))]
    })
    const [logs] = await this.#next.run({ ...inputs, places }, { ...sizes, places: places.length }, { signal })
    return logs as Float32Array
  }

  #program(record: (graph: Graph) => Tensor[]): Program {
    const graph = new Graph(this.#weights)
    return new Program(graph, record(graph))
  }

  /** The states after the tokens of the inputs 'ids' and 'offsets'. */
  #read(graph: Graph) {
    const ids = graph.input('ids', [graph.dim('tokens')], 'i32')
    return this.#lstm(graph, ids, graph.input('offsets', [{ ...graph.dim('sequences'), plus: 1 }], 'i32'), {})
  }

  #lstm(graph: Graph, ids: Tensor, offsets: Tensor, begin: { initial?: Tensor; initialCell?: Tensor }) {
    const weights = {
      input: graph.parameter(INPUT),
      hidden: graph.parameter(HIDDEN),
      inputBias: graph.parameter(BIAS),
    }
    return lstm(gatherRows(graph.parameter(TABLE), ids), offsets, weights, begin)
  }
}
