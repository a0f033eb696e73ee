import type { Random } from '../../data/random.js'
import { checkInteger, checkNumber, checkOptions } from '../../native/argument-checks.js'
import type { Graph, Tensor } from '../graph/graph.js'
import { add, dropout, scale } from '../ops/layers/elementwise.js'
import { linear } from '../ops/layers/linear.js'
import { product } from '../ops/layers/product.js'
import { type Adapter, type Products, plainDense } from './adapter.js'
import { GREATEST_SIZE, targetProducts } from './targets.js'

/** Options of LoRA. */
export interface LoraOptions {
  /** Two thin matrices beside each weight matrix (Hu et al. 2021, "LoRA"): W x + (alpha / rank) B A x. */
  kind: 'lora'
  /** Rows of A and columns of B, from 1. Default 8. */
  rank?: number
  /** Factor of what they add, over `rank`. Default `rank`, which is a factor of 1. */
  alpha?: number
  /** Share of x that falls away on the way to A while training, in [0, 1). Default 0. */
  dropout?: number
  /**
   * Which products get one, by the ends of their names, such as `['query', 'key', 'value', 'dense']`. Default those of
   * queries and values.
   */
  targets?: readonly string[]
}

/** @internal @throws ERR_VALUE naming the option */
export function lora(options: LoraOptions, products: Products): Adapter {
  options = checkOptions('adapter', options, ['kind', 'rank', 'alpha', 'dropout', 'targets'])
  const rank = checkInteger('adapter.rank', options.rank ?? 8, { min: 1, max: GREATEST_SIZE })
  const alpha = checkNumber('adapter.alpha', options.alpha ?? rank, { min: 0 })
  const rate = checkNumber('adapter.dropout', options.dropout ?? 0, { min: 0, max: 1 - 2 ** -20 })
  const targets = targetProducts(products, options.targets)
  const isTarget = new Set(targets)
  // The rank is in the name, so that one of another rank is another weight.
  const a = (name: string) => `${name}.lora${rank}.A`
  const b = (name: string) => `${name}.lora${rank}.B`
  const shapes = new Map<string, readonly number[]>()
  for (const name of targets) {
    const [outputs, inputs] = products.get(name)!
    shapes.set(a(name), [rank, inputs])
    shapes.set(b(name), [outputs, rank])
  }
  return {
    options: { kind: 'lora', rank, alpha, dropout: rate, targets },
    shapes,
    /** A normal, so that A x is about as long as x; B zero, so that training begins with the network as it is. */
    initial(name: string, random: Random) {
      const [rows, cols] = shapes.get(name) as [number, number]
      if (!name.endsWith('.A')) return undefined
      return Float32Array.from({ length: rows * cols }, () => random.normal() / Math.sqrt(cols))
    },
    dense(x: Tensor, name: string, isTraining: boolean): Tensor {
      const y = plainDense(x, name)
      if (!isTarget.has(name)) return y
      const { graph } = x
      const thin = linear(isTraining ? dropout(x, rate) : x, graph.parameter(a(name)))
      return add(y, linear(scale(thin, alpha / rank), graph.parameter(b(name))))
    },
    trains: () => false,
    merged(graph: Graph, name: string) {
      if (!isTarget.has(name)) return undefined
      const difference = product(scale(graph.parameter(b(name)), alpha / rank), graph.parameter(a(name)))
      return add(graph.parameter(`${name}.weight`), difference)
    },
  }
}
