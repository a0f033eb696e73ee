import { checkBoolean, checkOptions } from '../../../native/argument-checks.js'
import { KindredError } from '../../../native/errors.js'
import { dimOf, type Size, shapeText } from '../../graph/dim.js'
import type { Tensor } from '../../graph/graph.js'

/** Options of {@link matmul}. */
export interface MatmulOptions {
  /** Whether a is given as its transpose [k, n]. Default false. */
  transposeA?: boolean
  /** Whether b is given as its transpose [m, k]. Default false. */
  transposeB?: boolean
}

/**
 * The product of two matrices, with gradients of both.
 * @param a [n, k]
 * @param b [k, m]
 * @returns [n, m]
 * @throws ERR_SHAPE, ERR_VALUE
 */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  options = checkOptions('matmul', options, ['transposeA', 'transposeB'])
  const turnedA = checkBoolean('transposeA', options.transposeA ?? false)
  const turnedB = checkBoolean('transposeB', options.transposeB ?? false)
  const [n, k] = turnedA ? a.shape.toReversed() : a.shape
  const [inner, m] = turnedB ? b.shape.toReversed() : b.shape
  const fits = k !== undefined && m !== undefined && k.symbol === inner!.symbol && k.plus === inner!.plus
  if (!fits)
    throw new KindredError(
      'ERR_SHAPE',
      `matmul: expected a [n, k] and b [k, m] but they are ${shapeText(a.shape)} and ${shapeText(b.shape)}.`,
    )
  return product(a, b, turnedA, turnedB, [n!, m])
}

function product(a: Tensor, b: Tensor, turnedA: boolean, turnedB: boolean, shape: Tensor['shape']): Tensor {
  const numbers = [turnedA ? 1 : 0, turnedB ? 1 : 0]
  const [y] = a.graph.add('matmul', [a, b], [{ shape }], numbers, ([dy], wanted) =>
    [
      wanted[0] && (turnedA ? product(b, dy!, turnedB, true, a.shape) : product(dy!, b, false, !turnedB, a.shape)),
      wanted[1] && (turnedB ? product(dy!, a, true, turnedA, b.shape) : product(a, dy!, !turnedA, false, b.shape)),
    ].map((gradient) => gradient || undefined),
  )
  return y!
}

/** Rows for columns. @param x [n, m] @returns [m, n] @throws ERR_SHAPE */
export function transpose(x: Tensor): Tensor {
  if (x.shape.length !== 2)
    throw new KindredError('ERR_SHAPE', `transpose: expected [n, m] but ${x.name} is ${shapeText(x.shape)}.`)
  const [y] = x.graph.add('transpose', [x], [{ shape: x.shape.toReversed() }], [], ([dy]) => [transpose(dy!)])
  return y!
}

/**
 * The same numbers, row by row, in another shape.
 * @throws ERR_SHAPE for another count of numbers; where sizes are given with a run, the run does
 */
export function reshape(x: Tensor, shape: readonly Size[]): Tensor {
  const dims = shape.map(dimOf)
  const count = (of: Tensor['shape']) =>
    of.some(({ symbol }) => symbol >= 0) ? undefined : of.reduce((product, { plus }) => product * plus, 1)
  const [before, after] = [count(x.shape), count(dims)]
  if (dims.length > 2 || (before !== undefined && after !== undefined && before !== after))
    throw new KindredError('ERR_SHAPE', `reshape: ${x.name} ${shapeText(x.shape)} cannot become ${shapeText(dims)}.`)
  const [y] = x.graph.add('reshape', [x], [{ shape: dims }], [], ([dy]) => [reshape(dy!, x.shape)])
  return y!
}
