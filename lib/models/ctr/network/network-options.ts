import { checkBoolean, checkInteger, checkNumber, checkOptions } from '../../../native/argument-checks.js'
import { KindredError, show } from '../../../native/errors.js'
import {
  NETWORK_OPTIONS,
  type NetworkDefaults,
  type NetworkOptions,
  type NetworkSettings,
  networkSettings,
} from '../../../nn/train/network-options.js'

/**
 * How networks of clicks are trained. The defaults are the recipe of the public benchmarks (Zhu et al. 2021, "Open Benchmarking for
 * Click-Through Rate Prediction"): Adam with 1e-3 on batches of 4,096, L2 on embeddings, the learning rate times 0.1 after an epoch
 * whose AUC was no better, the end after two such epochs, the best epoch restored.
 */
export interface ClickNetworkOptions
  extends Omit<NetworkOptions, 'checkpoint' | 'checkpointEvery' | 'signal' | 'onProgress'> {
  /** Times that every row is seen, at most. Default 50 with a validation, 5 without one. */
  epochs?: number
  /** Rows of a batch. Default 4096. */
  batchSize?: number
  /** Default 1e-3. */
  learningRate?: number
  /** Default 'adam'. */
  optimizer?: NetworkOptions['optimizer']
  /** Default 'plateau' of the AUC, with factor 0.1 and patience 0, with a validation; else 'constant'. */
  schedule?: NetworkOptions['schedule']
  /** Epochs without a better AUC after which training ends. Default 2. */
  patience?: number
  /** Of the weights of layers. Default 0. */
  weightDecay?: number
  /**
   * L2 penalty on embeddings and terms of first order: half of this times their squares is part of the loss in
   * steps that have them. Default 1e-4 of DCNv2 and FinalMLP, 5e-5 of DeepFM and WideAndDeep, 1e-5 of factorization machines, 0 of
   * LogisticRegression.
   */
  l2?: number
  /**
   * What the learning rate of embeddings and terms of first order is multiplied by: most rows of their tables are in few batches. Default
   * 20 of networks with hidden layers, else 10.
   */
  embeddingRate?: number
  /** Rows of the training that a category must be in to have embeddings of its own; others share those of unseen ones. Default 2. */
  minCount?: number
  /**
   * In fields of which every category is frequent enough, the share of values that count as unseen in each epoch, another one each
   * time: what the embeddings of unseen categories learn from. In [0, 1), default 0.002.
   */
  unseenShare?: number
}

/** Options of models with embeddings. */
export interface EmbeddingOptions extends ClickNetworkOptions {
  /** Numbers of each field's embedding. Default 10, of FieldAwareFM 4. */
  dims?: number
}

/** Options of models with a deep network. */
export interface DeepOptions extends EmbeddingOptions {
  /** Outputs of each layer of the deep network. Default [128, 128]. */
  hidden?: readonly number[]
  /** Share of the outputs of each of its layers that falls away while training, in [0, 1). Default 0.2. */
  dropout?: number
  /** Whether its layers are normalised by batch (Ioffe and Szegedy 2015). Default false. */
  batchNorm?: boolean
}

const OWN = ['l2', 'embeddingRate', 'minCount', 'unseenShare'] as const

/** Names of {@link ClickNetworkOptions}. */
const CLICK_NETWORK_OPTIONS: readonly string[] = [
  ...NETWORK_OPTIONS.filter((name) => !['checkpoint', 'checkpointEvery', 'signal', 'onProgress'].includes(name)),
  ...OWN,
]

const DEFAULTS: Omit<NetworkDefaults, 'epochs'> = {
  batchSize: 4096,
  learningRate: 1e-3,
  optimizer: 'adam',
  schedule: 'plateau',
  plateau: { factor: 0.1, patience: 0 },
  patience: 2,
}

/** Options of all networks of clicks, with the defaults of their own filled in. */
export type ClickNetworkSettings = Omit<ClickNetworkOptions, 'l2' | 'embeddingRate' | 'minCount' | 'unseenShare'> &
  Required<Pick<ClickNetworkOptions, 'l2' | 'embeddingRate' | 'minCount' | 'unseenShare'>>

/** @internal What a class takes where options are absent. */
export type UsualRates = Required<Pick<ClickNetworkOptions, 'l2' | 'embeddingRate'>>

/** @internal Of networks without hidden layers. */
export const SHALLOW: UsualRates = { l2: 1e-5, embeddingRate: 10 }

/** @internal Of networks with hidden layers, which fit the training more closely. */
export const DEEP: UsualRates = { l2: 5e-5, embeddingRate: 20 }

/**
 * @internal Options of a class, checked.
 * @param own the names of options that are its own
 * @throws ERR_VALUE
 */
export function clickNetworkOptions<T extends ClickNetworkOptions>(
  where: string,
  options: T,
  own: readonly string[],
  usual: UsualRates,
): T & ClickNetworkSettings {
  const given = checkOptions(where, options, [...CLICK_NETWORK_OPTIONS, ...own])
  const present = Object.entries(given).filter(([, value]) => value !== undefined)
  trainingSettings(given, {}, true)
  return {
    ...(Object.fromEntries(present) as T),
    l2: checkNumber('l2', given.l2 ?? usual.l2, { min: 0 }),
    embeddingRate: checkNumber('embeddingRate', given.embeddingRate ?? usual.embeddingRate, { min: 0 }),
    minCount: checkInteger('minCount', given.minCount ?? 2, { min: 1 }),
    unseenShare: checkNumber('unseenShare', given.unseenShare ?? 0.002, { min: 0, max: 1 - 2 ** -20 }),
  }
}

/** @internal How a fit trains. @throws ERR_VALUE, also where an option needs a validation that there is not */
export function trainingSettings(
  options: ClickNetworkOptions,
  ofFit: Pick<NetworkOptions, 'checkpoint' | 'checkpointEvery' | 'signal' | 'onProgress'>,
  isJudged: boolean,
): NetworkSettings {
  return networkSettings({ ...options, ...ofFit }, { ...DEFAULTS, epochs: isJudged ? 50 : 5 }, isJudged)
}

/** @internal @throws ERR_VALUE */
export function checkDims(dims: number | undefined, usual: number): number {
  return checkInteger('dims', dims ?? usual, { min: 1, max: 4096 })
}

/** @internal `units` as a copy. @throws ERR_VALUE unless it is a list of integers from 1, of at least `least` */
export function checkUnits(name: string, units: readonly number[] | undefined, usual: readonly number[]): number[] {
  if (units === undefined) return [...usual]
  if (!Array.isArray(units) || units.length === 0)
    throw new KindredError('ERR_VALUE', `${name}: expected the outputs of each layer but received ${show(units)}.`)
  return units.map((outputs) => checkInteger(name, outputs, { min: 1, max: 1 << 16 }))
}

/** @internal The deep network where options are absent. */
export const USUAL_DEEP = { hidden: [128, 128], dropout: 0.2, batchNorm: false } as const

/** @internal The perceptron's options of {@link DeepOptions}. @throws ERR_VALUE */
export function checkDeep(
  options: Pick<DeepOptions, 'hidden' | 'dropout' | 'batchNorm'>,
): Required<Pick<DeepOptions, 'hidden' | 'dropout' | 'batchNorm'>> {
  return {
    hidden: checkUnits('hidden', options.hidden, USUAL_DEEP.hidden),
    dropout: checkNumber('dropout', options.dropout ?? USUAL_DEEP.dropout, { min: 0, max: 1 - 2 ** -20 }),
    batchNorm: checkBoolean('batchNorm', options.batchNorm ?? USUAL_DEEP.batchNorm),
  }
}
