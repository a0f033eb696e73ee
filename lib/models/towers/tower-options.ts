import type { Catalogue } from '../../data/catalogue.js'
import type { Interactions } from '../../data/log/interactions.js'
import { checkInteger, checkNumber, checkOptions } from '../../native/argument-checks.js'
import type { SentenceEncoder } from '../../text/sentence-encoder.js'
import {
  NETWORK_FIT_OPTIONS,
  NETWORK_TRAINING_OPTIONS,
  type NetworkFitOptions,
  type NetworkTrainingOptions,
  networkTraining,
} from '../base/network-fit.js'
import type { TowerFeatures } from './tower-features.js'
import { type TuneEncoderOptions, type TuneSettings, tuneSettings } from './tune-options.js'

/** Options of {@link TwoTower}. */
export interface TwoTowerOptions extends NetworkTrainingOptions {
  /** Length of the vectors, beside a bias of items; 1 to 4096. Default 64. */
  dims?: number
  /** Length of the layer between features and vectors, 1 to 65536. Default 128. */
  hidden?: number
  /** Share of features, and of that layer, that falls away while training, in [0, 1). Default 0.3. */
  dropout?: number
  /**
   * Probability with which the embedding of an id counts for nothing in a step, so that features and histories learn to stand
   * for it; in [0, 1). Default 0.5.
   */
  idDropout?: number
  /** Most of a user's items that are wanted in one step; half of them at most, the others are the history. Default 50. */
  targets?: number
  /**
   * Share of a regression from features to the vectors of known items in the vector of an item that nobody had, in [0, 1]; the
   * rest is what the tower gives. Default 0.8.
   */
  mapShare?: number
  /** Penalty on the squares of the vectors of a step, at least 0. Default 1e-4. */
  regularization?: number
  /** Decay of the weights of the layers of features (AdamW), at least 0. Default 0.5. */
  weightDecay?: number
  /**
   * Trains the last layers of the encoder that `fit` is given with the towers, end to end; without it the vectors of texts stay
   * as the encoder gives them. Default none.
   */
  tuneEncoder?: TuneEncoderOptions
  /** Passes over the users, from 1. Default 40. */
  epochs?: number
  /** Users of a step. Default 256. */
  batchSize?: number
  /** Step size of AdamW, at least 0. Default 0.003. */
  learningRate?: number
}

/** Options of `fit` of {@link TwoTower}. */
export interface TwoTowerFitOptions extends Omit<NetworkFitOptions, 'itemFeatures'> {
  /**
   * Vectors of items, of one kind, or of several by name: `{ text, picture }`. Items that have some but are not in the log
   * become rankable too. Items without any are known by their ids alone.
   */
  itemFeatures?: TowerFeatures
  /** Texts of items, which `encoder` makes vectors of: one more kind of features, named 'text'. */
  itemTexts?: Catalogue
  /**
   * What reads `itemTexts`. With `tuneEncoder` its last layers are trained too: it is another when `fit` has ended, to be saved by its
   * own `save`, and what it gives for the texts of new items is for {@link TwoTower.addItems}.
   */
  encoder?: SentenceEncoder
  /** Vectors of users, such as their age and region, by user id; of one kind, or of several by name. */
  userFeatures?: TowerFeatures
  /** As of all networks: held-out interactions that choose the epoch, which may be of items known by features alone. */
  validation?: Interactions
}

/** @internal */
export const TWO_TOWER_FIT_OPTIONS = [...NETWORK_FIT_OPTIONS, 'itemTexts', 'encoder', 'userFeatures']

/** Options with every default filled in. */
export type TowerSettings = Required<Omit<TwoTowerOptions, 'tuneEncoder'>> & {
  /** How the encoder is trained; absent where it stays as it is. */
  readonly tuneEncoder?: TuneSettings
}

/** @internal Options with every default filled in. @throws ERR_VALUE naming the option */
export function towerOptions(options: TwoTowerOptions): TowerSettings {
  options = checkOptions('TwoTower', options, [
    'dims',
    'hidden',
    'dropout',
    'idDropout',
    'targets',
    'regularization',
    'mapShare',
    'weightDecay',
    'tuneEncoder',
    ...NETWORK_TRAINING_OPTIONS,
  ])
  const rate = { min: 0, max: 1 - 2 ** -20 }
  return {
    dims: checkInteger('dims', options.dims ?? 64, { min: 1, max: 4096 }),
    hidden: checkInteger('hidden', options.hidden ?? 128, { min: 1, max: 2 ** 16 }),
    dropout: checkNumber('dropout', options.dropout ?? 0.3, rate),
    idDropout: checkNumber('idDropout', options.idDropout ?? 0.5, rate),
    targets: checkInteger('targets', options.targets ?? 50, { min: 1 }),
    regularization: checkNumber('regularization', options.regularization ?? 1e-4, { min: 0 }),
    mapShare: checkNumber('mapShare', options.mapShare ?? 0.8, { min: 0, max: 1 }),
    weightDecay: checkNumber('weightDecay', options.weightDecay ?? 0.5, { min: 0 }),
    ...(options.tuneEncoder !== undefined && { tuneEncoder: tuneSettings(options.tuneEncoder) }),
    ...networkTraining(options, { epochs: 40, batchSize: 256, learningRate: 3e-3 }),
  }
}
