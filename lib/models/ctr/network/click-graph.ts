import type { Dim } from '../../../nn/graph/dim.js'
import type { Graph, Tensor } from '../../../nn/graph/graph.js'
import { rowSums } from '../../../nn/ops/layers/arithmetic.js'
import { batchNorm } from '../../../nn/ops/layers/batch-norm.js'
import { activation, add, dropout } from '../../../nn/ops/layers/elementwise.js'
import { gatherRows, sequenceMean } from '../../../nn/ops/layers/gather.js'
import { linear } from '../../../nn/ops/layers/linear.js'
import { reshape } from '../../../nn/ops/layers/matrices.js'
import { concatColumns, splitRows } from '../../../nn/ops/layers/parts.js'
import { scaleRows } from '../../../nn/ops/layers/product.js'
import { sequenceSum } from '../../../nn/ops/sequences/sequences.js'
import type { RowEncoder } from '../fields/row-encoder.js'

/** How a weight begins: zeros; ones; small normal numbers, of embeddings; by its sizes (Glorot and Bengio 2010). */
export type Start = 'zeros' | 'ones' | 'embedding' | 'glorot'

/** A weight of a network. */
export interface WeightSpec {
  readonly shape: readonly number[]
  readonly start: Start
  /** Whether gradients change it; running averages are changed otherwise. */
  readonly isTrained: boolean
}

/** Tables of which each field takes rows. */
const TABLES = ['embedding', 'linear'] as const

/** Whether weights of this name are such a table. */
export const isTable = (name: string) => (TABLES as readonly string[]).includes(name)

/** Layers of a perceptron. */
export interface PerceptronOptions {
  /** Outputs of each layer. */
  readonly units: readonly number[]
  /** Share of the outputs of a layer that falls away while training. */
  readonly dropout: number
  /** Whether each layer's outputs are normalised before the activation. */
  readonly batchNorm: boolean
}

/**
 * What networks of clicks are built of, over the fields of an encoder: declares its inputs, and its weights as they are first
 * asked for.
 */
export class ClickGraph {
  readonly graph: Graph
  readonly rows: Dim
  readonly encoder: RowEncoder
  readonly isTraining: boolean
  /** By name, in the order in which they were asked for. */
  readonly specs = new Map<string, WeightSpec>()

  constructor(graph: Graph, encoder: RowEncoder, isTraining: boolean) {
    this.graph = graph
    this.rows = this.graph.dim('rows')
    this.encoder = encoder
    this.isTraining = isTraining
  }

  /** A weight, declared if need be. */
  weight(name: string, shape: readonly number[], start: Start, isTrained = true): Tensor {
    const { weights } = this.graph
    if (!weights.has(name)) weights.declare(name, shape)
    this.specs.set(name, { shape, start, isTrained })
    return this.graph.parameter(name)
  }

  /**
   * Each field's embedding of `dims` numbers, side by side: the rows that fixed fields take from a table [table rows, dims], numbers
   * times theirs; the mean of the rows of a multi-valued field, of sparse features the sum of theirs times their values; a
   * projection of a vector. Fixed fields come first, then multi-valued ones, then vectors.
   * @param name of the table
   * @returns [rows, fields * dims]
   */
  embeddings(name: (typeof TABLES)[number], dims: number): Tensor {
    const { graph, rows, encoder } = this
    const parts: Tensor[] = []
    const { fixed, multi, vectors } = encoder
    if (fixed.length + multi.length > 0) {
      const sizes = [graph.dim('entries'), ...multi.map((_, n) => graph.dim(`bag${n}`))]
      const all = sizes.length === 1 ? sizes[0]! : graph.dim('all')
      const table = this.weight(name, [encoder.tableRows, dims], name === 'linear' ? 'zeros' : 'embedding')
      const gathered = gatherRows(table, graph.input('ids', [all], 'i32'))
      const [first, ...bags] = sizes.length === 1 ? [gathered] : splitRows(gathered, sizes)
      if (fixed.length > 0) {
        const scaled = encoder.hasNumbers ? scaleRows(first!, graph.input('scales', [sizes[0]!])) : first!
        parts.push(reshape(scaled, [rows, fixed.length * dims]))
      }
      for (const [n, { isSparse }] of multi.entries()) {
        const offsets = graph.input(`bag${n}.offsets`, [{ ...rows, plus: 1 }], 'i32')
        const own = bags[n]!
        parts.push(
          isSparse
            ? sequenceSum(scaleRows(own, graph.input(`bag${n}.values`, [sizes[n + 1]!])), offsets, rows)
            : sequenceMean(own, offsets, rows),
        )
      }
    }
    for (const [n, { width }] of vectors.entries())
      parts.push(
        linear(graph.input(`vector${n}`, [rows, width]), this.weight(`${name}.vector${n}`, [dims, width], 'glorot')),
      )
    return parts.length === 1 ? parts[0]! : concatColumns(parts)
  }

  /** A number of each field, added up, and a bias: the terms of first order. @returns [rows] */
  firstOrder(): Tensor {
    const sums = rowSums(this.embeddings('linear', 1))
    return add(sums, this.weight('bias', [1], 'zeros'))
  }

  /** Layers of linear maps with ReLU. @param x [rows, inputs] @returns [rows, last of units] */
  perceptron(name: string, x: Tensor, options: PerceptronOptions): Tensor {
    const { units, dropout: rate, batchNorm: isNormed } = options
    let y = x
    for (const [n, outputs] of units.entries()) {
      const layer = `${name}.${n}`
      y = this.linear(layer, y, outputs)
      if (isNormed) y = this.#normed(layer, y, outputs)
      y = activation(y, 'relu')
      if (this.isTraining) y = dropout(y, rate)
    }
    return y
  }

  /** x w' + bias. @param x [rows, inputs] @returns [rows, outputs] */
  linear(name: string, x: Tensor, outputs: number): Tensor {
    const weights = this.weight(`${name}.weight`, [outputs, x.fixed(1)], 'glorot')
    return linear(x, weights, this.weight(`${name}.bias`, [outputs], 'zeros'))
  }

  /** One number of each row. @returns [rows] */
  output(name: string, x: Tensor): Tensor {
    return reshape(this.linear(name, x, 1), [this.rows])
  }

  #normed(layer: string, x: Tensor, dims: number): Tensor {
    const running = { mean: `${layer}.norm.mean`, variance: `${layer}.norm.variance` }
    this.weight(running.mean, [dims], 'zeros', false)
    this.weight(running.variance, [dims], 'ones', false)
    const gamma = this.weight(`${layer}.norm.weight`, [dims], 'ones')
    const beta = this.weight(`${layer}.norm.bias`, [dims], 'zeros')
    return batchNorm(x, gamma, beta, { training: this.isTraining, running })
  }
}
