import type { Random } from '../../data/random.js'
import { Graph, type Tensor } from '../../nn/graph/graph.js'
import { Program } from '../../nn/graph/program.js'
import { multiply, subtract, total } from '../../nn/ops/layers/arithmetic.js'
import { activation, add, dropout, scale } from '../../nn/ops/layers/elementwise.js'
import { gatherRows } from '../../nn/ops/layers/gather.js'
import { linear } from '../../nn/ops/layers/linear.js'
import { concatColumns } from '../../nn/ops/layers/parts.js'
import { binaryCrossEntropy } from '../../nn/ops/losses/losses.js'
import { sequenceConvolution } from '../../nn/ops/sequences/convolution.js'
import { sequenceMax } from '../../nn/ops/sequences/sequences.js'
import type { Weights } from '../../nn/weights.js'
import { joined } from './lists.js'

/** Sizes of a discriminator. */
export interface DiscriminatorSizes {
  readonly items: number
  readonly dims: number
  readonly widths: number
  readonly filters: number
}

const TABLE = 'discriminator.items'
const GATE = 'discriminator.highway.gate'
const HIGHWAY = 'discriminator.highway.linear'
const OUT = 'discriminator.out'

/** The gate of the highway begins almost shut, as in the authors' code. */
const GATE_BIAS = -2

/** Sequences that are judged in one run. */
const AT_ONCE = 2048

const widthsOf = ({ widths }: DiscriminatorSizes) => Array.from({ length: widths }, (_, n) => n + 1)
const convolution = (width: number) => `discriminator.convolutions.${width}`

/** Names and shapes of a discriminator's weights. */
export function discriminatorShapes(sizes: DiscriminatorSizes): Record<string, number[]> {
  const { items, dims, filters, widths } = sizes
  const features = filters * widths
  const shapes: Record<string, number[]> = { [TABLE]: [items, dims] }
  for (const width of widthsOf(sizes)) {
    shapes[`${convolution(width)}.weight`] = [filters, dims * width]
    shapes[`${convolution(width)}.bias`] = [filters]
  }
  for (const name of [GATE, HIGHWAY]) {
    shapes[`${name}.weight`] = [features, features]
    shapes[`${name}.bias`] = [features]
  }
  shapes[`${OUT}.weight`] = [1, features]
  shapes[`${OUT}.bias`] = [1]
  return shapes
}

/**
 * Normal numbers of deviation 1 for the vectors of items and 0.1 for products, biases 0.1, those of the highway's gate -2: as in
 * the authors' code, whose vectors are uniform in [-1, 1].
 */
export function firstDiscriminatorWeights(name: string, shape: readonly number[], random: Random): Float32Array {
  const numbers = new Float32Array(shape.reduce((product, side) => product * side, 1))
  if (name === `${GATE}.bias`) return numbers.fill(GATE_BIAS)
  if (name.endsWith('bias')) return numbers.fill(0.1)
  const deviation = name === TABLE ? 1 : 0.1
  for (let i = 0; i < numbers.length; i++) numbers[i] = deviation * random.normal()
  return numbers
}

/**
 * Tells lists of users from those of a generator: convolutions of several widths over the items' vectors, their greatest
 * numbers over the list, a highway layer (Srivastava et al. 2015), and a logistic regression (Yu et al. 2017, section "The
 * discriminative model for sequences"; Kim 2014).
 */
export class Discriminator {
  readonly sizes: DiscriminatorSizes
  readonly #weights: Weights
  #score: Program | undefined

  /** @param weights declared by {@link discriminatorShapes} */
  constructor(weights: Weights, sizes: DiscriminatorSizes) {
    this.#weights = weights
    this.sizes = sizes
  }

  get names(): string[] {
    return Object.keys(discriminatorShapes(this.sizes))
  }

  /** Records the cross-entropy with the input 'targets', 1 of true lists; and what is made less, the penalty added. */
  record(graph: Graph, rate: number, regularization: number): { objective: Tensor; told: Tensor } {
    const logits = this.#logits(graph, rate)
    const told = binaryCrossEntropy(logits, graph.input('targets', logits.shape))
    const weights = ['weight', 'bias'].map((part) => graph.parameter(`${OUT}.${part}`))
    const squares = weights.map((weight) => total(multiply(weight, weight)))
    return { objective: add(told, scale(add(...squares), regularization / 2)), told }
  }

  /** The probability that each sequence is a true one. */
  async score(sequences: readonly Int32Array[], signal?: AbortSignal): Promise<Float32Array> {
    if (this.#score === undefined) {
      const graph = new Graph(this.#weights)
      this.#score = new Program(graph, [activation(this.#logits(graph, 0), 'sigmoid')])
    }
    const scores = new Float32Array(sequences.length)
    for (let begin = 0; begin < sequences.length; begin += AT_ONCE) {
      const { inputs, sizes } = joined(sequences.slice(begin, begin + AT_ONCE))
      const [found] = await this.#score.run(inputs, sizes, { signal })
      scores.set(found as Float32Array, begin)
    }
    return scores
  }

  /** [sequences, 1] */
  #logits(graph: Graph, rate: number): Tensor {
    const sequences = graph.dim('sequences')
    const ids = graph.input('ids', [graph.dim('tokens')], 'i32')
    const offsets = graph.input('offsets', [{ ...sequences, plus: 1 }], 'i32')
    const x = gatherRows(graph.parameter(TABLE), ids)
    const of = (name: string) => [graph.parameter(`${name}.weight`), graph.parameter(`${name}.bias`)] as const
    const features = concatColumns(
      widthsOf(this.sizes).map((width) => {
        const [weight, bias] = of(convolution(width))
        return sequenceMax(activation(sequenceConvolution(x, offsets, weight, width, bias), 'relu'), offsets, sequences)
      }),
    )
    const gate = activation(linear(features, ...of(GATE)), 'sigmoid')
    const passed = activation(linear(features, ...of(HIGHWAY)), 'relu')
    // gate * passed + (1 - gate) * features
    const mixed = add(features, multiply(gate, subtract(passed, features)))
    return linear(dropout(mixed, rate), ...of(OUT))
  }
}
