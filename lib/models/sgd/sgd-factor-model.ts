import { csrFromLists, rowIndices, rowValues, selectRows } from '../../data/csr.js'
import type { Features } from '../../data/features.js'
import { gatherRows } from '../../data/gather-rows.js'
import type { Interactions } from '../../data/log/interactions.js'
import { Matrix } from '../../data/matrix.js'
import { matrixTensor, vectorTensor } from '../../data/storage/saved-tensors.js'
import type { AbortFlag, Addon, Csr, SgdKernelOptions, SgdLoss } from '../../native/addon.js'
import { type Device, onDevice } from '../../native/device.js'
import { KindredError } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'
import type { FittedLog } from '../base/base-recommender.js'
import { checkFit, checkUpdate } from '../base/check-fit.js'
import { FactorModel } from '../base/factor-model.js'
import { mergeLog } from '../base/merge-log.js'
import { type SavedModel, saveModel } from '../base/model-file.js'
import type { AddItemsReport, FitOptions } from '../base/recommender.js'
import {
  grownFactors,
  padded,
  type SgdEpochs,
  type SgdFactors,
  type SgdSettings,
  startFactors,
  withColumns,
} from './sgd-factors.js'

/** What a fitted model holds; replaced as a whole. */
interface SgdState {
  log: FittedLog
  factors: SgdFactors
  /** What predictions start from. */
  mean: number
  losses: number[]
}

/** One kernel over a log: an epoch, or a fold-in. */
type Kernel = (native: Addon, abort: AbortFlag | undefined) => Promise<SgdLoss>

/**
 * Matrix factorisation by stochastic gradient descent. A user's vector is [factors, 1, own bias], an item's
 * [factors, own bias, 1], so that a score is their dot product.
 */
export abstract class SgdFactorModel<Settings extends SgdSettings> extends FactorModel {
  /** The options in force, defaults filled in. */
  readonly options: Readonly<Settings>
  #state: SgdState | undefined
  #compared: Matrix | undefined

  constructor(settings: Settings) {
    super()
    this.options = Object.freeze(settings)
  }

  /** What predictions start from, e.g. the mean rating. */
  protected abstract meanOf(log: Csr): number
  /** Kernel options for a log of this many items. */
  protected abstract kernelOptions(
    log: Csr,
    items: number,
    mean: number,
    signal?: AbortSignal,
  ): Promise<SgdKernelOptions>
  protected abstract epoch(log: Csr, factors: SgdFactors, options: SgdKernelOptions): Kernel
  /** Where `fit` trains. */
  protected get device(): Device {
    return 'cpu'
  }
  /** {@link epoch} on the GPU, for models that have it there. */
  protected async deviceEpochs(
    _log: Csr,
    _factors: SgdFactors,
    _options: SgdKernelOptions,
    _signal?: AbortSignal,
  ): Promise<SgdEpochs> {
    throw new KindredError('ERR_NOT_SUPPORTED', `${this.constructor.name}: trains on the CPU alone.`)
  }
  protected abstract foldInUsers(histories: Csr, factors: SgdFactors, options: SgdKernelOptions): Kernel
  protected abstract foldInItems(
    log: Csr,
    columns: Csr,
    items: Int32Array,
    factors: SgdFactors,
    options: SgdKernelOptions,
  ): Kernel

  /** The mean loss of each epoch, measured before each of its steps. @throws ERR_NOT_FITTED */
  get losses(): readonly number[] {
    this.fitted()
    return this.#state!.losses
  }

  async fit(train: Interactions, options: FitOptions = {}): Promise<this> {
    checkFit(train, options)
    const { signal } = options
    if (options.itemFeatures) throw this.#unsupported()
    const seen = await train.byUser(signal)
    const mean = this.meanOf(seen)
    const kernel = await this.kernelOptions(seen, train.items.size, mean, signal)
    const learned = await onDevice(
      this.device,
      signal,
      () => this.#learn(seen, (factors) => this.deviceEpochs(seen, factors, kernel, signal), options),
      () => this.#learn(seen, (factors) => this.#cpuEpochs(seen, factors, kernel, signal), options),
    )
    const log: FittedLog = { users: train.users, items: train.items, seen }
    await this.#set({ log, mean, ...learned }, signal)
    return this
  }

  #cpuEpochs(log: Csr, factors: SgdFactors, kernel: SgdKernelOptions, signal?: AbortSignal): SgdEpochs {
    return {
      epoch: (epoch) => nativeCall(signal, this.epoch(log, factors, { ...kernel, epoch })),
      async fetch() {},
      dispose() {},
    }
  }

  async #learn(
    seen: Csr,
    begin: (factors: SgdFactors) => Promise<SgdEpochs> | SgdEpochs,
    { signal, onProgress }: FitOptions,
  ): Promise<{ factors: SgdFactors; losses: number[] }> {
    const factors = await startFactors(seen.rows, seen.cols, this.options, signal)
    const losses: number[] = []
    const total = this.options.iterations
    const epochs = await begin(factors)
    try {
      for (let done = 1; done <= total; done++) {
        const loss = await epochs.epoch(done)
        losses.push(loss.samples > 0 ? loss.total / loss.samples : 0)
        this.#checkFinite(losses.at(-1)!)
        onProgress?.({ done, total, loss: losses.at(-1)! })
      }
      await epochs.fetch()
    } finally {
      epochs.dispose()
    }
    return { factors, losses }
  }

  /** @throws ERR_NOT_SUPPORTED */
  async addItems(_features: Features): Promise<AddItemsReport> {
    throw this.#unsupported()
  }

  /**
   * Folds new interactions in: the users concerned, and new items, take gradient steps over all that is known of them
   * while everything else stays: a fifth of the epochs of a fit, over their interactions only, and a copy of the model.
   * The gap to a refit grows with the share of new interactions (docs/factorization.md has figures).
   */
  async update(interactions: Interactions, options: { signal?: AbortSignal } = {}): Promise<void> {
    checkUpdate(interactions, options)
    const { signal } = options
    const before = this.fitted()
    const state = this.#state!
    if (interactions.size === 0) return
    const log = await mergeLog(before, interactions, signal)
    const factors = grownFactors(state.factors, log.users.size, log.items.size)
    const kernel = await this.kernelOptions(log.seen, log.items.size, state.mean, signal)
    const newItems = log.touchedItems.filter((row) => row >= state.factors.Y.rows)
    const solveUsers = () => this.#solveUsers(log.seen, log.changedUsers, factors, kernel, signal)
    await solveUsers()
    if (newItems.length > 0) {
      const columns = columnsOf(log.seen, newItems, log.changedUsers)
      await nativeCall(signal, this.foldInItems(log.seen, columns, newItems, factors, kernel))
      await solveUsers()
    }
    this.checkUnchanged(before)
    await this.#set({ ...state, log, factors }, signal)
  }

  async #solveUsers(
    seen: Csr,
    users: Int32Array,
    factors: SgdFactors,
    kernel: SgdKernelOptions,
    signal?: AbortSignal,
  ): Promise<void> {
    const own: SgdFactors = {
      ...factors,
      X: gatherRows(factors.X, users),
      userBias: Float32Array.from(users, (row) => factors.userBias[row]!),
    }
    const loss = await nativeCall(signal, this.foldInUsers(selectRows(seen, users), own, kernel))
    this.#checkFinite(loss.total)
    for (let i = 0; i < users.length; i++) {
      factors.X.row(users[i]!).set(own.X.row(i))
      factors.userBias[users[i]!] = own.userBias[i]!
    }
  }

  /** Gradient steps for one more user, the items fixed. */
  protected async historyVector(history: ReadonlyMap<number, number>, signal?: AbortSignal): Promise<Matrix> {
    const { log, factors, mean } = this.#state!
    const { Y, itemBias } = factors
    const own: SgdFactors = { X: new Matrix(1, Y.cols), Y, userBias: new Float32Array(1), itemBias }
    const kernel = await this.kernelOptions(log.seen, Y.rows, mean, signal)
    await nativeCall(signal, this.foldInUsers(csrFromLists([history], Y.rows), own, kernel))
    return this.#userVectors(own, mean, signal)
  }

  protected override get comparedItems(): Matrix {
    const { Y } = this.#state!.factors
    this.#compared ??= firstColumns(Y, this.options.factors)
    return this.#compared
  }

  /** The model as {@link saveModel} takes it. */
  protected async saveAs(algorithm: string, dir: string): Promise<void> {
    const log = this.fitted()
    const { factors, mean, losses } = this.#state!
    await saveModel(dir, log, {
      algorithm,
      options: this.options as unknown as Readonly<Record<string, unknown>>,
      tensors: {
        'users.factors': matrixTensor(firstColumns(factors.X, this.options.factors)),
        'items.factors': matrixTensor(firstColumns(factors.Y, this.options.factors)),
        'users.bias': vectorTensor(factors.userBias),
        'items.bias': vectorTensor(factors.itemBias),
        mean: vectorTensor(Float64Array.of(mean)),
        losses: vectorTensor(Float64Array.from(losses)),
      },
    })
  }

  /** Takes what {@link saveAs} wrote. @throws ERR_MODEL_FILE */
  protected async restoreFrom({ log, tensors }: SavedModel): Promise<void> {
    const cols = this.options.factors
    const factors: SgdFactors = {
      X: padded(tensors.matrix('users.factors', { rows: log.users.size, cols }), cols),
      Y: padded(tensors.matrix('items.factors', { rows: log.items.size, cols }), cols),
      userBias: tensors.vector('users.bias', Float32Array, log.users.size),
      itemBias: tensors.vector('items.bias', Float32Array, log.items.size),
    }
    const mean = tensors.vector('mean', Float64Array, 1)[0]!
    await this.#set({ log, factors, mean, losses: [...tensors.vector('losses', Float64Array)] })
  }

  #userVectors({ X, userBias }: SgdFactors, mean: number, signal?: AbortSignal): Promise<Matrix> {
    return withColumns(X, this.options.factors, [() => 1, (row) => mean + userBias[row]!], signal)
  }

  async #set(state: SgdState, signal?: AbortSignal): Promise<void> {
    const before = this.log
    const { Y, itemBias } = state.factors
    const users = await this.#userVectors(state.factors, state.mean, signal)
    const items = await withColumns(Y, this.options.factors, [(row) => itemBias[row]!, () => 1], signal)
    this.checkUnchanged(before)
    this.#state = state
    this.#compared = undefined
    this.log = state.log
    this.userMatrix = users
    this.itemMatrix = items
  }

  #checkFinite(loss: number): void {
    if (!Number.isFinite(loss))
      throw new KindredError(
        'ERR_VALUE',
        `${this.constructor.name}: the factors left the range of 32-bit floats. Lower learningRate.`,
      )
  }

  #unsupported(): KindredError {
    return new KindredError(
      'ERR_NOT_SUPPORTED',
      `${this.constructor.name}: learns from behaviour alone and knows nothing of item features.`,
    )
  }
}

function firstColumns(matrix: Matrix, cols: number): Matrix {
  const out = new Matrix(matrix.rows, cols)
  for (let r = 0; r < matrix.rows; r++) out.row(r).set(matrix.row(r).subarray(0, cols))
  return out
}

/** Rows of the transpose for `items`, whose entries all lie in the rows of `users` [items, rows of seen]. */
function columnsOf(seen: Csr, items: Int32Array, users: Int32Array): Csr {
  const lists = new Map<number, Map<number, number>>(Array.from(items, (row) => [row, new Map()]))
  for (const user of users) {
    const indices = rowIndices(seen, user)
    const weights = rowValues(seen, user)
    for (let n = 0; n < weights.length; n++) lists.get(indices[n]!)?.set(user, weights[n]!)
  }
  return csrFromLists([...lists.values()], seen.rows)
}
