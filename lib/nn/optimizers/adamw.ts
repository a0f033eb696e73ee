import { checkNumber } from '../../native/argument-checks.js'
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

/** Options of {@link adam} and {@link adamw}; those of PyTorch. `weightDecay` is 0.01 by default for {@link adamw}, else 0. */
export interface AdamOptions extends OptimizerOptions {
  /** Decay of the mean of gradients, in [0, 1). Default 0.9. */
  beta1?: number
  /** Decay of the mean of their squares, in [0, 1). Default 0.999. */
  beta2?: number
  /** Added to the root of that mean, above 0. Default 1e-8. */
  epsilon?: number
}

/** @internal @throws ERR_VALUE */
export function adamOptimizer(operation: 'adam' | 'adamw', options: AdamOptions): Optimizer {
  options = checkOptimizer(operation, options, ['beta1', 'beta2', 'epsilon'])
  const beta1 = checkNumber('beta1', options.beta1 ?? 0.9, { min: 0, max: MOST_BETA })
  const beta2 = checkNumber('beta2', options.beta2 ?? 0.999, { min: 0, max: MOST_BETA })
  const epsilon = checkNumber('epsilon', options.epsilon ?? 1e-8, { min: 1e-30 })
  const rule = { operation, keeps: ['mean', 'square'], numbers: [epsilon, beta1, beta2] }
  return optimizerOf(options, rule, operation === 'adamw' ? 0.01 : 0)
}

/**
 * Adds a step of AdamW (Loshchilov and Hutter 2019, algorithm 2) to the graph of `loss`: its program changes the weights
 * `names`. Tables whose rows are gathered get a lazy step: only the rows of the batch change, and their weights decay in the
 * steps that touch them alone. A run takes the inputs 'learningRate' (f32 [1]) and 'step' (i32 [1], from 1). A loss that is
 * no finite number stops it with ERR_NOT_FINITE before any weight is changed. Operations recorded later see the weights
 * from before the step.
 * @throws ERR_VALUE for an illegal option, or a weight that the loss does not depend on
 */
export function adamw(loss: Tensor, names: readonly string[], options: AdamOptions = {}): OptimizerTensors {
  return addStep(loss, names, adamOptimizer('adamw', options))
}

/**
 * Adds a step of Adam (Kingma and Ba 2015, algorithm 1) to the graph of `loss`, as {@link adamw} does: the decay of weights is
 * part of the gradient.
 * @throws ERR_VALUE for an illegal option, or a weight that the loss does not depend on
 */
export function adam(loss: Tensor, names: readonly string[], options: AdamOptions = {}): OptimizerTensors {
  return addStep(loss, names, adamOptimizer('adam', options))
}
