import { checkBoolean, checkNumber, checkOptions } from '../../../native/argument-checks.js'
import { checkShape, type Tensor } from '../../graph/graph.js'
import { divide, multiply, sqrt, subtract } from './arithmetic.js'
import { add } from './elementwise.js'

/** Names of the weights [dims] that keep the averages of {@link batchNorm}. */
export interface RunningAverages {
  /** The mean, which begins with 0. */
  mean: string
  /** The variance, which begins with 1. */
  variance: string
}

/** Options of {@link batchNorm}. */
export interface BatchNormOptions {
  /** Whether the batch is normalised by its own mean and variance, which move the running ones. */
  training: boolean
  /** Where the running averages are kept. */
  running: RunningAverages
  /** The share of the batch in the running averages. Default 0.1. */
  momentum?: number
  /** Added to the variance. Default 1e-5. */
  epsilon?: number
}

/**
 * Batch normalisation (Ioffe and Szegedy 2015): each column less its mean, over its standard deviation, times gamma plus beta.
 * While training these are of the batch, and a run moves the running mean and variance (without bias, as PyTorch's), though
 * nothing else of it changes weights; else they are the running ones. A training run throws ERR_SHAPE for a batch of fewer
 * than two rows, ERR_NOT_FINITE for one with numbers that are none.
 * @param x [rows, dims]
 * @param gamma [dims]
 * @param beta [dims]
 * @throws ERR_SHAPE, ERR_VALUE
 */
export function batchNorm(x: Tensor, gamma: Tensor, beta: Tensor, options: BatchNormOptions): Tensor {
  options = checkOptions('batchNorm', options, ['training', 'running', 'momentum', 'epsilon'])
  const training = checkBoolean('training', options.training)
  const names = checkOptions('batchNorm: running', options.running, ['mean', 'variance'])
  const momentum = checkNumber('momentum', options.momentum ?? 0.1, { min: 0, max: 1 - 2 ** -20 })
  const epsilon = checkNumber('epsilon', options.epsilon ?? 1e-5, { min: 0 })
  const { graph, shape } = x
  const ofColumns = { shape: [shape[1]!] }
  const running = { mean: graph.parameter(names.mean), variance: graph.parameter(names.variance) }
  for (const tensor of [gamma, beta, running.mean, running.variance]) checkShape('batchNorm', tensor, ofColumns.shape)
  if (!training) {
    const variance = add(running.variance, graph.add('fill', [], [{ shape: [] }], [epsilon])[0]!)
    return add(multiply(subtract(x, running.mean), divide(gamma, sqrt(variance))), beta)
  }
  const outputs = [{ shape }, ofColumns, ofColumns, ofColumns]
  const [y, mean, rstd, variance] = graph.add('batch_norm', [x, gamma, beta], outputs, [epsilon], ([dy]) =>
    graph.add('batch_norm_gradient', [x, gamma, mean!, rstd!, dy!], [{ shape }, ofColumns, ofColumns]),
  )
  graph.update('running_average', [mean!], [running.mean], [momentum])
  graph.update('running_average', [variance!], [running.variance], [momentum])
  return y!
}
