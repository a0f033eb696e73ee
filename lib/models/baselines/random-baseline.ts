import type { Id } from '../../data/id-map.js'
import { hashOfId, idOrder } from '../../data/id-order.js'
import { Matrix } from '../../data/matrix.js'
import { createRandom } from '../../data/random.js'
import type { Tensor } from '../../data/storage/safetensors.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr } from '../../native/addon.js'
import { checkInteger, checkOptions } from '../../native/argument-checks.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { BaseRecommender } from '../base/base-recommender.js'
import type { Evidence } from '../base/evidence.js'
import type { FittedLog, FittedState } from '../base/fitted-log.js'
import type { LogUpdate } from '../base/merge-log.js'
import type { SavedModel } from '../base/model-file.js'
import type { FitOptions, UpdateOptions } from '../base/recommend-options.js'

/** Options of {@link RandomBaseline}. */
export interface RandomBaselineOptions {
  /** Seed of the scores, an integer from 0 to 2^21. Default 0. */
  seed?: number
}

/** What a fitted model holds. */
interface RandomState extends FittedState {
  /** [items] the items in the order in which they draw their scores: that of their ids' hashes */
  draws: Int32Array
}

/**
 * Scores uniform in [0, 1), independent of the log and the same at every call: what a random ranking achieves under the
 * same protocol. A score depends on the seed, the id of the user (or those of a history) and the ids of the items, not on
 * the order of the log's rows.
 */
export class RandomBaseline extends BaseRecommender {
  /** @internal */
  static override readonly algorithm = 'RandomBaseline'
  /** The options in force, defaults filled in. */
  readonly options: Readonly<Required<RandomBaselineOptions>>
  /** @internal */
  declare protected state: RandomState | undefined

  /** @throws ERR_VALUE naming the option */
  constructor(options: RandomBaselineOptions = {}) {
    super()
    options = checkOptions('RandomBaseline', options, ['seed'])
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
  protected async learn(log: FittedLog, _byItem: () => Promise<Csr>, options: FitOptions): Promise<RandomState> {
    const state = { log, draws: await idOrder(log.items, options.signal) }
    options.onProgress?.({ done: 1, total: 1 })
    return state
  }

  /** @internal */
  protected async learnUpdate({ log }: LogUpdate, { signal }: UpdateOptions): Promise<RandomState> {
    return { log, draws: await idOrder(log.items, signal) }
  }

  /** @internal */
  protected tensors(): Record<string, Tensor> {
    return {}
  }

  /** @internal */
  protected async restored({ log, signal }: SavedModel): Promise<RandomState> {
    return { log, draws: await idOrder(log.items, signal) }
  }

  /** @internal */
  async scoreRows(userRows: Int32Array, signal?: AbortSignal): Promise<Matrix> {
    const scores = new Matrix(userRows.length, this.items.size)
    const yielder = new LoopYielder(signal)
    for (let i = 0; i < userRows.length; i++) {
      this.draw([this.users.idAt(userRows[i]!)], scores.row(i))
      if (yielder.due) await yielder.yieldToLoop()
    }
    return scores
  }

  /** @internal */
  protected async scoreHistory(history: ReadonlyMap<number, number>): Promise<Matrix> {
    const scores = new Matrix(1, this.items.size)
    const rows = this.state!.draws.filter((row) => history.has(row))
    this.draw(['history', ...Array.from(rows, (row) => this.items.idAt(row))], scores.row(0))
    return scores
  }

  /** @internal Fills `scores` [items] for whoever the ids name. */
  protected draw(ids: readonly Id[], scores: Float32Array): void {
    const random = createRandom(hashOfId(JSON.stringify([this.options.seed, ...ids])))
    for (const item of this.state!.draws) scores[item] = random.next()
  }
}

guardReceivers(RandomBaseline)
