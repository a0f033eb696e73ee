import type { Features } from '../../data/features.js'
import type { Interactions } from '../../data/log/interactions.js'
import { Matrix } from '../../data/matrix.js'
import { createRandom } from '../../data/random.js'
import type { TopK } from '../../native/addon.js'
import { checkInteger, checkOptions } from '../../native/check.js'
import { KindredError } from '../../native/errors.js'
import { BaseRecommender } from '../base/base-recommender.js'
import { checkFit, checkUpdate } from '../base/check-fit.js'
import { mergeLog } from '../base/merge-log.js'
import { type SavedModel, saveModel } from '../base/model-file.js'
import type { AddItemsReport, FitOptions } from '../base/recommender.js'

export interface RandomBaselineOptions {
  /** Default 0. */
  seed?: number
}

/** Scores drawn at random, the same at every call: what chance achieves under the same protocol. */
export class RandomBaseline extends BaseRecommender {
  readonly options: Readonly<Required<RandomBaselineOptions>>

  /** @throws ERR_VALUE */
  constructor(options: RandomBaselineOptions = {}) {
    super()
    checkOptions('RandomBaseline', options, ['seed'])
    this.options = Object.freeze({ seed: checkInteger('seed', options.seed ?? 0, { min: 0, max: 2 ** 21 }) })
  }

  async fit(train: Interactions, options: FitOptions = {}): Promise<this> {
    checkFit(train, options)
    if (options.itemFeatures) throw unsupported('item features')
    this.log = { users: train.users, items: train.items, seen: await train.byUser(options.signal) }
    options.onProgress?.({ done: 1, total: 1 })
    return this
  }

  async update(interactions: Interactions, options: { signal?: AbortSignal } = {}): Promise<void> {
    checkUpdate(interactions, options)
    const before = this.fitted()
    const { users, items, seen } = await mergeLog(before, interactions, options.signal)
    this.checkUnchanged(before)
    this.log = { users, items, seen }
  }

  /** @throws ERR_NOT_SUPPORTED */
  async addItems(_features: Features): Promise<AddItemsReport> {
    throw unsupported('item features')
  }

  async save(dir: string): Promise<void> {
    await saveModel(dir, this.fitted(), { algorithm: 'RandomBaseline', options: this.options, tensors: {} })
  }

  /** @internal */
  static restore({ options, log }: SavedModel): RandomBaseline {
    const model = new RandomBaseline(options as RandomBaselineOptions)
    model.log = log
    return model
  }

  async scoreRows(userRows: Int32Array): Promise<Matrix> {
    const scores = new Matrix(userRows.length, this.items.size)
    for (let i = 0; i < userRows.length; i++) {
      const random = createRandom(this.options.seed * 2 ** 31 + userRows[i]!)
      const row = scores.row(i)
      for (let item = 0; item < row.length; item++) row[item] = random.next()
    }
    return scores
  }

  protected scoreHistory(history: ReadonlyMap<number, number>): Promise<Matrix> {
    return this.scoreRows(Int32Array.of([...history.keys()].reduce((hash, row) => (31 * hash + row) % 2 ** 31, 7)))
  }

  /** @throws ERR_NOT_SUPPORTED */
  protected async similarRows(): Promise<TopK> {
    throw unsupported('similar items')
  }
}

function unsupported(what: string): KindredError {
  return new KindredError('ERR_NOT_SUPPORTED', `RandomBaseline: draws lots and knows nothing of ${what}.`)
}
