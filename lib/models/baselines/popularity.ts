import { Matrix } from '../../data/matrix.js'
import type { Tensor } from '../../data/storage/safetensors.js'
import { vectorTensor } from '../../data/storage/saved-tensors.js'
import type { Csr } from '../../native/addon.js'
import { checkOneOf, checkOptions } from '../../native/argument-checks.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { type Capabilities, capabilities } from '../base/capabilities.js'
import type { Evidence } from '../base/evidence.js'
import { FactorModel, type FactorState } from '../base/factor-model.js'
import type { FittedLog } from '../base/fitted-log.js'
import type { LogUpdate } from '../base/merge-log.js'
import type { SavedModel } from '../base/model-file.js'
import type { FitOptions } from '../base/recommend-options.js'

/** Options of {@link Popularity}. */
export interface PopularityOptions {
  /** 'count' (default): how many users had the item. 'weight': the sum of their weights. */
  by?: 'count' | 'weight'
}

/**
 * The same ranking for every user: the items that most users had. A baseline: a model that does not rank better has
 * learned nothing about users. `userFactors` [users, 1] are 1, `itemFactors` [items, 1] the popularity.
 */
export class Popularity extends FactorModel {
  /** @internal */
  static override readonly algorithm = 'Popularity'
  /** The options in force, defaults filled in. */
  readonly options: Readonly<Required<PopularityOptions>>

  /** @throws ERR_VALUE naming the option */
  constructor(options: PopularityOptions = {}) {
    super()
    options = checkOptions('Popularity', options, ['by'])
    this.options = Object.freeze({ by: checkOneOf('by', options.by ?? 'count', ['count', 'weight']) })
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
  protected async learn(log: FittedLog, _byItem: () => Promise<Csr>, options: FitOptions): Promise<FactorState> {
    const state = this.#count(log)
    options.onProgress?.({ done: 1, total: 1 })
    return state
  }

  /** @internal */
  protected async learnUpdate({ log }: LogUpdate): Promise<FactorState> {
    return this.#count(log)
  }

  /** @internal */
  protected tensors(): Record<string, Tensor> {
    return { popularity: vectorTensor(this.itemFactors.data) }
  }

  /** @internal */
  protected restored({ log }: SavedModel): FactorState {
    return this.#count(log)
  }

  /** @internal */
  protected async historyVector(): Promise<Matrix> {
    return new Matrix(1, 1, Float32Array.of(1))
  }

  #count(log: FittedLog): FactorState {
    const { users, items, seen } = log
    const popularity = new Float64Array(items.size)
    for (let n = 0; n < seen.indices.length; n++)
      popularity[seen.indices[n]!]! += this.options.by === 'count' ? 1 : seen.values![n]!
    return {
      log,
      userFactors: new Matrix(users.size, 1, new Float32Array(users.size).fill(1)),
      itemFactors: new Matrix(items.size, 1, Float32Array.from(popularity)),
    }
  }
}

guardReceivers(Popularity)
