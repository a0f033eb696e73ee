import { checkShape, type Tensor } from '../../graph/graph.js'

/**
 * Each row less its mean, over its standard deviation, times gamma plus beta (Ba, Kiros, Hinton 2016).
 * @param x [rows, dims]
 * @param gamma [dims]
 * @param beta [dims]
 * @param epsilon added to the variance
 */
export function layerNorm(x: Tensor, gamma: Tensor, beta: Tensor, epsilon: number): Tensor {
  const { graph } = x
  const [rows, dims] = x.shape
  checkShape('layerNorm', gamma, [dims!])
  checkShape('layerNorm', beta, [dims!])
  const ofRow = { shape: [rows!] }
  const [y, mean, rstd] = graph.add('layer_norm', [x, gamma, beta], [x, ofRow, ofRow].map(typeOf), [epsilon], ([dy]) =>
    graph.add('layer_norm_gradient', [x, gamma, mean!, rstd!, dy!], [x, gamma, beta].map(typeOf)),
  )
  return y!
}

const typeOf = ({ shape }: Pick<Tensor, 'shape'>) => ({ shape })
