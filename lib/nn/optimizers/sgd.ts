import { checkBoolean, checkNumber } from '../../native/argument-checks.js'
import { KindredError } from '../../native/errors.js'
import type { Tensor } from '../graph/graph.js'
import {
  addStep,
  checkOptimizer,
  MOST_BETA,
  type Optimizer,
  type OptimizerOptions,
  type OptimizerTensors,
  optimizerOf,
} from './optimizer.js'

/** Options of {@link sgd}; those of PyTorch. `weightDecay`, which is part of the gradient, is 0 by default. */
export interface SgdOptions extends OptimizerOptions {
  /** Decay of the sum of gradients that the weights move by, in [0, 1) (Polyak 1964). Default 0: the gradient alone. */
  momentum?: number
  /** Whether the gradient is as it would be after the next step of momentum (Sutskever et al. 2013). Default false. */
  nesterov?: boolean
}

/** @internal @throws ERR_VALUE */
export function sgdOptimizer(options: SgdOptions): Optimizer {
  options = checkOptimizer('sgd', options, ['momentum', 'nesterov'])
  const momentum = checkNumber('momentum', options.momentum ?? 0, { min: 0, max: MOST_BETA })
  const nesterov = checkBoolean('nesterov', options.nesterov ?? false)
  if (nesterov && momentum === 0) throw new KindredError('ERR_VALUE', 'nesterov: expected a momentum above 0 with it.')
  if (momentum === 0) return optimizerOf(options, { operation: 'sgd', keeps: [], numbers: [] })
  const operation = nesterov ? 'nesterov' : 'momentum'
  return optimizerOf(options, { operation, keeps: ['velocity'], numbers: [momentum] })
}

/**
 * Adds a step of stochastic gradient descent, with momentum or without, to the graph of `loss`: its program changes the weights
 * `names`. Tables whose rows are gathered change, and keep momentum, by the rows of the batch alone. A run takes the inputs
 * 'learningRate' (f32 [1]) and 'step' (i32 [1], from 1). A loss that is no finite number stops it with ERR_NOT_FINITE before
 * any weight is changed. Operations recorded later see the weights from before the step.
 * @throws ERR_VALUE for an illegal option, or a weight that the loss does not depend on
 */
export function sgd(loss: Tensor, names: readonly string[], options: SgdOptions = {}): OptimizerTensors {
  return addStep(loss, names, sgdOptimizer(options))
}
