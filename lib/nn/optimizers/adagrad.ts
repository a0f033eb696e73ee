import { checkNumber } from '../../native/argument-checks.js'
import type { Tensor } from '../graph/graph.js'
import {
  addStep,
  checkOptimizer,
  type Optimizer,
  type OptimizerOptions,
  type OptimizerTensors,
  optimizerOf,
} from './optimizer.js'

/** Options of {@link adagrad}; those of PyTorch. `weightDecay`, which is part of the gradient, is 0 by default. */
export interface AdagradOptions extends OptimizerOptions {
  /** Added to the root of the sum of squares, above 0. Default 1e-10. */
  epsilon?: number
}

/** @internal @throws ERR_VALUE */
export function adagradOptimizer(options: AdagradOptions): Optimizer {
  options = checkOptimizer('adagrad', options, ['epsilon'])
  const epsilon = checkNumber('epsilon', options.epsilon ?? 1e-10, { min: 1e-30 })
  return optimizerOf(options, { operation: 'adagrad', keeps: ['squares'], numbers: [epsilon] })
}

/**
 * Adds a step of Adagrad (Duchi, Hazan, Singer 2011, figure 1, diagonal) to the graph of `loss`: its program changes the weights
 * `names`, each the less the larger its gradients were. Of tables whose rows are gathered the rows of the batch alone change,
 * which is the same as a step of all rows where no weight decays. A run takes the inputs 'learningRate' (f32 [1]) and 'step'
 * (i32 [1], from 1). A loss that is no finite number stops it with ERR_NOT_FINITE before any weight is changed. Operations
 * recorded later see the weights from before the step.
 * @throws ERR_VALUE for an illegal option, or a weight that the loss does not depend on
 */
export function adagrad(loss: Tensor, names: readonly string[], options: AdagradOptions = {}): OptimizerTensors {
  return addStep(loss, names, adagradOptimizer(options))
}
