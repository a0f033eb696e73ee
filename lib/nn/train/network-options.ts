import { resolve } from 'node:path'
import { checkInteger, checkNumber, checkOneOf } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import { PRECISIONS, type Precision } from '../graph/graph.js'
import { type PlateauOptions, plateauOptions, SCHEDULES, type Schedule } from './schedule.js'
import type { TrainingProgress } from './training.js'

/** Optimisers of networks: AdamW; Adam, whose decay is part of the gradient; SGD with momentum 0.9; Adagrad. */
export type NetworkOptimizer = 'adamw' | 'adam' | 'sgd' | 'adagrad'

/** @internal */
export const OPTIMIZERS: readonly NetworkOptimizer[] = ['adamw', 'adam', 'sgd', 'adagrad']

/** How a network is trained. Defaults are those of the model. */
export interface NetworkOptions {
  /** Times that every sample is seen. */
  epochs?: number
  /** Samples of a batch. */
  batchSize?: number
  /**
   * Batches of a step: their gradients are added up, as if they were one of so many times the size, in the memory of one. What
   * a loss takes from within a batch stays within it. Default 1.
   */
  accumulation?: number
  /** The optimiser. 'sgd' and 'adagrad' take learning rates some hundred times as great as the others. */
  optimizer?: NetworkOptimizer
  /** Step size of the optimiser, at least 0. */
  learningRate?: number
  /** How the learning rate falls. 'plateau' takes a validation. */
  schedule?: Schedule
  /** When and how far the schedule 'plateau' lowers the learning rate. */
  plateau?: PlateauOptions
  /** Share of the steps over which the learning rate rises first, 0 to 1. */
  warmup?: number
  /** Share of a weight that a step takes away, times the learning rate; at least 0. */
  weightDecay?: number
  /** Greatest norm of all gradients together; longer ones are shortened to it. */
  maxNorm?: number
  /**
   * Decay of exponential averages of the weights over the steps, above 0 and below 1, such as 0.999: they are what is judged
   * after an epoch, and what the model has in the end. A step takes one more pass over the weights. Default none.
   */
  averaging?: number
  /** Epochs without a better validation after which training ends; it takes one. */
  patience?: number
  /**
   * A folder in which the training is kept after each epoch, to go on from if it is interrupted: another fit of the same model
   * with the same arguments and this folder ends with the same bits as if it had never stopped, and at once if it had ended.
   * Default none.
   */
  checkpoint?: string
  /** Steps after which the checkpoint is written, beside the ends of epochs. Default none. */
  checkpointEvery?: number
  /**
   * Of products with weights. 'bf16' rounds the numbers that meet in them to 8 bits of precision and takes a
   * processor that has such products (`backendInfo().isa.bf16`: AMX, where they are much faster; AVX512-BF16, where it depends); weights, sums, and all else stay f32.
   * Default 'f32'.
   */
  precision?: Precision
  /** Draws the order of samples, the dropout and new weights, an integer from 0. Default 0. */
  seed?: number
  /** Aborts it with ERR_ABORTED, the model as it was. */
  signal?: AbortSignal
  /** Called after each step. */
  onProgress?: (progress: TrainingProgress) => void
}

/** @internal Names of {@link NetworkOptions}. */
export const NETWORK_OPTIONS = [
  'epochs',
  'batchSize',
  'accumulation',
  'optimizer',
  'learningRate',
  'schedule',
  'plateau',
  'warmup',
  'weightDecay',
  'maxNorm',
  'averaging',
  'patience',
  'checkpoint',
  'checkpointEvery',
  'precision',
  'seed',
  'signal',
  'onProgress',
] as const

/** Options without a value where they are absent. */
type Absent = 'signal' | 'onProgress' | 'averaging' | 'checkpoint' | 'checkpointEvery' | 'patience' | 'maxNorm'

/** Options with every default filled in. */
export type NetworkSettings = Required<Omit<NetworkOptions, Absent | 'plateau'>> &
  Pick<NetworkOptions, Absent> & { plateau: Required<PlateauOptions> }

/** @internal What a model takes for options that are absent. */
export type NetworkDefaults = Pick<NetworkSettings, 'epochs' | 'batchSize' | 'learningRate'> &
  Partial<
    Pick<NetworkSettings, 'optimizer' | 'schedule' | 'plateau' | 'warmup' | 'weightDecay' | 'maxNorm' | 'patience'>
  >

/**
 * @internal Options checked, with a model's defaults: beside those that it gives 'adamw', a learning rate that stays, no warm-up,
 * no decay, no greatest norm and no early end.
 * @param isJudged whether there is a validation: without one the defaults leave out what follows it
 * @throws ERR_VALUE naming the option
 */
export function networkSettings(
  options: NetworkOptions,
  defaults: NetworkDefaults,
  isJudged: boolean,
): NetworkSettings {
  const { averaging, checkpoint, checkpointEvery, maxNorm = defaults.maxNorm } = options
  const patience = options.patience ?? (isJudged ? defaults.patience : undefined)
  const usual = defaults.schedule === 'plateau' && !isJudged ? 'constant' : (defaults.schedule ?? 'constant')
  const schedule = checkOneOf('schedule', options.schedule ?? usual, SCHEDULES)
  if (schedule === 'plateau' && !isJudged)
    throw new KindredError('ERR_VALUE', "schedule: 'plateau' follows the validation; give one.")
  if (patience !== undefined && !isJudged)
    throw new KindredError('ERR_VALUE', 'patience: it waits for a better validation; give one, or leave it out.')
  if (averaging !== undefined) checkNumber('averaging', averaging, { min: 2 ** -20, max: 1 - 2 ** -20 })
  if (checkpoint !== undefined && (typeof checkpoint !== 'string' || checkpoint === ''))
    throw new KindredError('ERR_VALUE', `checkpoint: expected the path of a folder but received ${show(checkpoint)}.`)
  if (checkpointEvery !== undefined) {
    checkInteger('checkpointEvery', checkpointEvery, { min: 1 })
    if (checkpoint === undefined)
      throw new KindredError(
        'ERR_VALUE',
        'checkpointEvery: expected a folder with it: { checkpoint, checkpointEvery }.',
      )
  }
  if (options.plateau !== undefined && schedule !== 'plateau')
    throw new KindredError('ERR_VALUE', `plateau: expected with the schedule 'plateau' alone, but it is '${schedule}'.`)
  return {
    epochs: checkInteger('epochs', options.epochs ?? defaults.epochs, { min: 1 }),
    batchSize: checkInteger('batchSize', options.batchSize ?? defaults.batchSize, { min: 1 }),
    accumulation: checkInteger('accumulation', options.accumulation ?? 1, { min: 1 }),
    optimizer: checkOneOf('optimizer', options.optimizer ?? defaults.optimizer ?? 'adamw', OPTIMIZERS),
    learningRate: checkNumber('learningRate', options.learningRate ?? defaults.learningRate, { min: 0 }),
    schedule,
    plateau: plateauOptions(options.plateau ?? (schedule === 'plateau' ? defaults.plateau : undefined)),
    warmup: checkNumber('warmup', options.warmup ?? defaults.warmup ?? 0, { min: 0, max: 1 }),
    weightDecay: checkNumber('weightDecay', options.weightDecay ?? defaults.weightDecay ?? 0, { min: 0 }),
    maxNorm: maxNorm === undefined ? undefined : checkNumber('maxNorm', maxNorm, { min: 0 }),
    averaging,
    patience: patience === undefined ? undefined : checkInteger('patience', patience, { min: 1 }),
    checkpoint: checkpoint && resolve(checkpoint),
    checkpointEvery,
    precision: checkOneOf('precision', options.precision ?? 'f32', PRECISIONS),
    seed: checkInteger('seed', options.seed ?? 0, { min: 0 }),
    signal: options.signal,
    onProgress: options.onProgress,
  }
}
