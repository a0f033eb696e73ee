import { checkShape, type Tensor } from '../../graph/graph.js'

/** Each row over its norm; a row of zeros stays one. @param x [rows, dims] */
export function unitRows(x: Tensor): Tensor {
  const { graph, shape } = x
  const [y, norms] = graph.add('unit_rows', [x], [{ shape }, { shape: [shape[0]!] }], [], ([dy]) =>
    graph.add('unit_rows_gradient', [y!, norms!, dy!], [{ shape }]),
  )
  return y!
}

/** The dot product of each row with the row of the same number. @param a [rows, dims] @param b alike @returns [rows] */
export function rowDots(a: Tensor, b: Tensor): Tensor {
  checkShape('rowDots', b, a.shape)
  const { graph, shape } = a
  const scaled = (x: Tensor, factors: Tensor) => graph.add('scale_rows', [x, factors], [{ shape }])[0]
  const [dots] = graph.add('row_dots', [a, b], [{ shape: [shape[0]!] }], [], ([dy], wanted) => [
    wanted[0] ? scaled(b, dy!) : undefined,
    wanted[1] ? scaled(a, dy!) : undefined,
  ])
  return dots!
}
