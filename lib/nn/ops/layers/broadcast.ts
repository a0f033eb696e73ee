import { KindredError } from '../../../native/errors.js'
import { type Dim, shapeText } from '../../graph/dim.js'
import type { Tensor } from '../../graph/graph.js'

/** How a tensor becomes a larger one; in the order of the native enumeration. */
const STRETCHES = ['none', 'rows', 'columns', 'numbers'] as const

/** @internal Itself; [columns] for every row; [rows] for every column; one number for all. */
export type Stretch = (typeof STRETCHES)[number]

type Shape = readonly Dim[]

const equal = (a: Dim, b: Dim) => a.symbol === b.symbol && a.plus === b.plus
const isOne = ({ symbol, plus }: Dim) => symbol < 0 && plus === 1
const sameShape = (a: Shape, b: Shape) => a.length === b.length && a.every((dim, n) => equal(dim, b[n]!))

/** The shape that both are stretched to: the last dimensions are matched, those of size 1 and missing ones grow. */
function commonShape(operation: string, a: Shape, b: Shape): Shape {
  const [long, short] = a.length < b.length ? [b, a] : [a, b]
  return long.map((dim, n) => {
    const other = short[n - (long.length - short.length)]
    if (other === undefined || equal(dim, other) || isOne(other)) return dim
    if (isOne(dim)) return other
    throw new KindredError(
      'ERR_SHAPE',
      `${operation}: ${shapeText(a)} and ${shapeText(b)} do not fit: sizes must be equal or 1, from the last on.`,
    )
  })
}

function stretchOf(shape: Shape, to: Shape): Stretch {
  if (sameShape(shape, to)) return 'none'
  if (shape.every(isOne)) return 'numbers'
  return shape.length === 1 || isOne(shape[0]!) ? 'rows' : 'columns'
}

/** @internal A tensor repeated along what it lacks. */
export function stretch(x: Tensor, shape: Shape, how: Stretch): Tensor {
  const [y] = x.graph.add('stretch', [x], [{ shape }], [STRETCHES.indexOf(how)], ([dy]) => [
    sumStretched(dy!, x.shape, how),
  ])
  return y!
}

/** @internal The sums over what {@link stretch} would repeat. */
export function sumStretched(x: Tensor, shape: Shape, how: Stretch): Tensor {
  const [sums] = x.graph.add('sum_stretched', [x], [{ shape }], [STRETCHES.indexOf(how)], ([dy]) => [
    stretch(dy!, x.shape, how),
  ])
  return sums!
}

const sumTo = (x: Tensor, shape: Shape) =>
  sameShape(x.shape, shape) ? x : sumStretched(x, shape, stretchOf(shape, x.shape))

/**
 * @internal A native combination of two tensors that are stretched to one shape. `slopes` gives, from the gradient of the
 * result, that of each as if it had that shape.
 */
export function combine(
  operation: string,
  name: string,
  a: Tensor,
  b: Tensor,
  slopes: ((dy: Tensor, y: Tensor) => Tensor)[],
): Tensor {
  const shape = commonShape(operation, a.shape, b.shape)
  const how = [a, b].map((operand) => STRETCHES.indexOf(stretchOf(operand.shape, shape)))
  const [y] = a.graph.add(name, [a, b], [{ shape }], how, ([dy], wanted) =>
    [a, b].map((operand, n) => (wanted[n] ? sumTo(slopes[n]!(dy!, y!), operand.shape) : undefined)),
  )
  return y!
}

/** @internal Whether tensors are of one shape. */
export const haveOneShape = (tensors: readonly Tensor[]) =>
  tensors.every(({ shape }) => sameShape(shape, tensors[0]!.shape))
