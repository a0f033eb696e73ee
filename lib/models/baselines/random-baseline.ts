import { Matrix } from '../../data/matrix.js'
import { createRandom } from '../../data/random.js'
import type { Tensor } from '../../data/storage/safetensors.js'
import type { Csr } from '../../native/addon.js'
import { checkInteger, checkOptions } from '../../native/argument-checks.js'
import { BaseRecommender } from '../base/base-recommender.js'
import type { Evidence } from '../base/evidence.js'
import type { FittedLog, FittedState } from '../base/fitted-log.js'
import type { LogUpdate } from '../base/merge-log.js'
import type { SavedModel } from '../base/model-file.js'
import type { FitOptions } from '../base/recommend-options.js'

/** Options of {@link RandomBaseline}. */
export interface RandomBaselineOptions {
  /** Seed of the scores, an integer from 0 to 2^21. Default 0. */
  seed?: number
}

/**
 * Scores uniform in [0, 1), independent of the log and the same at every call: what a random ranking achieves under the
 * same protocol.
 */
export class RandomBaseline extends BaseRecommender {
  /** @internal */
  static override readonly algorithm = 'RandomBaseline'
  /** The options in force, defaults filled in. */
  readonly options: Readonly<Required<RandomBaselineOptions>>

  /** @throws ERR_VALUE naming the option */
  constructor(options: RandomBaselineOptions = {}) {
    super()
    checkOptions('RandomBaseline', options, ['seed'])
    this.options = Object.freeze({ seed: checkInteger('seed', options.seed ?? 0, { min: 0, max: 2 ** 21 }) })
  }

  /** @internal */
  protected override get evidence(): Evidence {
    return 'all'
  }

  /** @internal */
  protected override get learnsFromWeights(): boolean {
    return false
  }

  /** @internal */
  protected async learn(log: FittedLog, _byItem: () => Promise<Csr>, options: FitOptions): Promise<FittedState> {
    options.onProgress?.({ done: 1, total: 1 })
    return { log }
  }

  /** @internal */
  protected async learnUpdate({ log }: LogUpdate): Promise<FittedState> {
    return { log }
  }

  /** @internal */
  protected tensors(): Record<string, Tensor> {
    return {}
  }

  /** @internal */
  protected restored({ log }: SavedModel): FittedState {
    return { log }
  }

  /** @internal */
  async scoreRows(userRows: Int32Array): Promise<Matrix> {
    const scores = new Matrix(userRows.length, this.items.size)
    for (let i = 0; i < userRows.length; i++) {
      const random = createRandom(this.options.seed * 2 ** 31 + userRows[i]!)
      const row = scores.row(i)
      for (let item = 0; item < row.length; item++) row[item] = random.next()
    }
    return scores
  }

  /** @internal */
  protected scoreHistory(history: ReadonlyMap<number, number>): Promise<Matrix> {
    return this.scoreRows(Int32Array.of([...history.keys()].reduce((hash, row) => (31 * hash + row) % 2 ** 31, 7)))
  }
}
