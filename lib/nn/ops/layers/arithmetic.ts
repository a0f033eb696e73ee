import type { Tensor } from '../../graph/graph.js'
import { combine, sumStretched } from './broadcast.js'
import { scale } from './elementwise.js'

/**
 * a - b. Shapes are matched as in NumPy: from the last dimension on, where a size of 1 or a missing dimension grows; [dims]
 * is a row for every row, [rows, 1] a column for every column. @throws ERR_SHAPE for others that differ
 */
export function subtract(a: Tensor, b: Tensor): Tensor {
  return combine('subtract', 'combine_subtract', a, b, [(dy) => dy, (dy) => scale(dy, -1)])
}

/** a times b, number by number, of shapes as in {@link subtract}. @throws ERR_SHAPE */
export function multiply(a: Tensor, b: Tensor): Tensor {
  return combine('multiply', 'combine_multiply', a, b, [(dy) => multiply(dy, b), (dy) => multiply(dy, a)])
}

/** a over b, number by number, of shapes as in {@link subtract}. @throws ERR_SHAPE */
export function divide(a: Tensor, b: Tensor): Tensor {
  return combine('divide', 'combine_divide', a, b, [
    (dy) => divide(dy, b),
    (dy, y) => scale(divide(multiply(dy, y), b), -1),
  ])
}

function unary(name: string, x: Tensor, slope: (dy: Tensor, y: Tensor) => Tensor): Tensor {
  const [y] = x.graph.add(name, [x], [{ shape: x.shape }], [], ([dy]) => [slope(dy!, y!)])
  return y!
}

/** e to the power of each number. */
export function exp(x: Tensor): Tensor {
  return unary('exponential', x, multiply)
}

/** The natural logarithm of each number: -Infinity of 0, NaN of negative ones. */
export function log(x: Tensor): Tensor {
  return unary('logarithm', x, (dy) => divide(dy, x))
}

/** The square root of each number; its gradient at 0 is infinite. */
export function sqrt(x: Tensor): Tensor {
  return unary('square_root', x, (dy, y) => scale(divide(dy, y), 0.5))
}

/** The sum of all numbers. @returns [] */
export function total(x: Tensor): Tensor {
  return sumStretched(x, [], 'numbers')
}

/** The sum of each row. @param x [rows, dims] @returns [rows] */
export function rowSums(x: Tensor): Tensor {
  return sumStretched(x, [x.shape[0]!], 'columns')
}

/** The sum of each column. @param x [rows, dims] @returns [dims] */
export function columnSums(x: Tensor): Tensor {
  return sumStretched(x, [x.shape[1]!], 'rows')
}
