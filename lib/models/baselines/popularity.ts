import type { Features } from '../../data/features.js'
import type { IdMap } from '../../data/id-map.js'
import type { Interactions } from '../../data/log/interactions.js'
import { Matrix } from '../../data/matrix.js'
import { vectorTensor } from '../../data/storage/saved-tensors.js'
import type { Csr, TopK } from '../../native/addon.js'
import { checkOneOf, checkOptions } from '../../native/check.js'
import { KindredError } from '../../native/errors.js'
import { checkFit, checkUpdate } from '../base/check-fit.js'
import { FactorModel } from '../base/factor-model.js'
import { mergeLog } from '../base/merge-log.js'
import { type SavedModel, saveModel } from '../base/model-file.js'
import type { AddItemsReport, FitOptions } from '../base/recommender.js'

export interface PopularityOptions {
  /** 'count' (default): how many users had the item. 'weight': the sum of their weights. */
  by?: 'count' | 'weight'
}

/** The same list for everyone: the items that most users had. The baseline that every other model must beat. */
export class Popularity extends FactorModel {
  readonly options: Readonly<Required<PopularityOptions>>

  /** @throws ERR_VALUE */
  constructor(options: PopularityOptions = {}) {
    super()
    checkOptions('Popularity', options, ['by'])
    this.options = Object.freeze({ by: checkOneOf('by', options.by ?? 'count', ['count', 'weight']) })
  }

  async fit(train: Interactions, options: FitOptions = {}): Promise<this> {
    checkFit(train, options)
    if (options.itemFeatures) throw unsupported('item features')
    const seen = await train.byUser(options.signal)
    this.#set(train.users, train.items, seen)
    options.onProgress?.({ done: 1, total: 1 })
    return this
  }

  async update(interactions: Interactions, options: { signal?: AbortSignal } = {}): Promise<void> {
    checkUpdate(interactions, options)
    const before = this.fitted()
    const { users, items, seen } = await mergeLog(before, interactions, options.signal)
    this.checkUnchanged(before)
    this.#set(users, items, seen)
  }

  /** @throws ERR_NOT_SUPPORTED */
  async addItems(_features: Features): Promise<AddItemsReport> {
    throw unsupported('item features')
  }

  /** @throws ERR_NOT_SUPPORTED */
  protected override async similarRows(): Promise<TopK> {
    throw unsupported('similar items')
  }

  async save(dir: string): Promise<void> {
    const log = this.fitted()
    const tensors = { popularity: vectorTensor(this.itemFactors.data) }
    await saveModel(dir, log, { algorithm: 'Popularity', options: this.options, tensors })
  }

  /** @internal */
  static restore({ options, log }: SavedModel): Popularity {
    const model = new Popularity(options as PopularityOptions)
    model.#set(log.users, log.items, log.seen)
    return model
  }

  protected async historyVector(): Promise<Matrix> {
    return new Matrix(1, 1, Float32Array.of(1))
  }

  /** One factor: 1 for a user, the popularity for an item. */
  #set(users: IdMap, items: IdMap, seen: Csr): void {
    const popularity = new Float64Array(items.size)
    for (let n = 0; n < seen.indices.length; n++)
      popularity[seen.indices[n]!]! += this.options.by === 'count' ? 1 : seen.values![n]!
    this.log = { users, items, seen }
    this.userMatrix = new Matrix(users.size, 1, new Float32Array(users.size).fill(1))
    this.itemMatrix = new Matrix(items.size, 1, Float32Array.from(popularity))
  }
}

function unsupported(what: string): KindredError {
  return new KindredError('ERR_NOT_SUPPORTED', `Popularity: counts users and knows nothing of ${what}.`)
}
