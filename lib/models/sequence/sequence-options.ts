import type { Interactions } from '../../data/log/interactions.js'
import { checkInteger, checkNumber, checkOneOf } from '../../native/argument-checks.js'
import { SCHEDULES, type Schedule } from '../../nn/train/schedule.js'
import type { FitOptions } from '../base/recommend-options.js'

/**
 * What the states of a sequence are compared with in training: all items ('softmax'), or items drawn for each batch, by a
 * softmax over them and the next item ('sampled-softmax'), or by the generalised binary cross-entropy of gSASRec ('gbce').
 */
export type SequenceLoss = 'softmax' | 'sampled-softmax' | 'gbce'

/** @internal */
export const SEQUENCE_LOSSES: readonly SequenceLoss[] = ['softmax', 'sampled-softmax', 'gbce']

/** What an item's vector is made of when `fit` gets `itemFeatures`. */
export type ItemVectors = 'added' | 'projected' | 'frozen'

const ITEM_VECTORS: readonly ItemVectors[] = ['added', 'projected', 'frozen']

/** Options of all models of sequences. */
export interface SequenceModelOptions {
  /** Length of the vectors of items and states, 1 to 4096. */
  dims?: number
  /** Layers of the network, 1 to 64. */
  layers?: number
  /** Items of a history that count: the last so many, 1 to 100000. */
  maxLength?: number
  /** Probability that a number falls away in training, in [0, 1). */
  dropout?: number
  /**
   * With `itemFeatures` of `fit`, an item's vector is a learnt projection of its features and a vector of its own ('added'),
   * the projection alone ('projected'), or the features, scaled to length 1, themselves ('frozen'), whose length is then to be
   * `dims`. Items that are added later have no vector of their own. Default 'added'.
   */
  itemVectors?: ItemVectors
  /** Passes over the log, 1 to 1e6. */
  epochs?: number
  /** Sequences of a step, from 1. */
  batchSize?: number
  /** Step size of Adam, at least 0. */
  learningRate?: number
  /** How the learning rate falls; 'plateau' takes a validation. */
  schedule?: Schedule
  /** Share of the steps over which the learning rate rises first, 0 to 1. */
  warmup?: number
  /** Share of a weight that a step takes away, times the learning rate, at least 0; not of biases and normalisations. */
  weightDecay?: number
  /** Greatest norm of all gradients together, above 0; longer ones are shortened to it. */
  maxNorm?: number
  /** Epochs without a better validation after which training ends, from 1; it takes one. Null: all epochs. Default null. */
  patience?: number | null
  /** Seed of the first weights, the order of sequences and all draws, an integer from 0. Default 0. */
  seed?: number
}

/** Options of models that can learn from drawn items. */
export interface NegativesOptions {
  /** What states are compared with. */
  loss?: SequenceLoss
  /** Items drawn for each batch, 1 to 1e6; beyond the number of items, that many. Of losses other than 'softmax'. */
  negatives?: number
  /**
   * Of 'gbce' (Petrov and Macdonald 2023, section 5): from 0, the plain binary cross-entropy, to 1, in which scores are
   * those of a softmax over all items. Default 0.75.
   */
  calibration?: number
}

/** Options of `fit` of all models of sequences. */
export interface SequenceFitOptions extends FitOptions {
  /**
   * Later interactions of the same users: after each epoch the model is judged by the NDCG@10 of their items, ranked among all
   * that the user has not had, and the weights of the best epoch are kept. Of more than 10,000 users, as many, evenly chosen,
   * are judged. They are no part of the histories afterwards; `update(validation)` makes them one.
   */
  validation?: Interactions
  /**
   * A folder in which the training is kept after each epoch, to go on from if it is interrupted: another fit with the same
   * arguments and this folder ends with the same bits as if it had never stopped.
   */
  checkpoint?: string
  /** Steps after which the checkpoint is written, beside the ends of epochs. */
  checkpointEvery?: number
}

/** @internal Names of {@link SequenceFitOptions} beside those of all models. */
export const SEQUENCE_FIT_OPTIONS = ['validation', 'checkpoint', 'checkpointEvery'] as const

/** {@link SequenceModelOptions} with every default filled in. */
export type SequenceSettings = Readonly<Required<SequenceModelOptions>>

/** @internal Names of {@link SequenceModelOptions}. */
export const SEQUENCE_OPTIONS = [
  'dims',
  'layers',
  'maxLength',
  'dropout',
  'itemVectors',
  'epochs',
  'batchSize',
  'learningRate',
  'schedule',
  'warmup',
  'weightDecay',
  'maxNorm',
  'patience',
  'seed',
] as const

/** @internal Names of {@link NegativesOptions}. */
export const NEGATIVES_OPTIONS = ['loss', 'negatives', 'calibration'] as const

type Defaults = Omit<SequenceSettings, 'itemVectors' | 'patience' | 'seed'>

/** The greatest rate of dropout. */
const MOST_DROPOUT = 1 - 2 ** -20

/** @internal @throws ERR_VALUE naming the option */
export function sequenceSettings(options: SequenceModelOptions, defaults: Defaults): SequenceSettings {
  const { patience = null } = options
  return {
    dims: checkInteger('dims', options.dims ?? defaults.dims, { min: 1, max: 4096 }),
    layers: checkInteger('layers', options.layers ?? defaults.layers, { min: 1, max: 64 }),
    maxLength: checkInteger('maxLength', options.maxLength ?? defaults.maxLength, { min: 1, max: 100_000 }),
    dropout: checkNumber('dropout', options.dropout ?? defaults.dropout, { min: 0, max: MOST_DROPOUT }),
    itemVectors: checkOneOf('itemVectors', options.itemVectors ?? 'added', ITEM_VECTORS),
    epochs: checkInteger('epochs', options.epochs ?? defaults.epochs, { min: 1, max: 1e6 }),
    batchSize: checkInteger('batchSize', options.batchSize ?? defaults.batchSize, { min: 1, max: 1e6 }),
    learningRate: checkNumber('learningRate', options.learningRate ?? defaults.learningRate, { min: 0 }),
    schedule: checkOneOf('schedule', options.schedule ?? defaults.schedule, SCHEDULES),
    warmup: checkNumber('warmup', options.warmup ?? defaults.warmup, { min: 0, max: 1 }),
    weightDecay: checkNumber('weightDecay', options.weightDecay ?? defaults.weightDecay, { min: 0 }),
    maxNorm: checkNumber('maxNorm', options.maxNorm ?? defaults.maxNorm, { min: 2 ** -20 }),
    patience: patience === null ? null : checkInteger('patience', patience, { min: 1 }),
    seed: checkInteger('seed', options.seed ?? 0, { min: 0 }),
  }
}

/** @internal @throws ERR_VALUE naming the option */
export function negativesSettings(
  options: NegativesOptions,
  defaults: Readonly<Required<Omit<NegativesOptions, 'calibration'>>>,
): Readonly<Required<NegativesOptions>> {
  return {
    loss: checkOneOf('loss', options.loss ?? defaults.loss, SEQUENCE_LOSSES),
    negatives: checkInteger('negatives', options.negatives ?? defaults.negatives, { min: 1, max: 1e6 }),
    calibration: checkNumber('calibration', options.calibration ?? 0.75, { min: 0, max: 1 }),
  }
}
