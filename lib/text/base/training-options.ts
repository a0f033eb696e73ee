import { checkFunction, checkInteger, checkNumber, checkOptions } from '../../native/argument-checks.js'
import { KindredError } from '../../native/errors.js'
import type { AdapterOptions } from '../../nn/adapters/index.js'
import {
  NETWORK_OPTIONS,
  type NetworkOptimizer,
  type NetworkOptions,
  type NetworkSettings,
  networkSettings,
} from '../../nn/train/network-options.js'
import type { Schedule } from '../../nn/train/schedule.js'
import { type AdversarialOptions, type Attack, checkAdversarial } from './robust-options.js'

/** How a text model is trained. Defaults are those of Hugging Face's Trainer, with the learning rate of BERT's paper. */
export interface TrainingOptions extends NetworkOptions {
  /** Times that every text is seen. Default 3. */
  epochs?: number
  /** Texts of a batch. Default 16. */
  batchSize?: number
  /** Default 'adamw'. 'sgd' and 'adagrad' take learning rates some hundred times as great. */
  optimizer?: NetworkOptimizer
  /** Default 2e-5. */
  learningRate?: number
  /**
   * What the learning rate of a weight is multiplied by, at least 0, by its name in Hugging Face's files without the prefix
   * 'bert.': `(name) => (name.startsWith('embeddings.') ? 0.5 : 1)`. Default 1.
   */
  learningRateFactor?: (name: string) => number
  /** How the learning rate falls. 'plateau' takes a validation. Default 'linear'. */
  schedule?: Schedule
  /** Share of the steps over which the learning rate rises first, 0 to 1. Default 0. */
  warmup?: number
  /** Of the weights of products and embeddings (biases and normalisations do not decay). Default 0.01. */
  weightDecay?: number
  /** Greatest norm of all gradients together; longer ones are shortened to it. Default 1. */
  maxNorm?: number
  /** Longest text in tokens, special tokens included; longer ones are cut. Default what the model takes. */
  maxTokens?: number
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
  /** Draws the order of texts, the dropout and a new adapter, an integer from 0. Default 0. */
  seed?: number
}

/** @internal */
export const TRAINING_OPTIONS = [
  ...NETWORK_OPTIONS,
  'learningRateFactor',
  'maxTokens',
  'frozen',
  'adapter',
  'layerDecay',
  'adversarial',
] as const

/** Options with every default filled in. */
export type TrainingSettings = NetworkSettings &
  Required<Pick<TrainingOptions, 'learningRateFactor' | 'maxTokens' | 'frozen' | 'layerDecay'>> &
  Pick<TrainingOptions, 'adapter'> & { adversarial: Attack | undefined }

const DEFAULTS = {
  epochs: 3,
  batchSize: 16,
  learningRate: 2e-5,
  schedule: 'linear',
  weightDecay: 0.01,
  maxNorm: 1,
} as const

/**
 * @internal
 * @param tokens the least and the greatest legal `maxTokens`
 * @param isJudged whether there is a validation
 * @throws ERR_VALUE naming the option
 */
export function trainingSettings(
  options: TrainingOptions,
  tokens: { min: number; max: number },
  isJudged: boolean,
): TrainingSettings {
  return {
    ...networkSettings(options, DEFAULTS, isJudged),
    learningRateFactor: checkFunction('learningRateFactor', options.learningRateFactor) ?? (() => 1),
    maxTokens: checkInteger('maxTokens', options.maxTokens ?? tokens.max, tokens),
    frozen: checkFunction('frozen', options.frozen) ?? (() => false),
    adapter: options.adapter,
    adversarial: checkAdversarial(options.adversarial),
    layerDecay: checkNumber('layerDecay', options.layerDecay ?? 1, { min: 2 ** -20, max: 1 }),
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

/** @throws ERR_VALUE where there is nothing to judge: a share of nothing is no figure */
export function checkJudged(option: string, count: number): void {
  if (count === 0)
    throw new KindredError('ERR_VALUE', `${option}: expected something to judge but received an empty list.`)
}
