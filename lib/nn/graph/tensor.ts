import { KindredError } from '../../native/errors.js'
import type { Graph } from './graph.js'

/** A size that is given when a program runs, such as the tokens of a batch, plus a constant. */
export interface Dim {
  /** @internal Number of the symbol in its graph, -1 for a constant. */
  readonly symbol: number
  /** What is added, or the size itself. */
  readonly plus: number
  /** For messages. */
  readonly name: string
}

/** A size: a number, or one that is given when a program runs. */
export type Size = number | Dim

/** Element types of tensors. */
export type Dtype = 'f32' | 'i32'

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

/** @internal */
export function dimOf(size: Size): Dim {
  if (typeof size !== 'number') return size
  if (!Number.isInteger(size) || size < 0)
    throw new KindredError('ERR_VALUE', `shape: expected integers of at least 0 but received ${size}.`)
  return { symbol: -1, plus: size, name: String(size) }
}

/** @internal */
export function shapeText(shape: readonly Dim[]): string {
  return `[${shape.map(({ name }) => name).join(', ')}]`
}

/** @internal @throws ERR_SHAPE unless the tensor has this shape */
export function checkShape(operation: string, tensor: Tensor, shape: readonly Dim[]): void {
  const equal = (a: Dim, b: Dim | undefined) => a.symbol === b?.symbol && a.plus === b.plus
  if (tensor.shape.length !== shape.length || !tensor.shape.every((dim, n) => equal(dim, shape[n])))
    throw new KindredError(
      'ERR_SHAPE',
      `${operation}: expected ${tensor.name} to be ${shapeText(shape)} but it is ${shapeText(tensor.shape)}.`,
    )
}
