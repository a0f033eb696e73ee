import { KindredError, show } from '../../../native/errors.js'
import type { Dim } from '../../graph/dim.js'
import { checkShape, type Tensor } from '../../graph/graph.js'
import { linear } from '../layers/linear.js'

/**
 * A convolution along sequences that lie end to end, each padded with zeros by itself so that it keeps its length: PyTorch's
 * Conv1d with padding 'same'. Output t is the bias plus the sum over j of weights[.., .., j] x[t - floor((width - 1) / 2) + j].
 * @param x [tokens, inputs]
 * @param offsets i32 [sequences + 1], where each sequence begins
 * @param weights [outputs, inputs * width]: the numbers of PyTorch's [outputs, inputs, width] in their order
 * @param width tokens that an output is made of, an integer from 1
 * @param bias [outputs], none if absent
 * @returns [tokens, outputs]
 * @throws ERR_SHAPE, ERR_VALUE for an illegal width
 */
export function sequenceConvolution(x: Tensor, offsets: Tensor, weights: Tensor, width: number, bias?: Tensor): Tensor {
  if (!Number.isInteger(width) || width < 1)
    throw new KindredError('ERR_VALUE', `width: expected an integer of at least 1 but received ${show(width)}.`)
  const inputs = x.fixed(1)
  const cols: Dim = { symbol: -1, plus: inputs * width, name: String(inputs * width) }
  checkShape('sequenceConvolution', weights, [weights.shape[0]!, cols])
  const { graph } = x
  const [windows] = graph.add('sequence_windows', [x, offsets], [{ shape: [x.shape[0]!, cols] }], [width], ([dy]) => [
    graph.add('sequence_windows_gradient', [dy!, offsets], [{ shape: x.shape }], [width])[0],
    undefined,
  ])
  return linear(windows!, weights, bias)
}
