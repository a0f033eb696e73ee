import type { Random } from '../../data/random.js'
import type { Graph, Tensor } from '../graph/graph.js'
import type { OnnxGraph } from '../onnx/onnx-graph.js'
import { linear } from '../ops/layers/linear.js'
import type { WeightEntry, Weights } from '../weights.js'

/** How a network makes a product: of states x [rows, inputs] and the weights `${name}.weight` and `${name}.bias`. */
export type Dense = (x: Tensor, name: string) => Tensor

/** The product and nothing else. */
export const plainDense: Dense = (x, name) =>
  linear(x, x.graph.parameter(`${name}.weight`), x.graph.parameter(`${name}.bias`))

/** Sizes [outputs, inputs] of the products of a network, by name. */
export type Products = ReadonlyMap<string, readonly [outputs: number, inputs: number]>

/** Which step of a training it is. */
export interface AdapterStep {
  /** From 1. */
  step: number
  steps: number
}

/** Few weights beside the many of a network, which alone are trained. */
export interface Adapter {
  /** What it was made by, with every default filled in. */
  readonly options: Readonly<Record<string, unknown>> & { readonly kind: string }
  /** The weights that it adds, by name. */
  readonly shapes: ReadonlyMap<string, readonly number[]>
  /** Those of `shapes` that no optimiser changes. */
  readonly constants?: readonly string[]
  /** The numbers that a weight begins with; absent for zeros. */
  initial(name: string, random: Random): Float32Array | undefined
  /** The product of this name, with what the adapter adds to it. */
  dense(x: Tensor, name: string, isTraining: boolean): Tensor
  /** Whether a weight of the network itself is trained with it. */
  trains(name: string): boolean
  /** Weights of the network that a product without adapter has in its place; undefined if it does not touch them. */
  merged?(graph: Graph, name: string): Tensor | undefined
  /** What it adds to a product y of an ONNX graph, for one that cannot be merged. */
  onnx?(graph: OnnxGraph, weights: Weights, y: string, name: string): Promise<string>
  /** What is added to the loss while training, if anything. */
  penalty?(graph: Graph): Tensor | undefined
  /** Records further operations of a training step that makes this less. */
  observe?(loss: Tensor): void
  /** Called after each step of a training. */
  afterStep?(weights: Weights, step: AdapterStep): Promise<void>
  /** Called when a training has ended, or what it did was undone. */
  settle?(weights: Weights): Promise<void>
  /** The rank of each product, where they differ. */
  readonly ranks?: Readonly<Record<string, number>>
}

/** Reads weights, those of a network or what is saved in their place. */
export interface WeightReader {
  entry(name: string): WeightEntry
  read(name: string): Promise<Float32Array>
  /** Adds what is not within the weights to a product y of an ONNX graph. */
  adapted?(graph: OnnxGraph, y: string, name: string): Promise<string>
}
