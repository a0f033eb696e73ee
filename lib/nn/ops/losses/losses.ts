import { checkOptions } from '../../../native/argument-checks.js'
import { checkShape, type Tensor } from '../../graph/graph.js'
import { type CrossEntropyOptions, smoothCrossEntropy } from './soft-losses.js'

/** The sigmoid of each number has a gradient of its own: {@link activation}. A loss of `targets`, which gets no gradient. */
function loss(name: string, x: Tensor, targets: Tensor): Tensor {
  const { graph } = x
  const [value] = graph.add(name, [x, targets], [{ shape: [] }], [], ([dy]) => [
    graph.add(`${name}_gradient`, [x, targets, dy!], [{ shape: x.shape }])[0],
    undefined,
  ])
  return value!
}

/**
 * The mean over rows of minus the logarithm of the softmax at the row's label.
 * @param logits [rows, classes]
 * @param labels i32 [rows], from 0; rows with a negative label do not count
 * @throws ERR_SHAPE, ERR_VALUE for an illegal option
 */
export function crossEntropy(logits: Tensor, labels: Tensor, options: CrossEntropyOptions = {}): Tensor {
  options = checkOptions('crossEntropy', options, ['labelSmoothing', 'weights'])
  checkShape('crossEntropy', labels, [logits.shape[0]!])
  if (options.weights || options.labelSmoothing !== undefined) return smoothCrossEntropy(logits, labels, options)
  return loss('cross_entropy', logits, labels)
}

/** Options of {@link binaryCrossEntropy} and {@link squaredError}. */
export interface RowWeightOptions {
  /** f32 [rows], how often each row counts, at least 0; each once if absent. */
  weights?: Tensor
}

function rowLoss(name: string, x: Tensor, targets: Tensor, { weights }: RowWeightOptions): Tensor {
  checkShape(name, targets, x.shape)
  if (weights === undefined) return loss(name, x, targets)
  checkShape(name, weights, [x.shape[0]!])
  const { graph, shape } = x
  const inputs = [x, targets, weights]
  const [value] = graph.add(`weighted_${name}`, inputs, [{ shape: [] }], [], ([dy]) => [
    graph.add(`weighted_${name}_gradient`, [...inputs, dy!], [{ shape }])[0],
    undefined,
    undefined,
  ])
  return value!
}

/**
 * The mean over all numbers of the cross-entropy of sigmoid(logits) with targets in [0, 1], of the same shape.
 * @throws ERR_SHAPE, ERR_VALUE for an illegal option
 */
export function binaryCrossEntropy(logits: Tensor, targets: Tensor, options: RowWeightOptions = {}): Tensor {
  return rowLoss('binary_cross_entropy', logits, targets, checkOptions('binaryCrossEntropy', options, ['weights']))
}

/**
 * The mean over all numbers of (x - targets)^2, of the same shape.
 * @throws ERR_SHAPE, ERR_VALUE for an illegal option
 */
export function squaredError(x: Tensor, targets: Tensor, options: RowWeightOptions = {}): Tensor {
  return rowLoss('squared_error', x, targets, checkOptions('squaredError', options, ['weights']))
}
