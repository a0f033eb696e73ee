import type { Interactions } from '../../data/log/interactions.js'
import { type NetworkDefaults, type NetworkSettings, networkSettings } from '../../nn/train/network-options.js'
import type { TrainingProgress } from '../../nn/train/training.js'
import type { FitOptions } from './recommend-options.js'

/** Options of `fit` of models that are networks. */
export interface NetworkFitOptions extends FitOptions {
  /**
   * Interactions that were held out of the log: after each epoch the lists of their users, without what these have in the log,
   * are judged by NDCG@20, and the weights of the best epoch are kept. Rows of users or items that the model does not know,
   * or of weights that are not above 0, do not count. Default none.
   */
  validation?: Interactions
  /**
   * A folder in which the training is kept after each epoch, to go on from if it is interrupted: another fit with the same
   * options and log ends with the same bits as if it had never stopped. Default none.
   */
  checkpoint?: string
  /** Steps after which the checkpoint is written, beside the ends of epochs. Default none. */
  checkpointEvery?: number
}

/** @internal Names of {@link NetworkFitOptions} beside those of all models. */
export const NETWORK_FIT_OPTIONS = ['validation', 'checkpoint', 'checkpointEvery'] as const

/** How models that are networks are trained. */
export interface NetworkTrainingOptions {
  /** Passes over the samples, from 1. */
  epochs?: number
  /** Samples of a step, from 1. */
  batchSize?: number
  /** Step size of Adam, at least 0. */
  learningRate?: number
  /** Epochs without a better validation after which training ends; all epochs without one. Default 10. */
  patience?: number
  /** Seed of the first weights and of all draws, an integer from 0. Default 0. */
  seed?: number
}

/** @internal Names of {@link NetworkTrainingOptions}. */
export const NETWORK_TRAINING_OPTIONS = ['epochs', 'batchSize', 'learningRate', 'patience', 'seed'] as const

/** @internal Options with every default filled in. */
export type NetworkTraining = Required<NetworkTrainingOptions>

/** @internal @throws ERR_VALUE naming the option */
export function networkTraining(
  options: NetworkTrainingOptions,
  defaults: Pick<NetworkTraining, 'epochs' | 'batchSize' | 'learningRate'>,
): NetworkTraining {
  const { epochs, batchSize, learningRate, patience, seed } = networkSettings(
    {
      epochs: options.epochs,
      batchSize: options.batchSize,
      learningRate: options.learningRate,
      patience: options.patience ?? 10,
      seed: options.seed,
    },
    defaults,
    true,
  )
  return { epochs, batchSize, learningRate, patience: patience!, seed }
}

/**
 * @internal What the training of a network takes of the options of a model and of its `fit`.
 * @throws ERR_VALUE naming the option
 */
export function fitSettings(
  training: NetworkTraining,
  options: NetworkFitOptions,
  others: Partial<Omit<NetworkDefaults, 'epochs' | 'batchSize' | 'learningRate' | 'patience'>> = {},
): NetworkSettings {
  const { validation, checkpoint, checkpointEvery, signal, onProgress } = options
  const { patience, ...rest } = training
  const isJudged = validation !== undefined
  return networkSettings(
    {
      ...rest,
      ...(isJudged && { patience }),
      checkpoint,
      checkpointEvery,
      signal,
      onProgress:
        onProgress &&
        (({ step, steps, loss }: TrainingProgress) => {
          onProgress({ done: step, total: steps, loss })
        }),
    },
    { ...training, optimizer: 'adam', ...others },
    isJudged,
  )
}
