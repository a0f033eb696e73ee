import { checkShape, type Tensor } from '../../graph/graph.js'

/**
 * The mean over rows of (KL(p | q) + KL(q | p)) / 2 of the softmaxes p and q of two tensors of logits [rows, classes], of which
 * both have a gradient (Liang et al. 2021, "R-Drop", equation 2).
 */
export function symmetricDivergence(a: Tensor, b: Tensor): Tensor {
  checkShape('symmetricDivergence', b, a.shape)
  const { graph, shape } = a
  const slope = (of: Tensor, from: Tensor, dy: Tensor) =>
    graph.add('symmetric_divergence_gradient', [of, from, dy], [{ shape }])[0]
  const [value] = graph.add('symmetric_divergence', [a, b], [{ shape: [] }], [], ([dy], wanted) => [
    wanted[0] ? slope(a, b, dy!) : undefined,
    wanted[1] ? slope(b, a, dy!) : undefined,
  ])
  return value!
}
