import { checkOneOf, checkOptions } from '../../native/argument-checks.js'
import { checkBf16 } from '../../native/backend.js'
import { KindredError, show } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import type { Weights } from '../weights.js'
import { type Dim, dimOf, type Size, shapeText } from './dim.js'

/** Element types of tensors. */
export type Dtype = 'f32' | 'i32'

/**
 * What the numbers of products with weights are rounded to: 'bf16' keeps 8 bits of precision and takes a
 * processor that has such products (AMX, where they are much faster than those of f32; AVX512-BF16, where that depends on the processor). Weights, sums, and all that is no such product are f32 either way.
 */
export type Precision = 'f32' | 'bf16'

/** @internal */
export const PRECISIONS: readonly Precision[] = ['f32', 'bf16']

/** Options of {@link Graph}. */
export interface GraphOptions {
  /** Of products with weights: those of `linear`, and of their gradients. Default 'f32'. */
  precision?: Precision
}

/** @internal Where a tensor's numbers are: kept from run to run, given for one run, or of no concern after it. */
export type Place = 'buffer' | 'input' | 'temporary'

/** Numbers [], [n] or [n, m] that a program computes with. Made by a {@link Graph} and the operations over it. */
export class Tensor {
  /** @internal */
  constructor(
    /** The graph that it belongs to. */
    readonly graph: Graph,
    /** @internal Its number in the graph. */
    readonly id: number,
    /** Its sizes. */
    readonly shape: readonly Dim[],
    /** Its element type. */
    readonly dtype: Dtype,
    /** @internal */
    readonly place: Place,
    /** @internal Number of the buffer or input. */
    readonly slot: number,
    /** For messages. */
    readonly name: string,
  ) {}

  /** @internal The size of a dimension that is a constant. @throws ERR_SHAPE for one that is not */
  fixed(dimension: number): number {
    const dim = this.shape[dimension]
    if (dim === undefined || dim.symbol >= 0)
      throw new KindredError('ERR_SHAPE', `${this.name} ${shapeText(this.shape)}: expected a fixed size ${dimension}.`)
    return dim.plus
  }
}

/** @internal What an operation's gradient rule gives for each of its inputs: a tensor, rows of one, or nothing. */
export type Gradient = Tensor | RowGradient | undefined

/** The gradient of a table of which a gather took rows. */
export interface RowGradient {
  /** i32 [n], different rows, -1 for none. */
  rows: Tensor
  /** [n, dims], what each of them gets. */
  sums: Tensor
}

/**
 * @internal From the gradients of the outputs (undefined where nothing depends on one) those of the inputs; `wanted` tells
 * which inputs need one.
 */
export type GradientRule = (outputs: readonly (Tensor | undefined)[], wanted: readonly boolean[]) => Gradient[]

/** @internal One operation of a graph. */
export interface Operation {
  readonly name: string
  readonly inputs: readonly (Tensor | null)[]
  readonly outputs: readonly Tensor[]
  readonly numbers: readonly number[]
  readonly gradient?: GradientRule
}

/** @internal The shape and type of an output. */
export interface OutputType {
  shape: readonly Dim[]
  dtype?: Dtype
}

/**
 * Operations over tensors, recorded and not yet run: the functions of `kindred/nn` add to the graph of their operands,
 * {@link gradients} adds the operations that compute gradients, and a {@link Program} runs what its outputs need.
 */
export class Graph {
  /** @internal */
  readonly operations: Operation[] = []
  /** @internal */
  readonly tensors: Tensor[] = []
  /** @internal */
  readonly inputs: Tensor[] = []
  /** @internal */
  readonly dims: string[] = []
  /** The weights that its parameters stand for. */
  readonly weights: Weights
  /** Of products with weights. */
  readonly precision: Precision
  readonly #parameters = new Map<string, Tensor>()
  readonly #recorded = new Map<string, Tensor[]>()
  #seed: Tensor | undefined
  #dropouts = 0

  /**
   * @throws ERR_VALUE for an illegal option, ERR_NOT_SUPPORTED for products of bf16 where the processor has none
   */
  constructor(weights: Weights, options: GraphOptions = {}) {
    options = checkOptions('Graph', options, ['precision'])
    this.weights = weights
    this.precision = checkOneOf('precision', options.precision ?? 'f32', PRECISIONS)
    if (this.precision === 'bf16') checkBf16()
  }

  /** A size that is given when a program runs, the same for the same name. */
  dim(name: string): Dim {
    if (!this.dims.includes(name)) this.dims.push(name)
    return { symbol: this.dims.indexOf(name), plus: 0, name }
  }

  /**
   * Numbers that are given when a program runs, the same for the same name.
   * @throws ERR_VALUE for a name that the graph has already with another shape or type
   */
  input(name: string, shape: readonly Size[], dtype: Dtype = 'f32'): Tensor {
    const sizes = shape.map(dimOf)
    const found = this.inputs.find((input) => input.name === name)
    if (found?.dtype === dtype && shapeText(found.shape) === shapeText(sizes)) return found
    if (found)
      throw new KindredError(
        'ERR_VALUE',
        `input: there is one named ${show(name)} already, of another shape or type: ${found.dtype} ${shapeText(found.shape)}.`,
      )
    const tensor = this.#tensor(name, sizes, dtype, 'input', this.inputs.length)
    this.inputs.push(tensor)
    return tensor
  }

  /** The weights of this name. @throws ERR_VALUE if there are none */
  parameter(name: string): Tensor {
    const found = this.#parameters.get(name)
    if (found) return found
    const { shape, slot } = this.weights.entry(name)
    const tensor = this.#tensor(name, shape.map(dimOf), 'f32', 'buffer', slot)
    this.#parameters.set(name, tensor)
    return tensor
  }

  /** @internal The two integers that a run's dropouts are drawn from: the input 'seed'. */
  seed(): Tensor {
    this.#seed ??= this.input('seed', [2], 'i32')
    return this.#seed
  }

  /** @internal Number of one more dropout. */
  nextDropout(): number {
    return this.#dropouts++
  }

  /**
   * @internal Records an operation. One that is recorded twice is one: its results depend on its inputs alone, so gradients of
   * losses that share a part share that of this part.
   */
  add(
    name: string,
    inputs: readonly (Tensor | null)[],
    outputs: readonly OutputType[],
    numbers: readonly number[] = [],
    gradient?: GradientRule,
  ): Tensor[] {
    this.#checkOwn(name, inputs)
    const sizes = outputs.map(({ shape, dtype = 'f32' }) => [
      dtype,
      ...shape.flatMap(({ symbol, plus }) => [symbol, plus]),
    ])
    const key = JSON.stringify([name, inputs.map((input) => input?.id), numbers.map(String), sizes])
    const found = this.#recorded.get(key)
    if (found) return [...found]
    const made = outputs.map(({ shape, dtype = 'f32' }) => this.#tensor(name, shape, dtype, 'temporary', 0))
    this.operations.push({ name, inputs, outputs: made, numbers, gradient })
    this.#recorded.set(key, made)
    return [...made]
  }

  /** @internal Records an operation that changes weights. */
  update(name: string, inputs: readonly Tensor[], changed: readonly Tensor[], numbers: readonly number[]): void {
    this.#checkOwn(name, inputs)
    this.operations.push({ name, inputs, outputs: changed, numbers })
  }

  #checkOwn(operation: string, inputs: readonly (Tensor | null)[]): void {
    for (const input of inputs)
      if (input && input.graph !== this)
        throw new KindredError('ERR_VALUE', `${operation}: ${input.name} belongs to another graph.`)
  }

  #tensor(name: string, shape: readonly Dim[], dtype: Dtype, place: Tensor['place'], slot: number): Tensor {
    const tensor = new Tensor(this, this.tensors.length, shape, dtype, place, slot, name)
    this.tensors.push(tensor)
    return tensor
  }
}

guardReceivers(Graph)

/** @internal @throws ERR_SHAPE unless the tensor has this shape */
export function checkShape(operation: string, tensor: Tensor, shape: readonly Dim[]): void {
  const equal = (a: Dim, b: Dim | undefined) => a.symbol === b?.symbol && a.plus === b.plus
  if (tensor.shape.length !== shape.length || !tensor.shape.every((dim, n) => equal(dim, shape[n])))
    throw new KindredError(
      'ERR_SHAPE',
      `${operation}: expected ${tensor.name} to be ${shapeText(shape)} but it is ${shapeText(tensor.shape)}.`,
    )
}
