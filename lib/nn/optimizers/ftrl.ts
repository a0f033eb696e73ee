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

/** Options of {@link ftrl}, by the names of its paper. `weightDecay` is lambda2, 0 by default; the learning rate is alpha. */
export interface FtrlOptions extends OptimizerOptions {
  /** Added to the root of the sum of squares, above 0: a greater one slows the first steps. Default 1. */
  beta?: number
  /** lambda1: weights whose evidence is smaller are exactly 0. At least 0. Default 0. */
  l1?: number
}

/** @internal @throws ERR_VALUE */
export function ftrlOptimizer(options: FtrlOptions): Optimizer {
  options = checkOptimizer('ftrl', options, ['beta', 'l1'])
  const beta = checkNumber('beta', options.beta ?? 1, { min: 1e-30 })
  const l1 = checkNumber('l1', options.l1 ?? 0, { min: 0 })
  return optimizerOf(options, { operation: 'ftrl', keeps: ['z', 'squares'], numbers: [beta, l1] })
}

/**
 * Adds a step of FTRL-Proximal (McMahan et al. 2013, algorithm 1) to the graph of `loss`: its program changes the weights
 * `names`, of which l1 makes many exactly 0: for sparse linear models. A weight that begins with another number than 0 stands
 * as if it were learnt. Of tables whose rows are gathered the rows of the batch alone change. A run takes the inputs
 * 'learningRate' (f32 [1], above 0, the same for all steps as the paper has it) and 'step' (i32 [1], from 1). A loss that is no
 * finite number stops it with ERR_NOT_FINITE before any weight is changed. Operations recorded later see the weights from
 * before the step.
 * @throws ERR_VALUE for an illegal option, or a weight that the loss does not depend on
 */
export function ftrl(loss: Tensor, names: readonly string[], options: FtrlOptions = {}): OptimizerTensors {
  return addStep(loss, names, ftrlOptimizer(options))
}
