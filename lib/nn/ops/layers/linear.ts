import { KindredError } from '../../../native/errors.js'
import { checkShape, type Tensor } from '../../graph/graph.js'

/**
 * x w' + bias, as PyTorch's Linear.
 * @param x [rows, inputs]
 * @param weights [outputs, inputs]
 * @param bias [outputs], none if absent
 * @returns [rows, outputs]
 */
export function linear(x: Tensor, weights: Tensor, bias?: Tensor): Tensor {
  const { graph } = x
  const [rows, inputs] = x.shape
  const [outputs] = weights.shape
  if (rows === undefined || inputs === undefined || outputs === undefined)
    throw new KindredError('ERR_SHAPE', 'linear: expected x [rows, inputs] and weights [outputs, inputs].')
  checkShape('linear', weights, [outputs, inputs])
  if (bias) checkShape('linear', bias, [outputs])
  const [y] = graph.add('linear', [x, weights, bias ?? null], [{ shape: [rows, outputs] }], [], ([dy], wanted) => [
    wanted[0] ? graph.add('linear_input_gradient', [dy!, weights], [x])[0] : undefined,
    wanted[1] ? graph.add('linear_weight_gradient', [dy!, x], [weights])[0] : undefined,
    wanted[2] ? graph.add('column_sums', [dy!], [bias!])[0] : undefined,
  ])
  return y!
}
