import { checkInteger, checkNumber, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { NETWORK_OPTIONS, networkSettings } from '../../nn/train/network-options.js'
import {
  type CheckpointedFitOptions,
  FIT_NETWORK_OPTIONS,
  type ModelTrainingOptions,
} from '../fusion/fusion-options.js'
import { TEMPERATURES } from '../fusion/temperature.js'

/** Options of {@link CrossModalProjection}. */
export interface CrossModalProjectionOptions extends ModelTrainingOptions {
  /** Length of the vectors of the common space, from 2. Default 64. */
  dims?: number
  /**
   * The ridge of the canonical correlation that training begins with, from 0, in squares of the vectors' unit, of which each has norm 1.
   * The fewer the pairs, the more. Default 0.01.
   */
  regularization?: number
  /** Share of the numbers of the vectors that fall away in a training step, in [0, 1). Default 0.2. */
  dropout?: number
  /** What cosines are divided by before the softmax, above 0, when training begins; it is learnt. Default 0.1. */
  temperature?: number
}

/** Options of {@link CrossModalProjection} with their defaults; those of training that are absent depend on the validation. */
export type CrossModalProjectionSettings = Readonly<
  Required<Omit<CrossModalProjectionOptions, keyof ModelTrainingOptions>> & ModelTrainingOptions
>

/** Options of `CrossModalProjection.fit`. */
export interface FitProjectionOptions extends CheckpointedFitOptions {
  /** Share of the pairs, above 0 and below 1, that is held out, so that the epoch that finds most of them is kept. Default none. */
  validation?: number
}

/** Options of `CrossModalProjection.transform`. */
export interface ProjectOptions extends AbortOptions {
  /** Which of the two modalities of `fit` the vectors are of; default 'x', the first. */
  view?: 'x' | 'y'
}

/** Options of `CrossModalProjection.evaluate`. */
export interface EvaluateProjectionOptions extends AbortOptions {
  /** Lengths of lists, each from 1. Default [1, 5, 10]. */
  k?: readonly number[]
}

/** How a projection is trained where its options do not say. */
export const PROJECTION_DEFAULTS = {
  epochs: 30,
  batchSize: 128,
  learningRate: 3e-3,
  schedule: 'linear',
  warmup: 0.05,
  weightDecay: 0.01,
  maxNorm: 1,
  patience: 10,
} as const

const NAMES = [
  'dims',
  'regularization',
  'dropout',
  'temperature',
  ...NETWORK_OPTIONS.filter((name) => !(FIT_NETWORK_OPTIONS as readonly string[]).includes(name)),
]

/** @throws ERR_VALUE naming the option */
export function projectionOptions(options: CrossModalProjectionOptions): CrossModalProjectionSettings {
  options = checkOptions('CrossModalProjection', options, NAMES)
  const { dims, regularization, dropout, temperature, ...training } = options
  networkSettings(training, PROJECTION_DEFAULTS, true)
  const given = Object.entries(training).filter(([, value]) => value !== undefined)
  return Object.freeze({
    dims: checkInteger('dims', dims ?? 64, { min: 2, max: 4096 }),
    regularization: checkNumber('regularization', regularization ?? 0.01, { min: 0 }),
    dropout: checkNumber('dropout', dropout ?? 0.2, { min: 0, max: 1 - 2 ** -20 }),
    temperature: checkNumber('temperature', temperature ?? 0.1, TEMPERATURES),
    ...Object.fromEntries(given),
  })
}
