import type { Random } from '../../data/random.js'
import { checkInteger, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import { onnxActivation, onnxLinear } from '../bert/bert-onnx.js'
import type { Tensor } from '../graph/graph.js'
import type { OnnxGraph } from '../onnx/onnx-graph.js'
import { ACTIVATIONS, type Activation, activation, add } from '../ops/layers/elementwise.js'
import type { Weights } from '../weights.js'
import { type Adapter, type Products, plainDense } from './adapter.js'
import { GREATEST_SIZE, targetProducts } from './targets.js'

/** Options of bottleneck adapters. */
export interface BottleneckOptions {
  /**
   * A small network after each sub-layer (Houlsby et al. 2019, "Parameter-efficient transfer learning"): y + up(f(down(y))) of
   * the output y of the attention and of the feed-forward network, before dropout and the sum with what the sub-layer was given.
   * The normalisations are trained too.
   */
  kind: 'bottleneck'
  /** Numbers between down and up, from 1. Default 64. */
  size?: number
  /** The function between them. Default 'gelu'. */
  activation?: Activation
}

/** Standard deviation of new weights, section 3 of the paper: nearly nothing is added at first. */
const DEVIATION = 0.01

/** @internal @param outputs the products that end a sub-layer @throws ERR_VALUE naming the option */
export function bottleneck(options: BottleneckOptions, products: Products, outputs: readonly string[]): Adapter {
  options = checkOptions('adapter', options, ['kind', 'size', 'activation'])
  const size = checkInteger('adapter.size', options.size ?? 64, { min: 1, max: GREATEST_SIZE })
  const kind = checkOneOf('adapter.activation', options.activation ?? 'gelu', ACTIVATIONS)
  const targets = targetProducts(products, [...outputs])
  const isTarget = new Set(targets)
  const shapes = new Map<string, readonly number[]>()
  for (const name of targets) {
    const [dims] = products.get(name)!
    shapes.set(`${name}.adapter.down.weight`, [size, dims])
    shapes.set(`${name}.adapter.down.bias`, [size])
    shapes.set(`${name}.adapter.up.weight`, [dims, size])
    shapes.set(`${name}.adapter.up.bias`, [dims])
  }
  return {
    options: { kind: 'bottleneck', size, activation: kind },
    shapes,
    initial(name: string, random: Random) {
      const [rows, cols] = shapes.get(name)!
      return cols === undefined
        ? undefined
        : Float32Array.from({ length: rows! * cols }, () => DEVIATION * random.normal())
    },
    dense(x: Tensor, name: string): Tensor {
      const y = plainDense(x, name)
      if (!isTarget.has(name)) return y
      const narrow = activation(plainDense(y, `${name}.adapter.down`), kind)
      return add(y, plainDense(narrow, `${name}.adapter.up`))
    },
    trains: (name: string) => /layernorm|layer_norm/i.test(name),
    async onnx(graph: OnnxGraph, weights: Weights, y: string, name: string) {
      if (!isTarget.has(name)) return y
      const down = await onnxLinear(graph, weights, y, `${name}.adapter.down`)
      const up = await onnxLinear(graph, weights, onnxActivation(graph, down, kind), `${name}.adapter.up`)
      return graph.add('Add', [y, up])
    },
  }
}
