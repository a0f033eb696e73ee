import { checkShape, type Tensor } from '../../graph/graph.js'

/**
 * Each row over the root of its mean square, times gamma (Zhang and Sennrich 2019).
 * @param x [rows, dims]
 * @param gamma [dims]
 * @param epsilon added to the mean square
 * @throws ERR_SHAPE
 */
export function rmsNorm(x: Tensor, gamma: Tensor, epsilon: number): Tensor {
  const { graph, shape } = x
  checkShape('rmsNorm', gamma, [shape[1]!])
  const [y, rstd] = graph.add('rms_norm', [x, gamma], [{ shape }, { shape: [shape[0]!] }], [epsilon], ([dy]) =>
    graph.add('rms_norm_gradient', [x, gamma, rstd!, dy!], [{ shape }, { shape: gamma.shape }]),
  )
  return y!
}
