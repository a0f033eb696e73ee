import { clipColumns, csrFromLists, rowIndices, rowValues, selectRows } from '../../data/csr.js'
import type { Features } from '../../data/features.js'
import type { Interactions } from '../../data/log/interactions.js'
import { Matrix } from '../../data/matrix.js'
import type { Tensor } from '../../data/storage/safetensors.js'
import { matrixTensor } from '../../data/storage/saved-tensors.js'
import type { Csr, TopK } from '../../native/addon.js'
import { KindredError } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'
import {
  BaseRecommender,
  type Contributions,
  type FittedLog,
  type ListRequest,
  topOfScores,
} from '../base/base-recommender.js'
import { checkFit, checkUpdate } from '../base/check-fit.js'
import { mergeLog } from '../base/merge-log.js'
import { csrTensors, readCsr, type SavedModel, saveModel } from '../base/model-file.js'
import type { AddItemsReport, FitOptions } from '../base/recommender.js'
import { sparseProduct, transpose } from '../neighbors/knn-kernels.js'

/** [items, items], dense or sparse: row i is what having item i adds to the score of each item. */
export type ItemWeights = Matrix | Csr

/** What a fitted model holds; replaced as a whole. */
interface ItemWeightState {
  log: FittedLog
  /** Over the items of the last fit: those that came since follow them in the log, and have no weights. */
  weights: ItemWeights
}

/** A model whose score is the user's row of the log times item-item weights. */
export abstract class ItemWeightModel extends BaseRecommender {
  /** The options in force, defaults filled in. */
  abstract readonly options: object
  protected state: ItemWeightState | undefined
  readonly #name: string

  constructor(name: string) {
    super()
    this.#name = name
  }

  /** Learns the weights from a log in both orders. */
  protected abstract learn(byUser: Csr, byItem: Csr, options: FitOptions): Promise<ItemWeights>

  protected setState(log: FittedLog, weights: ItemWeights): void {
    this.state = { log, weights }
    this.log = log
  }

  async fit(train: Interactions, options: FitOptions = {}): Promise<this> {
    checkFit(train, options)
    if (options.itemFeatures) throw this.unsupported('item features')
    const before = this.log
    const seen = await train.byUser(options.signal)
    const weights = await this.learn(seen, await train.byItem(options.signal), options)
    this.checkUnchanged(before)
    this.setState({ users: train.users, items: train.items, seen }, weights)
    return this
  }

  async update(interactions: Interactions, options: { signal?: AbortSignal } = {}): Promise<void> {
    checkUpdate(interactions, options)
    const before = this.fitted()
    if (interactions.size === 0) return
    const { users, items, seen } = await mergeLog(before, interactions, options.signal)
    const weights = await this.updated(seen, options)
    this.checkUnchanged(before)
    this.setState({ users, items, seen }, weights)
  }

  /** The weights once the log has become `seen`; those of the last fit unless a model learns anew. */
  protected async updated(_seen: Csr, _options: { signal?: AbortSignal }): Promise<ItemWeights> {
    return this.state!.weights
  }

  /** The weights of a whole new log. */
  protected async relearned(seen: Csr, options: { signal?: AbortSignal }): Promise<ItemWeights> {
    return this.learn(seen, await transpose(seen, options.signal), options)
  }

  async save(dir: string): Promise<void> {
    this.fitted()
    const { log, weights } = this.state!
    const tensors = weights instanceof Matrix ? { weights: matrixTensor(weights) } : csrTensors('weights', weights)
    await saveModel(dir, log, {
      algorithm: this.#name,
      options: { ...this.options },
      tensors: { ...tensors, ...this.moreTensors() },
    })
  }

  /** What a model stores besides its weights. */
  protected moreTensors(): Record<string, Tensor> {
    return {}
  }

  /** Takes the state of a saved model. */
  protected async restoreState({ dir, log, tensors }: SavedModel): Promise<this> {
    const items = tensors.has('weights') ? undefined : tensors.vector('weights.indptr', Int32Array).length - 1
    const weights =
      items === undefined ? tensors.matrix('weights') : await readCsr(dir, tensors, 'weights', items, items)
    if (weights.rows !== weights.cols || weights.rows > log.items.size)
      throw new KindredError(
        'ERR_MODEL_FILE',
        `${dir}: its weights [${weights.rows}, ${weights.cols}] do not fit its items.`,
      )
    this.setState(log, weights)
    return this
  }

  /** @throws ERR_NOT_SUPPORTED */
  async addItems(_features: Features): Promise<AddItemsReport> {
    throw this.unsupported('item features')
  }

  protected unsupported(what: string): KindredError {
    return new KindredError('ERR_NOT_SUPPORTED', `${this.#name}: learns from behaviour and knows nothing of ${what}.`)
  }

  scoreRows(userRows: Int32Array, signal?: AbortSignal): Promise<Matrix> {
    return this.#scores(selectRows(this.fitted().seen, userRows), signal)
  }

  protected scoreHistory(history: ReadonlyMap<number, number>, signal?: AbortSignal): Promise<Matrix> {
    return this.#scores(csrFromLists([history], this.items.size), signal)
  }

  protected async similarRows(row: number, request: ListRequest): Promise<TopK> {
    return topOfScores(await this.scoreHistory(new Map([[row, 1]]), request.signal), request)
  }

  protected override async contributions(userRow: number, itemRow: number): Promise<Contributions> {
    const { log, weights } = this.state!
    const rows = rowIndices(log.seen, userRow)
    const counts = rowValues(log.seen, userRow)
    const values = Float64Array.from(rows, (row, n) => counts[n]! * weightOf(weights, row, itemRow))
    return { from: 'item', rows, values }
  }

  /** [histories.rows, items]; items without weights score 0. */
  async #scores(histories: Csr, signal: AbortSignal | undefined): Promise<Matrix> {
    const { log, weights } = this.state!
    const known = await timesWeights(clipColumns(histories, weights.rows), weights, signal)
    if (known.cols === log.items.size) return known
    const all = new Matrix(known.rows, log.items.size)
    for (let row = 0; row < known.rows; row++) all.row(row).set(known.row(row))
    return all
  }
}

async function timesWeights(rows: Csr, weights: ItemWeights, signal: AbortSignal | undefined): Promise<Matrix> {
  if (!(weights instanceof Matrix)) return sparseProduct(rows, weights, signal)
  const data = await nativeCall(signal, (native, abort) => native.csrMultiply(rows, weights, abort))
  return new Matrix(rows.rows, weights.cols, data)
}

function weightOf(weights: ItemWeights, from: number, to: number): number {
  if (from >= weights.rows || to >= weights.cols) return 0
  if (weights instanceof Matrix) return weights.data[from * weights.cols + to]!
  const at = rowIndices(weights, from).indexOf(to)
  return at < 0 ? 0 : rowValues(weights, from)[at]!
}
