import type { Interactions } from '../../data/log/interactions.js'
import { Matrix } from '../../data/matrix.js'
import type { Tensor } from '../../data/storage/safetensors.js'
import { vectorTensor } from '../../data/storage/saved-tensors.js'
import type { Csr } from '../../native/addon.js'
import { checkNumber, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import { KindredError } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { type Capabilities, capabilities } from '../base/capabilities.js'
import type { Evidence } from '../base/evidence.js'
import { FactorModel, type FactorState } from '../base/factor-model.js'
import type { FittedLog } from '../base/fitted-log.js'
import type { LogUpdate } from '../base/merge-log.js'
import type { SavedModel } from '../base/model-file.js'
import type { FitOptions, UpdateOptions } from '../base/recommend-options.js'
import { DecayedCounts } from './decayed-counts.js'

/** Options of {@link Popularity}. */
export interface PopularityOptions {
  /** 'count' (default): how many users had the item. 'weight': the sum of their weights. */
  by?: 'count' | 'weight'
  /**
   * After so long, in the units of the log's times, an interaction counts half: popularity of late. Above 0. Default: all count the
   * same, however old.
   */
  halfLife?: number
}

/** A log, and its interactions as they count by their times. */
interface CountedLog extends FittedLog {
  readonly counts?: DecayedCounts
}

interface PopularityState extends FactorState {
  /** Of a model with `halfLife`. */
  readonly counts?: DecayedCounts
}

/**
 * The same ranking for every user: the items that most users had. A baseline: a model that does not rank better has
 * learned nothing about users. `userFactors` [users, 1] are 1, `itemFactors` [items, 1] the popularity.
 *
 * With `halfLife` an interaction counts 0.5 ^ (age / halfLife), its age being how much later the latest one was that the model has
 * learnt; rows without a time count as the latest. Each row of an `update` counts, also one of a user who had the item before, and
 * costs what is new; `fit` counts the rows that its log holds, one of each user and item.
 */
export class Popularity extends FactorModel {
  /** @internal */
  declare protected state: PopularityState | undefined
  /** @internal */
  static override readonly algorithm = 'Popularity'
  /** The options in force, defaults filled in. */
  readonly options: Readonly<Required<Omit<PopularityOptions, 'halfLife'>> & Pick<PopularityOptions, 'halfLife'>>

  /** @throws ERR_VALUE naming the option */
  constructor(options: PopularityOptions = {}) {
    super()
    const { by = 'count', halfLife } = checkOptions('Popularity', options, ['by', 'halfLife'])
    this.options = Object.freeze({
      by: checkOneOf('by', by, ['count', 'weight']),
      halfLife: halfLife === undefined ? undefined : checkNumber('halfLife', halfLife, { min: Number.MIN_VALUE }),
    })
  }

  override get capabilities(): Capabilities {
    return capabilities()
  }

  /** @internal */
  protected override get evidence(): Evidence {
    return 'positive'
  }

  /** @internal */
  protected override get learnsFromWeights(): boolean {
    return this.options.by === 'weight'
  }

  /** @internal */
  protected override get updatesRows(): boolean {
    return this.options.halfLife !== undefined
  }

  /** @internal With the interactions as they count by their times. */
  protected override async logOf(train: Interactions, signal?: AbortSignal): Promise<CountedLog> {
    const log = await super.logOf(train, signal)
    const { by, halfLife } = this.options
    if (halfLife === undefined) return log
    if (train.times === null)
      throw new KindredError(
        'ERR_DATA',
        'Popularity: halfLife needs the times of interactions but the log has none. Name the column of times when the log is read, or leave halfLife out.',
      )
    return { ...log, counts: await DecayedCounts.none(halfLife).with(train, train.items, by === 'weight', signal) }
  }

  /** @internal */
  protected async learn(log: CountedLog, _byItem: () => Promise<Csr>, options: FitOptions): Promise<PopularityState> {
    const { counts, ...own } = log
    const state = counts ? stateOf(own, counts) : this.#count(own)
    options.onProgress?.({ done: 1, total: 1 })
    return state
  }

  /** @internal */
  protected async learnUpdate({ log, added }: LogUpdate, { signal }: UpdateOptions): Promise<PopularityState> {
    const counts = this.state?.counts
    if (counts === undefined) return this.#count(log)
    return stateOf(log, await counts.with(added, log.items, this.options.by === 'weight', signal))
  }

  /** @internal */
  protected tensors(): Record<string, Tensor> {
    const popularity = vectorTensor(this.itemFactors.data)
    const counts = this.state?.counts
    if (counts === undefined) return { popularity }
    return {
      popularity,
      'popularity.counts': vectorTensor(counts.counts),
      'popularity.latest': vectorTensor(Float64Array.of(counts.latest)),
    }
  }

  /** @internal */
  protected restored({ dir, log, tensors }: SavedModel): PopularityState {
    const { halfLife } = this.options
    if (halfLife === undefined) return this.#count(log)
    const counts = tensors.vector('popularity.counts', Float64Array, log.items.size)
    const latest = tensors.vector('popularity.latest', Float64Array, 1)[0]!
    if (!Number.isFinite(latest) || !counts.every(Number.isFinite))
      throw new KindredError('ERR_MODEL_FILE', `${dir}: its counts are damaged. Save the model again.`)
    return stateOf(log, new DecayedCounts(halfLife, counts, latest))
  }

  /** @internal */
  protected async historyVector(): Promise<Matrix> {
    return new Matrix(1, 1, Float32Array.of(1))
  }

  #count(log: FittedLog): PopularityState {
    const { items, seen } = log
    const popularity = new Float64Array(items.size)
    for (let n = 0; n < seen.indices.length; n++)
      popularity[seen.indices[n]!]! += this.options.by === 'count' ? 1 : seen.values![n]!
    return factorsOf(log, popularity)
  }
}

const stateOf = (log: FittedLog, counts: DecayedCounts): PopularityState => ({
  ...factorsOf(log, counts.counts),
  counts,
})

const factorsOf = (log: FittedLog, popularity: Float64Array): PopularityState => ({
  log,
  userFactors: new Matrix(log.users.size, 1, new Float32Array(log.users.size).fill(1)),
  itemFactors: new Matrix(log.items.size, 1, Float32Array.from(popularity)),
})

guardReceivers(Popularity)
