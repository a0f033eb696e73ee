import { KindredError } from '../../../native/errors.js'
import { checkShape, type Precision, type Tensor } from '../../graph/graph.js'

/** @internal The numbers of an operation that is a product. */
export const productNumbers = (precision: Precision) => [precision === 'bf16' ? 1 : 0]

/**
 * x w' + bias, as PyTorch's Linear, in the precision of its graph.
 * @param x [rows, inputs]
 * @param weights [outputs, inputs]
 * @param bias [outputs], none if absent
 * @returns [rows, outputs]
 */
export function linear(x: Tensor, weights: Tensor, bias?: Tensor): Tensor {
  return linearIn(x.graph.precision, x, weights, bias)
}

/** @internal The same in a precision of its own. */
export function linearIn(precision: Precision, x: Tensor, weights: Tensor, bias?: Tensor): Tensor {
  const { graph } = x
  const numbers = productNumbers(precision)
  const [rows, inputs] = x.shape
  const [outputs] = weights.shape
  if (rows === undefined || inputs === undefined || outputs === undefined)
    throw new KindredError('ERR_SHAPE', 'linear: expected x [rows, inputs] and weights [outputs, inputs].')
  checkShape('linear', weights, [outputs, inputs])
  if (bias) checkShape('linear', bias, [outputs])
  const [y] = graph.add('linear', [x, weights, bias ?? null], [{ shape: [rows, outputs] }], numbers, ([dy], wanted) => [
    wanted[0] ? graph.add('linear_input_gradient', [dy!, weights], [x], numbers)[0] : undefined,
    wanted[1] ? graph.add('linear_weight_gradient', [dy!, x], [weights], numbers)[0] : undefined,
    wanted[2] ? graph.add('column_sums', [dy!], [bias!])[0] : undefined,
  ])
  return y!
}
