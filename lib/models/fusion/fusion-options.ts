import type { Id } from '../../data/id-map.js'
import type { Interactions } from '../../data/log/interactions.js'
import { checkInteger, checkNumber, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { NETWORK_OPTIONS, type NetworkOptions, networkSettings } from '../../nn/train/network-options.js'
import type { TrainingProgress } from '../../nn/train/training.js'
import { TEMPERATURES } from './temperature.js'

/** Options of training that belong to a call of `fit`, not to the model. */
export const FIT_NETWORK_OPTIONS = ['checkpoint', 'checkpointEvery', 'signal', 'onProgress'] as const

/** How a model's network is trained, but for what belongs to one call of `fit`. */
export interface ModelTrainingOptions
  extends Omit<NetworkOptions, 'checkpoint' | 'checkpointEvery' | 'signal' | 'onProgress'> {}

/** Options of a `fit` that trains a network. */
export interface CheckpointedFitOptions extends AbortOptions {
  /**
   * A folder in which the training is kept after each epoch, to go on from if it is interrupted: another fit of a model of the
   * same options with the same arguments and this folder ends with the same bits as if it had never stopped. Default none.
   */
  checkpoint?: string
  /** Steps after which the checkpoint is written, beside the ends of epochs. Default none. */
  checkpointEvery?: number
  /** Called after each step. */
  onProgress?: (progress: TrainingProgress) => void
}

/** Options of {@link ModalityFusion}. */
export interface ModalityFusionOptions extends ModelTrainingOptions {
  /** Length of the vectors that come out, from 2. Default 128. */
  dims?: number
  /** Share of the numbers of each block's vectors that fall away in a training step, in [0, 1). Default 0.1. */
  dropout?: number
  /**
   * Probability with which a block falls away for an item in a training step, in [0, 1); at least one that it has always stays.
   * It makes vectors of items that lack a block lie near those of whole ones. Default 0.3.
   */
  modalityDropout?: number
  /** What cosines are divided by before the softmax, above 0, when training begins; it is learnt. Default 0.2. */
  temperature?: number
  /** Of labels: share of each target that is spread over all of them, in [0, 1). Default 0. */
  labelSmoothing?: number
  /** Of behaviour: items of a user, from 1, that a step makes their profile of, at most; half of theirs if that is less. Default 50. */
  history?: number
  /**
   * Of behaviour: items, from 0, drawn for each step beside those that its users have, which are to be found among all of these.
   * Where there are no more items than this, it is among all items. Default 4096.
   */
  negatives?: number
}

/** The label of an item: a class by name or number. */
export type ItemLabel = string | number

/** Options of `ModalityFusion.fit`: exactly one of `labels` and `behaviour`. */
export interface FitFusionOptions extends CheckpointedFitOptions {
  /** The label of each item, as pairs [item, label], such as a Map. Items without a label, and labels of other items, are not learnt from. */
  labels?: Iterable<readonly [Id, ItemLabel]>
  /** Who chose what. Weights above 0 all count alike; other rows, and items without vectors, are not learnt from. */
  behaviour?: Interactions
  /**
   * What each epoch is judged on, so that the best one is kept. A number between 0 and 1: this share of the items is held out of the
   * training. Else labels of other items, or later behaviour of the same users, which `fit` does not learn from.
   */
  validation?: number | Iterable<readonly [Id, ItemLabel]> | Interactions
}

/** Options of {@link ModalityFusion} with their defaults; those of training that are absent depend on the validation. */
export type ModalityFusionSettings = Readonly<
  Required<Omit<ModalityFusionOptions, keyof ModelTrainingOptions>> & ModelTrainingOptions
>

/** Names of {@link ModalityFusionOptions}. */
const NAMES = [
  'dims',
  'dropout',
  'modalityDropout',
  'temperature',
  'labelSmoothing',
  'history',
  'negatives',
  ...NETWORK_OPTIONS.filter((name) => !(FIT_NETWORK_OPTIONS as readonly string[]).includes(name)),
]

/** The greatest rate of a dropout, and share that is spread: with 1 nothing would be left. */
const MOST_RATE = 1 - 2 ** -20

/** @throws ERR_VALUE naming the option */
export function fusionOptions(options: ModalityFusionOptions): ModalityFusionSettings {
  options = checkOptions('ModalityFusion', options, NAMES)
  const { dims, dropout, modalityDropout, temperature, labelSmoothing, history, negatives, ...training } = options
  networkSettings(training, FUSION_DEFAULTS, true)
  const given = Object.entries(training).filter(([, value]) => value !== undefined)
  return Object.freeze({
    dims: checkInteger('dims', dims ?? 128, { min: 2, max: 4096 }),
    dropout: checkNumber('dropout', dropout ?? 0.1, { min: 0, max: MOST_RATE }),
    modalityDropout: checkNumber('modalityDropout', modalityDropout ?? 0.3, { min: 0, max: MOST_RATE }),
    temperature: checkNumber('temperature', temperature ?? 0.2, TEMPERATURES),
    labelSmoothing: checkNumber('labelSmoothing', labelSmoothing ?? 0, { min: 0, max: MOST_RATE }),
    history: checkInteger('history', history ?? 50, { min: 1 }),
    negatives: checkInteger('negatives', negatives ?? 4096, { min: 0, max: 2 ** 24 }),
    ...Object.fromEntries(given),
  })
}

/** How a {@link ModalityFusion} is trained where its options do not say: what did well on photos with labels and on films with ratings alike. */
export const FUSION_DEFAULTS = {
  epochs: 30,
  batchSize: 128,
  learningRate: 5e-3,
  schedule: 'linear',
  warmup: 0.05,
  weightDecay: 0.01,
  maxNorm: 1,
  patience: 5,
} as const
