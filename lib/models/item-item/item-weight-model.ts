import { clipColumns, csrFromLists, rowIndices, rowValues, selectRows } from '../../data/csr.js'
import { Matrix } from '../../data/matrix.js'
import type { Tensor } from '../../data/storage/safetensors.js'
import type { Csr, TopK } from '../../native/addon.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { BaseRecommender } from '../base/base-recommender.js'
import { type Capabilities, capabilities } from '../base/capabilities.js'
import type { Contributions } from '../base/explanation.js'
import type { FittedLog, FittedState } from '../base/fitted-log.js'
import type { LogUpdate } from '../base/merge-log.js'
import type { SavedModel } from '../base/model-file.js'
import { type ListRequest, topOfScores } from '../base/ranked-lists.js'
import type { FitOptions, UpdateOptions } from '../base/recommend-options.js'
import { type ItemWeights, readWeights, scoresOf, scoresOfItem, weightsTensors, weightsTo } from './item-weights.js'

/** What a fitted model holds. */
export interface ItemWeightState extends FittedState {
  /** Over the items of the last fit: those added since follow them in the log, and have no weights. */
  weights: ItemWeights
}

/** A model whose score is the user's row of the log times item-item weights. */
export abstract class ItemWeightModel extends BaseRecommender {
  /** @internal */
  declare protected state: ItemWeightState | undefined

  override get capabilities(): Capabilities {
    return capabilities('similarItems', 'explain')
  }

  /** @internal */
  protected abstract override learn(
    log: FittedLog,
    byItem: () => Promise<Csr>,
    options: FitOptions,
  ): Promise<ItemWeightState>

  /** @internal Keeps the weights of the last fit. */
  protected async learnUpdate({ log }: LogUpdate, _options: UpdateOptions): Promise<ItemWeightState> {
    return { ...this.state!, log }
  }

  /** @internal */
  protected tensors(): Record<string, Tensor> {
    return weightsTensors(this.state!.weights)
  }

  /** @internal */
  protected async restored(saved: SavedModel): Promise<ItemWeightState> {
    return { log: saved.log, weights: await readWeights(saved) }
  }

  /** @internal */
  scoreRows(userRows: Int32Array, signal?: AbortSignal): Promise<Matrix> {
    return allScores(this.state!, selectRows(this.state!.log.seen, userRows), signal)
  }

  /** @internal */
  protected scoreHistory(history: ReadonlyMap<number, number>, signal?: AbortSignal): Promise<Matrix> {
    return allScores(this.state!, csrFromLists([history], this.items.size), signal)
  }

  /** @internal */
  protected override userScores(itemRow: number, signal?: AbortSignal): Promise<Float32Array> {
    const { log, weights } = this.state!
    return scoresOfItem(clipColumns(log.seen, weights.rows), weights, itemRow, signal)
  }

  /** @internal */
  protected override async similarRows(row: number, request: ListRequest): Promise<TopK> {
    return topOfScores(await this.scoreHistory(new Map([[row, 1]]), request.signal), request)
  }

  /** @internal */
  protected override async contributions(userRow: number, itemRow: number): Promise<Contributions> {
    const { log, weights } = this.state!
    const rows = rowIndices(log.seen, userRow)
    const counts = rowValues(log.seen, userRow)
    const added = await weightsTo(weights, rows, itemRow)
    const values = added.map((weight, n) => counts[n]! * weight)
    return { from: 'item', rows, values }
  }
}

guardReceivers(ItemWeightModel)

/** [histories.rows, items]; items without weights score 0. */
async function allScores(
  { log, weights }: ItemWeightState,
  histories: Csr,
  signal: AbortSignal | undefined,
): Promise<Matrix> {
  const known = await scoresOf(clipColumns(histories, weights.rows), weights, signal)
  if (known.cols === log.items.size) return known
  const all = new Matrix(known.rows, log.items.size)
  for (let row = 0; row < known.rows; row++) all.row(row).set(known.row(row))
  return all
}
