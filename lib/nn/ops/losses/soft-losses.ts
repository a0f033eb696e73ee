import { checkNumber, checkOptions } from '../../../native/argument-checks.js'
import { checkShape, type Tensor } from '../../graph/graph.js'
import { scale } from '../layers/elementwise.js'

/** Options of {@link softCrossEntropy} and {@link klDivergence}. */
export interface SoftTargetOptions {
  /** The logits are divided by it before the softmax, above 0. Default 1. */
  temperature?: number
  /** f32 [rows], how often each row counts, at least 0; each once if absent. */
  weights?: Tensor
}

/** Options of {@link crossEntropy}. */
export interface CrossEntropyOptions {
  /**
   * Share of each target that is spread evenly over all classes, in [0, 1) (Szegedy et al. 2016, section 7). Default 0.
   */
  labelSmoothing?: number
  /** f32 [rows], how often each row counts, at least 0, such as the weight of its class; each once if absent. */
  weights?: Tensor
}

/** The least temperature: logits over a lesser one could exceed every float. */
const LEAST_TEMPERATURE = 1e-6

function lossOf(logits: Tensor, targets: Tensor, options: SoftTargetOptions, isRelative: boolean): Tensor {
  const { temperature = 1, weights } = options
  checkNumber('temperature', temperature, { min: LEAST_TEMPERATURE })
  const { graph, shape } = logits
  const name = isRelative ? 'klDivergence' : 'softCrossEntropy'
  checkShape(name, targets, shape)
  if (weights) checkShape(name, weights, [shape[0]!])
  const inputs = [logits, targets, weights ?? null]
  const numbers = [temperature, isRelative ? 1 : 0]
  const [loss] = graph.add('soft_cross_entropy', inputs, [{ shape: [] }], numbers, ([dy]) => [
    graph.add('soft_cross_entropy_gradient', [...inputs, dy!], [{ shape }], numbers)[0],
    undefined,
    undefined,
  ])
  return loss!
}

/**
 * The mean over rows of the cross-entropy of softmax(logits / temperature) with given distributions, as distillation takes it
 * from a teacher (Hinton, Vinyals, Dean 2015, section 2). It is not multiplied by the square of the temperature; see
 * {@link klDivergence}.
 * @param logits [rows, classes]
 * @param targets [rows, classes], at least 0, each row of sum 1; they get no gradient. A run throws ERR_VALUE for one below 0
 * @throws ERR_SHAPE, ERR_VALUE for an illegal option
 */
export function softCrossEntropy(logits: Tensor, targets: Tensor, options: SoftTargetOptions = {}): Tensor {
  options = checkOptions('softCrossEntropy', options, ['temperature', 'weights'])
  return lossOf(logits, targets, options, false)
}

/**
 * temperature^2 times the mean over rows of the Kullback-Leibler divergence of softmax(logits / temperature) from given
 * distributions: 0 where they are equal. With the square the gradient is of the same size for every temperature (Hinton,
 * Vinyals, Dean 2015, section 2). For targets from a teacher's logits take `softmax(scale(logits, 1 / temperature))`.
 * @param logits [rows, classes]
 * @param targets [rows, classes], at least 0, each row of sum 1; they get no gradient. A run throws ERR_VALUE for one below 0
 * @throws ERR_SHAPE, ERR_VALUE for an illegal option
 */
export function klDivergence(logits: Tensor, targets: Tensor, options: SoftTargetOptions = {}): Tensor {
  options = checkOptions('klDivergence', options, ['temperature', 'weights'])
  return scale(lossOf(logits, targets, options, true), (options.temperature ?? 1) ** 2)
}

/** @internal {@link crossEntropy} with options. */
export function smoothCrossEntropy(logits: Tensor, labels: Tensor, options: CrossEntropyOptions): Tensor {
  const { labelSmoothing = 0, weights } = options
  checkNumber('labelSmoothing', labelSmoothing, { min: 0, max: 1 - 2 ** -20 })
  const { graph, shape } = logits
  if (weights) checkShape('crossEntropy', weights, [shape[0]!])
  const inputs = [logits, labels, weights ?? null]
  const [loss] = graph.add('smooth_cross_entropy', inputs, [{ shape: [] }], [labelSmoothing], ([dy]) => [
    graph.add('smooth_cross_entropy_gradient', [...inputs, dy!], [{ shape }], [labelSmoothing])[0],
    undefined,
    undefined,
  ])
  return loss!
}
