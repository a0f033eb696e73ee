import { checkFunction, checkNumber, checkOptions } from '../../native/argument-checks.js'
import { gradients, isRows } from '../graph/gradients.js'
import type { RowGradient, Tensor } from '../graph/graph.js'
import { scale } from '../ops/layers/elementwise.js'

/** Options of every optimiser. */
export interface OptimizerOptions {
  /** Decay of the weights, at least 0: of all of them, or of each by its name. */
  weightDecay?: number | ((name: string) => number)
  /** What a weight's learning rate is multiplied by, at least 0, by its name. Default 1. */
  learningRateFactor?: (name: string) => number
  /** Greatest norm of all gradients together; longer ones are shortened to it. None if absent. */
  maxNorm?: number
}

/** What an optimiser adds to a graph beside the update. */
export interface OptimizerTensors {
  /** The norm of all gradients before clipping, if `maxNorm` was given. */
  norm: Tensor | undefined
  /** Names of the weights that the optimiser keeps beside those that it changes, which begin with 0. */
  kept: readonly string[]
}

/** How gradients change weights. */
export interface Optimizer {
  /** The native operation; that of rows ends with '_rows'. */
  readonly operation: string
  /** What is kept beside each weight. */
  readonly keeps: readonly string[]
  /** What the operation takes after the weight's decay. */
  readonly numbers: readonly number[]
  readonly weightDecay: (name: string) => number
  readonly learningRateFactor: (name: string) => number
  readonly maxNorm: number | undefined
}

/** Names of {@link OptimizerOptions}. */
export const OPTIMIZER_OPTIONS = ['weightDecay', 'learningRateFactor', 'maxNorm'] as const

/** The greatest decay of a mean: 1 would never forget. */
export const MOST_BETA = 1 - 2 ** -20

/** Options with none that is unknown. @throws ERR_VALUE */
export function checkOptimizer<T extends OptimizerOptions>(where: string, options: T, own: readonly string[]): T {
  return checkOptions(where, options, [...own, ...OPTIMIZER_OPTIONS])
}

/** @internal @param weightDecay where the options have none @throws ERR_VALUE */
export function optimizerOf(
  options: OptimizerOptions,
  rule: Pick<Optimizer, 'operation' | 'keeps' | 'numbers'>,
  weightDecay = 0,
): Optimizer {
  const { maxNorm, weightDecay: given = weightDecay } = options
  if (maxNorm !== undefined) checkNumber('maxNorm', maxNorm, { min: 0 })
  if (typeof given !== 'function') checkNumber('weightDecay', given, { min: 0 })
  return {
    ...rule,
    weightDecay: typeof given === 'function' ? given : () => given,
    learningRateFactor: checkFunction('learningRateFactor', options.learningRateFactor) ?? (() => 1),
    maxNorm,
  }
}

/**
 * @internal Adds the operations that change `parameters` by their gradients. A run takes the inputs 'learningRate' (f32 [1])
 * and 'step' (i32 [1], from 1). Of tables whose gradients are rows, these rows alone change. Operations recorded later see the
 * weights from before.
 * @throws ERR_VALUE for a factor or decay that is none, by the name of its weight
 */
export function update(
  parameters: readonly Tensor[],
  found: readonly (Tensor | RowGradient)[],
  optimizer: Optimizer,
): OptimizerTensors {
  const { operation, keeps, numbers, maxNorm } = optimizer
  const { graph } = parameters[0]!
  const { weights } = graph
  const rate = graph.input('learningRate', [1])
  const step = graph.input('step', [1], 'i32')
  const tensors = found.map((gradient) => (isRows(gradient) ? gradient.sums : gradient))
  const [factor, norm] =
    maxNorm === undefined
      ? graph.add('fill', [], [{ shape: [] }], [1])
      : graph.add('clip_factor', tensors, [{ shape: [] }, { shape: [] }], [maxNorm])
  const rates = new Map([[1, rate]])
  const rateOf = (name: string): Tensor => {
    const times = checkNumber(`learningRateFactor of ${name}`, optimizer.learningRateFactor(name), { min: 0 })
    const own = rates.get(times) ?? scale(rate, times)
    rates.set(times, own)
    return own
  }
  const all: string[] = []
  for (const [n, parameter] of parameters.entries()) {
    const { name } = parameter
    const kept = keeps.map((kind) => {
      const own = `${name}.${operation}.${kind}`
      if (!weights.has(own)) weights.declare(own, weights.entry(name).shape)
      all.push(own)
      return graph.parameter(own)
    })
    const decay = checkNumber(`weightDecay of ${name}`, optimizer.weightDecay(name), { min: 0 })
    const gradient = found[n]!
    const others = [rateOf(name), factor!, step]
    if (isRows(gradient))
      graph.update(
        `${operation}_rows`,
        [gradient.rows, gradient.sums, ...others],
        [parameter, ...kept],
        [decay, ...numbers],
      )
    else graph.update(operation, [gradient, ...others], [parameter, ...kept], [decay, ...numbers])
  }
  return { norm, kept: all }
}

/**
 * @internal Adds a step to the graph of `loss`. A loss that is no finite number stops a run with ERR_NOT_FINITE before any
 * weight is changed.
 * @throws ERR_VALUE for a weight that the loss does not depend on, or none at all
 */
export function addStep(loss: Tensor, names: readonly string[], optimizer: Optimizer): OptimizerTensors {
  const { graph } = loss
  const parameters = names.map((name) => graph.parameter(name))
  const found = gradients(loss, parameters)
  graph.update('check_finite', [loss], [], [])
  return update(parameters, found, optimizer)
}
