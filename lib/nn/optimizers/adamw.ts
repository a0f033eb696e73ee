import { checkFunction, checkNumber, checkOptions } from '../../native/argument-checks.js'
import { gradients, isRows } from '../graph/gradients.js'
import type { RowGradient, Tensor } from '../graph/graph.js'
import { scale } from '../ops/elementwise.js'

/** Options of {@link adamw}; those of PyTorch's AdamW. */
export interface AdamWOptions {
  /** Decay of the mean of gradients. Default 0.9. */
  beta1?: number
  /** Decay of the mean of their squares. Default 0.999. */
  beta2?: number
  /** Added to the root of that mean. Default 1e-8. */
  epsilon?: number
  /** Decay of the weights, times the learning rate, of those for which `decays` is true. Default 0.01. */
  weightDecay?: number
  /** Which weights decay, by name. Default all. */
  decays?: (name: string) => boolean
  /** What a weight's learning rate is multiplied by, at least 0, by its name. Default 1. */
  learningRateFactor?: (name: string) => number
  /** Greatest norm of all gradients together; longer ones are shortened to it. None if absent. */
  maxNorm?: number
}

/** The greatest decay of a mean: 1 would never forget. */
const MOST_BETA = 1 - 2 ** -20

/** What {@link adamw} adds to a graph beside the update. */
export interface AdamWTensors {
  /** The norm of all gradients before clipping, if `maxNorm` was given. */
  norm: Tensor | undefined
  /** Names of the weights that the optimiser keeps: mean and mean square of each gradient, which begin with 0. */
  kept: readonly string[]
}

/**
 * Adds a step of AdamW (Loshchilov and Hutter 2019, algorithm 2) to the graph of `loss`: its program changes the weights
 * `names`. Tables whose rows are gathered get a lazy step: only the rows of the batch change, and their weights decay in the
 * steps that touch them alone. A run takes the inputs 'learningRate' (f32 [1]) and 'step' (i32 [1], from 1). A loss that is
 * no finite number stops it with ERR_NOT_FINITE before any weight is changed. Operations recorded later see the weights
 * from before the step.
 * @throws ERR_VALUE for an illegal option, or a weight that the loss does not depend on
 */
export function adamw(loss: Tensor, names: readonly string[], options: AdamWOptions = {}): AdamWTensors {
  options = checkOptions('adamw', options, [
    'beta1',
    'beta2',
    'epsilon',
    'weightDecay',
    'decays',
    'learningRateFactor',
    'maxNorm',
  ])
  const { maxNorm } = options
  const beta1 = checkNumber('beta1', options.beta1 ?? 0.9, { min: 0, max: MOST_BETA })
  const beta2 = checkNumber('beta2', options.beta2 ?? 0.999, { min: 0, max: MOST_BETA })
  const epsilon = checkNumber('epsilon', options.epsilon ?? 1e-8, { min: 1e-30 })
  const weightDecay = checkNumber('weightDecay', options.weightDecay ?? 0.01, { min: 0 })
  const decays = checkFunction('decays', options.decays) ?? (() => true)
  const factorOf = checkFunction('learningRateFactor', options.learningRateFactor) ?? (() => 1)
  if (maxNorm !== undefined) checkNumber('maxNorm', maxNorm, { min: 0 })
  const { graph } = loss
  const { weights } = graph
  const parameters = names.map((name) => graph.parameter(name))
  const found = gradients(loss, parameters)
  graph.update('check_finite', [loss], [], [])
  const rate = graph.input('learningRate', [1])
  const step = graph.input('step', [1], 'i32')
  const tensorOf = (gradient: Tensor | RowGradient) => (isRows(gradient) ? gradient.sums : gradient)
  const [factor, norm] =
    maxNorm === undefined
      ? graph.add('fill', [], [{ shape: [] }], [1])
      : graph.add('clip_factor', found.map(tensorOf), [{ shape: [] }, { shape: [] }], [maxNorm])
  const rates = new Map<number, Tensor>([[1, rate]])
  const rateOf = (name: string): Tensor => {
    const times = checkNumber(`learningRateFactor of ${name}`, factorOf(name), { min: 0 })
    const own = rates.get(times) ?? scale(rate, times)
    rates.set(times, own)
    return own
  }
  const all: string[] = []
  for (const [n, parameter] of parameters.entries()) {
    const { name } = parameter
    const kept = ['mean', 'square'].map((kind) => {
      const own = `${name}.adamw.${kind}`
      if (!weights.has(own)) weights.declare(own, weights.entry(name).shape)
      all.push(own)
      return graph.parameter(own)
    })
    const gradient = found[n]!
    const numbers = [beta1, beta2, epsilon, decays(name) ? weightDecay : 0]
    if (isRows(gradient))
      graph.update(
        'adamw_rows',
        [gradient.rows, gradient.sums, rateOf(name), factor!, step],
        [parameter, ...kept],
        numbers,
      )
    else graph.update('adamw', [gradient, rateOf(name), factor!, step], [parameter, ...kept], numbers)
  }
  return { norm, kept: all }
}
