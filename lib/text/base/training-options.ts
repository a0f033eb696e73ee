import { resolve } from 'node:path'
import { checkFunction, checkInteger, checkNumber, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import type { AdapterOptions } from '../../nn/adapters/index.js'
import { type PlateauOptions, plateauOptions, SCHEDULES, type Schedule } from '../../nn/train/schedule.js'
import type { TrainingProgress } from '../../nn/train/training.js'
import { type AdversarialOptions, type Attack, checkAdversarial } from './robust-options.js'

/** Optimisers of text models: AdamW; Adam, whose decay is part of the gradient; SGD with momentum 0.9; Adagrad. */
export type TextOptimizer = 'adamw' | 'adam' | 'sgd' | 'adagrad'

/** @internal */
export const OPTIMIZERS: readonly TextOptimizer[] = ['adamw', 'adam', 'sgd', 'adagrad']

/** How a text model is trained. Defaults are those of Hugging Face's Trainer, with the learning rate of BERT's paper. */
export interface TrainingOptions {
  /** Times that every text is seen. Default 3. */
  epochs?: number
  /** Texts of a batch. Default 16. */
  batchSize?: number
  /**
   * Batches of a step: their gradients are added up, as if they were one of so many times the size, in the memory of one. What
   * a loss takes from within a batch, as 'in-batch' does, stays within it. Default 1.
   */
  accumulation?: number
  /** Default 'adamw'. 'sgd' and 'adagrad' take learning rates some hundred times as great. */
  optimizer?: TextOptimizer
  /** Default 2e-5. */
  learningRate?: number
  /**
   * What the learning rate of a weight is multiplied by, at least 0, by its name in Hugging Face's files without the prefix
   * 'bert.': `(name) => (name.startsWith('embeddings.') ? 0.5 : 1)`. Default 1.
   */
  learningRateFactor?: (name: string) => number
  /** How the learning rate falls. 'plateau' takes a validation. Default 'linear'. */
  schedule?: Schedule
  /** When and how far the schedule 'plateau' lowers the learning rate. */
  plateau?: PlateauOptions
  /** Share of the steps over which the learning rate rises first, 0 to 1. Default 0. */
  warmup?: number
  /** Of the weights of products and embeddings (biases and normalisations do not decay). Default 0.01. */
  weightDecay?: number
  /** Greatest norm of all gradients together; longer ones are shortened to it. Default 1. */
  maxNorm?: number
  /**
   * Decay of exponential averages of the weights over the steps, above 0 and below 1, such as 0.999: they are what is judged
   * after an epoch, and what the model has in the end. A step takes one more pass over the weights. Default none.
   */
  averaging?: number
  /** Longest text in tokens, special tokens included; longer ones are cut. Default what the model takes. */
  maxTokens?: number
  /** Epochs without a better validation after which training ends; it takes one. Default none. */
  patience?: number
  /**
   * Which weights stay as they are, by their names in BERT's files without the prefix 'bert.', whatever the architecture, such
   * as `(name) => name.startsWith('embeddings.')`. They cost no gradient. Default none.
   */
  frozen?: (name: string) => boolean
  /**
   * Trains few weights beside those of the encoder, and the head, in place of all: a step takes less time, and an optimiser keeps
   * little. Another fit with the same adapter goes on with it. Default none.
   */
  adapter?: AdapterOptions
  /**
   * What the learning rate is multiplied by from each layer to the one below (Sun et al. 2019, "How to fine-tune BERT", section
   * 5.3.4), above 0 and at most 1: embeddings get `layerDecay` to the power of the layers, the head 1. Default 1.
   */
  layerDecay?: number
  /** Trains on changed embedded words, too, which costs a pass more (FGM) or several (PGD). Default none. */
  adversarial?: AdversarialOptions
  /**
   * A folder in which the training is kept after each epoch, to go on from if it is interrupted: another fit of the same model
   * with the same arguments and this folder ends with the same bits as if it had never stopped, and at once if it had ended.
   * Default none.
   */
  checkpoint?: string
  /** Steps after which the checkpoint is written, beside the ends of epochs. Default none. */
  checkpointEvery?: number
  /** Draws the order of texts, the dropout and a new adapter, an integer from 0. Default 0. */
  seed?: number
  /** Aborts it with ERR_ABORTED, the model as it was. */
  signal?: AbortSignal
  /** Called after each step. */
  onProgress?: (progress: TrainingProgress) => void
}

/** @internal */
export const TRAINING_OPTIONS = [
  'epochs',
  'batchSize',
  'accumulation',
  'optimizer',
  'learningRate',
  'learningRateFactor',
  'schedule',
  'plateau',
  'warmup',
  'weightDecay',
  'maxNorm',
  'averaging',
  'maxTokens',
  'patience',
  'frozen',
  'adapter',
  'layerDecay',
  'adversarial',
  'checkpoint',
  'checkpointEvery',
  'seed',
  'signal',
  'onProgress',
] as const

/** Options without a default. */
type Absent =
  | 'signal'
  | 'onProgress'
  | 'averaging'
  | 'checkpoint'
  | 'checkpointEvery'
  | 'plateau'
  | 'patience'
  | 'adapter'
  | 'adversarial'

/** Options with every default filled in. */
export type TrainingSettings = Required<Omit<TrainingOptions, Absent>> &
  Pick<TrainingOptions, Exclude<Absent, 'adversarial' | 'plateau'>> & {
    adversarial: Attack | undefined
    plateau: Required<PlateauOptions>
  }

/** @internal @param tokens the least and the greatest legal `maxTokens` @throws ERR_VALUE naming the option */
export function trainingSettings(options: TrainingOptions, tokens: { min: number; max: number }): TrainingSettings {
  const epochs = checkInteger('epochs', options.epochs ?? 3, { min: 1 })
  const { averaging, checkpoint, checkpointEvery } = options
  const schedule = checkOneOf('schedule', options.schedule ?? 'linear', SCHEDULES)
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
    epochs,
    batchSize: checkInteger('batchSize', options.batchSize ?? 16, { min: 1 }),
    learningRate: checkNumber('learningRate', options.learningRate ?? 2e-5, { min: 0 }),
    learningRateFactor: checkFunction('learningRateFactor', options.learningRateFactor) ?? (() => 1),
    accumulation: checkInteger('accumulation', options.accumulation ?? 1, { min: 1 }),
    optimizer: checkOneOf('optimizer', options.optimizer ?? 'adamw', OPTIMIZERS),
    schedule,
    plateau: plateauOptions(options.plateau),
    averaging,
    checkpoint: checkpoint && resolve(checkpoint),
    checkpointEvery,
    warmup: checkNumber('warmup', options.warmup ?? 0, { min: 0, max: 1 }),
    weightDecay: checkNumber('weightDecay', options.weightDecay ?? 0.01, { min: 0 }),
    maxNorm: checkNumber('maxNorm', options.maxNorm ?? 1, { min: 0 }),
    maxTokens: checkInteger('maxTokens', options.maxTokens ?? tokens.max, tokens),
    patience: options.patience === undefined ? undefined : checkInteger('patience', options.patience, { min: 1 }),
    frozen: checkFunction('frozen', options.frozen) ?? (() => false),
    adapter: options.adapter,
    adversarial: checkAdversarial(options.adversarial),
    layerDecay: checkNumber('layerDecay', options.layerDecay ?? 1, { min: 2 ** -20, max: 1 }),
    seed: checkInteger('seed', options.seed ?? 0, { min: 0 }),
    signal: options.signal,
    onProgress: options.onProgress,
  }
}

/** @internal `validation` with these lists and nothing else. @throws ERR_VALUE for another, or one without anything to judge */
export function checkValidation<T extends object>(
  validation: T | undefined,
  lists: readonly (keyof T & string)[],
): T | undefined {
  if (validation === undefined) return undefined
  const own = checkOptions('validation', validation, lists)
  if ((own[lists[0]!] as { length?: number } | undefined)?.length === 0)
    throw new KindredError(
      'ERR_VALUE',
      `validation.${lists[0]}: expected something to judge but received an empty list.`,
    )
  return own
}
