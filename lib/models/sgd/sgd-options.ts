import { checkBoolean, checkInteger, checkNumber } from '../../native/argument-checks.js'

/** Options of all models that learn by stochastic gradient descent. */
export interface SgdSettings {
  factors: number
  learningRate: number
  regularization: number
  iterations: number
  seed: number
  lockFree: boolean
  /** Standard deviation of the initial factors, of a normal distribution; null: uniform in (-1/2, 1/2) / factors. */
  initialScale: number | null
}

export const SGD_OPTIONS = [
  'factors',
  'learningRate',
  'regularization',
  'iterations',
  'seed',
  'lockFree',
  'initialScale',
] as const

/** Checks the options and fills in the defaults. @throws ERR_VALUE */
export function sgdSettings(
  options: Partial<SgdSettings>,
  defaults: Pick<SgdSettings, 'learningRate' | 'regularization' | 'iterations' | 'initialScale'>,
): SgdSettings {
  return {
    factors: checkInteger('factors', options.factors ?? 64, { min: 1, max: 4096 }),
    learningRate: checkNumber('learningRate', options.learningRate ?? defaults.learningRate, { min: 0, max: 10 }),
    regularization: checkNumber('regularization', options.regularization ?? defaults.regularization, {
      min: 0,
      max: 10,
    }),
    iterations: checkInteger('iterations', options.iterations ?? defaults.iterations, { min: 1, max: 1e6 }),
    seed: checkInteger('seed', options.seed ?? 0, { min: 0 }),
    lockFree: checkBoolean('lockFree', options.lockFree ?? false),
    initialScale: scaleOrNull(options.initialScale === undefined ? defaults.initialScale : options.initialScale),
  }
}

function scaleOrNull(value: unknown): number | null {
  return value === null ? null : checkNumber('initialScale', value, { min: 1e-6, max: 100 })
}
