import { checkShape, type Tensor } from '../../graph/graph.js'
import { productNumbers } from './linear.js'

/**
 * x w, of a matrix that is not transposed.
 * @param x [rows, inner]
 * @param w [inner, cols]
 * @returns [rows, cols]
 */
export function product(x: Tensor, w: Tensor): Tensor {
  const { graph } = x
  const [rows, inner] = x.shape
  const cols = w.shape[1]!
  const numbers = productNumbers(graph.precision)
  checkShape('product', w, [inner!, cols])
  const [y] = graph.add('linear_input_gradient', [x, w], [{ shape: [rows!, cols] }], numbers, ([dy], wanted) => [
    wanted[0] ? graph.add('linear', [dy!, w, null], [x], numbers)[0] : undefined,
    wanted[1] ? graph.add('linear_weight_gradient', [x, dy!], [w], numbers)[0] : undefined,
  ])
  return y!
}

/** Each row times its factor. @param x [rows, dims] @param factors [rows] */
export function scaleRows(x: Tensor, factors: Tensor): Tensor {
  const { graph, shape } = x
  checkShape('scaleRows', factors, [shape[0]!])
  const [y] = graph.add('scale_rows', [x, factors], [{ shape }], [], ([dy], wanted) => [
    wanted[0] ? scaleRows(dy!, factors) : undefined,
    wanted[1] ? graph.add('row_dots', [dy!, x], [factors])[0] : undefined,
  ])
  return y!
}
