import type { Interactions } from '../../data/log/interactions.js'
import { checkInteger, checkNumber, checkOptions } from '../../native/argument-checks.js'
import {
  NETWORK_FIT_OPTIONS,
  NETWORK_TRAINING_OPTIONS,
  type NetworkFitOptions,
  type NetworkTrainingOptions,
  networkTraining,
} from '../base/network-fit.js'
import type { TowerFeatures } from './tower-features.js'

/** Options of {@link TwoTower}. */
export interface TwoTowerOptions extends NetworkTrainingOptions {
  /** Length of the vectors, beside a bias of items; 1 to 4096. Default 64. */
  dims?: number
  /** Length of the layer between features and vectors, 1 to 65536. Default 512. */
  hidden?: number
  /** Share of that layer that falls away while training, in [0, 1). Default 0.3. */
  dropout?: number
  /**
   * Probability with which the embedding of an id counts for nothing in a step, so that features and histories learn to stand
   * for it; in [0, 1). Default 0.5.
   */
  idDropout?: number
  /** Most of a user's items that are wanted in one step; half of them at most, the others are the history. Default 50. */
  targets?: number
  /** Penalty on the squares of the vectors of a step, at least 0. Default 1e-4. */
  regularization?: number
  /** Decay of the weights of the layers of features (AdamW), at least 0. Default 0.01. */
  weightDecay?: number
  /** Passes over the users, from 1. Default 60. */
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
  /** Vectors of users, such as their age and region, by user id; of one kind, or of several by name. */
  userFeatures?: TowerFeatures
  /** As of all networks: held-out interactions that choose the epoch, which may be of items known by features alone. */
  validation?: Interactions
}

/** @internal */
export const TWO_TOWER_FIT_OPTIONS = [...NETWORK_FIT_OPTIONS, 'userFeatures']

/** @internal Options with every default filled in. @throws ERR_VALUE naming the option */
export function towerOptions(options: TwoTowerOptions): Required<TwoTowerOptions> {
  options = checkOptions('TwoTower', options, [
    'dims',
    'hidden',
    'dropout',
    'idDropout',
    'targets',
    'regularization',
    'weightDecay',
    ...NETWORK_TRAINING_OPTIONS,
  ])
  const rate = { min: 0, max: 1 - 2 ** -20 }
  return {
    dims: checkInteger('dims', options.dims ?? 64, { min: 1, max: 4096 }),
    hidden: checkInteger('hidden', options.hidden ?? 512, { min: 1, max: 2 ** 16 }),
    dropout: checkNumber('dropout', options.dropout ?? 0.3, rate),
    idDropout: checkNumber('idDropout', options.idDropout ?? 0.5, rate),
    targets: checkInteger('targets', options.targets ?? 50, { min: 1 }),
    regularization: checkNumber('regularization', options.regularization ?? 1e-4, { min: 0 }),
    weightDecay: checkNumber('weightDecay', options.weightDecay ?? 0.01, { min: 0 }),
    ...networkTraining(options, { epochs: 60, batchSize: 256, learningRate: 3e-3 }),
  }
}
