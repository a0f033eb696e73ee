import { checkFunction, checkInteger, checkNumber, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import { KindredError } from '../../native/errors.js'
import { SCHEDULES, type Schedule } from '../../nn/train/schedule.js'
import type { TrainingProgress } from '../../nn/train/train.js'

/** How a text model is trained. Defaults are those of Hugging Face's Trainer, with the learning rate of BERT's paper. */
export interface TrainingOptions {
  /** Times that every text is seen. Default 3. */
  epochs?: number
  /** Texts of a step. Default 16. */
  batchSize?: number
  /** Default 2e-5. */
  learningRate?: number
  /** How the learning rate falls. Default 'linear'. */
  schedule?: Schedule
  /** Share of the steps over which the learning rate rises first, 0 to 1. Default 0. */
  warmup?: number
  /** Of the weights of products and embeddings (biases and normalisations do not decay). Default 0.01. */
  weightDecay?: number
  /** Greatest norm of all gradients together; longer ones are shortened to it. Default 1. */
  maxNorm?: number
  /** Longest text in tokens, special tokens included; longer ones are cut. Default what the model takes. */
  maxTokens?: number
  /** Epochs without a better validation after which training ends. Default none. */
  patience?: number
  /**
   * Which weights stay as they are, by their names in BERT's files without the prefix 'bert.', whatever the architecture, such
   * as `(name) => name.startsWith('embeddings.')`. They cost no gradient. Default none.
   */
  frozen?: (name: string) => boolean
  /** Draws the order of texts and the dropout, an integer from 0. Default 0. */
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
  'learningRate',
  'schedule',
  'warmup',
  'weightDecay',
  'maxNorm',
  'maxTokens',
  'patience',
  'frozen',
  'seed',
  'signal',
  'onProgress',
] as const

/** Options with every default filled in. */
export type TrainingSettings = Required<Omit<TrainingOptions, 'signal' | 'onProgress'>> &
  Pick<TrainingOptions, 'signal' | 'onProgress'>

/** @internal @param tokens the least and the greatest legal `maxTokens` @throws ERR_VALUE naming the option */
export function trainingSettings(options: TrainingOptions, tokens: { min: number; max: number }): TrainingSettings {
  const epochs = checkInteger('epochs', options.epochs ?? 3, { min: 1 })
  return {
    epochs,
    batchSize: checkInteger('batchSize', options.batchSize ?? 16, { min: 1 }),
    learningRate: checkNumber('learningRate', options.learningRate ?? 2e-5, { min: 0 }),
    schedule: checkOneOf('schedule', options.schedule ?? 'linear', SCHEDULES),
    warmup: checkNumber('warmup', options.warmup ?? 0, { min: 0, max: 1 }),
    weightDecay: checkNumber('weightDecay', options.weightDecay ?? 0.01, { min: 0 }),
    maxNorm: checkNumber('maxNorm', options.maxNorm ?? 1, { min: 0 }),
    maxTokens: checkInteger('maxTokens', options.maxTokens ?? tokens.max, tokens),
    patience: checkInteger('patience', options.patience ?? epochs, { min: 1 }),
    frozen: checkFunction('frozen', options.frozen) ?? (() => false),
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
