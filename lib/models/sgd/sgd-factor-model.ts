import { csrFromLists, selectRows } from '../../data/csr.js'
import { gatherRows } from '../../data/gather-rows.js'
import { idOrder, placesOf } from '../../data/id-order.js'
import { Matrix } from '../../data/matrix.js'
import type { Tensor } from '../../data/storage/safetensors.js'
import { matrixTensor, vectorTensor } from '../../data/storage/saved-tensors.js'
import type { Csr, SgdKernelOptions } from '../../native/addon.js'
import { type Device, onDevice } from '../../native/device.js'
import { KindredError } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { nativeCall, untilAborted } from '../../native/native-call.js'
import { FactorModel, type FactorState } from '../base/factor-model.js'
import type { FittedLog } from '../base/fitted-log.js'
import { itemColumns, type LogUpdate } from '../base/merge-log.js'
import type { SavedModel } from '../base/model-file.js'
import { orderedLog } from '../base/ordered-log.js'
import type { FitOptions, UpdateOptions } from '../base/recommend-options.js'
import {
  firstColumns,
  gatheredFactors,
  grownFactors,
  padded,
  type SgdFactors,
  startFactors,
  withColumns,
} from './sgd-factors.js'
import type { SgdEpochs, SgdKernels } from './sgd-kernels.js'
import type { SgdSettings } from './sgd-options.js'
import type { WeightScale } from './weight-scale.js'

/** What predictions are computed from; user and item vectors are made of it. */
interface LearnedFactors {
  factors: SgdFactors
  scale: WeightScale
  /** The mean loss of each epoch. */
  losses: number[]
}

/** What histories are folded in by: the items in the order of their ids, on which the steps and their draws depend. */
interface FoldIn {
  /** [items] where each item's row stands in that order */
  places: Int32Array
  /** [items, factors padded] */
  Y: Matrix
  /** [items] */
  itemBias: Float32Array
  kernel: SgdKernelOptions
}

/** What a fitted model holds. */
export interface SgdState extends FactorState, LearnedFactors {
  /** once a history was folded in */
  foldIn?: Promise<FoldIn>
  /** [items, factors] without biases, once similar items were asked for */
  compared?: Matrix
  /** [users, factors] without biases, once similar users were asked for */
  comparedUsers?: Matrix
}

/**
 * Matrix factorisation by stochastic gradient descent. A user's vector is [factors, 1, own bias], an item's
 * [factors, own bias, 1], so that a score is their dot product.
 *
 * {@link update} folds new interactions in: the users concerned, and new items, take gradient steps over their whole
 * histories while everything else stays: a fifth of the iterations of a fit, over their interactions only, and copies of
 * the model and the log. The gap to a refit grows with the share of new interactions (docs/factorization.md has figures).
 * Like a fit, it takes users and items in an order made by a hash of their ids, and so does {@link recommendFor}, for which
 * the first call copies the items' factors.
 */
export abstract class SgdFactorModel extends FactorModel {
  /** @internal */
  abstract override readonly options: Readonly<SgdSettings>
  /** @internal */
  declare protected state: SgdState | undefined
  /** @internal */
  protected abstract readonly kernels: SgdKernels

  /** @internal What predictions start from and where they end, of a log. */
  protected abstract scaleOf(log: Csr, signal?: AbortSignal): Promise<WeightScale>
  /** @internal Kernel options for a log of this many items. */
  protected abstract kernelOptions(
    log: Csr,
    items: number,
    scale: WeightScale,
    signal?: AbortSignal,
  ): Promise<SgdKernelOptions>

  /** @internal Where `fit` trains. */
  protected get device(): Device {
    return 'cpu'
  }

  /** The mean loss of each iteration, measured before each of its steps. @throws ERR_NOT_FITTED */
  get losses(): readonly number[] {
    this.fitted()
    return this.state!.losses
  }

  /** @internal */
  protected async learn(log: FittedLog, _byItem: () => Promise<Csr>, options: FitOptions): Promise<SgdState> {
    const { signal } = options
    const ordered = await orderedLog(log, signal)
    const seen = ordered.byUser
    const scale = await this.scaleOf(seen, signal)
    const kernel = await this.kernelOptions(seen, log.items.size, scale, signal)
    const learned = await onDevice(
      this.device,
      signal,
      () => this.#train(seen, (factors) => this.#deviceEpochs(seen, factors, kernel, signal), options),
      () => this.#train(seen, (factors) => this.#cpuEpochs(seen, factors, kernel, signal), options),
    )
    const [userPlaces, itemPlaces] = [placesOf(ordered.users), placesOf(ordered.items)]
    const factors = await gatheredFactors(learned.factors, userPlaces, itemPlaces, signal)
    return this.#withVectors(log, { scale, losses: learned.losses, factors }, signal)
  }

  #cpuEpochs(log: Csr, factors: SgdFactors, kernel: SgdKernelOptions, signal?: AbortSignal): SgdEpochs {
    const epochs = this.kernels.epochs(log, factors, kernel)
    return {
      epoch: (epoch) => nativeCall(signal, epochs(epoch)),
      async fetch() {},
      dispose() {},
    }
  }

  async #deviceEpochs(log: Csr, factors: SgdFactors, kernel: SgdKernelOptions, signal?: AbortSignal) {
    if (this.kernels.deviceEpochs) return this.kernels.deviceEpochs(log, factors, kernel, signal)
    throw new KindredError('ERR_NOT_SUPPORTED', `${this.algorithm}: trains on the CPU only. Leave device at 'cpu'.`)
  }

  async #train(
    seen: Csr,
    createEpochs: (factors: SgdFactors) => Promise<SgdEpochs> | SgdEpochs,
    { signal, onProgress }: FitOptions,
  ): Promise<{ factors: SgdFactors; losses: number[] }> {
    const factors = await startFactors(seen.rows, seen.cols, this.options, signal)
    const losses: number[] = []
    const total = this.options.iterations
    const epochs = await createEpochs(factors)
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

  /** @internal */
  protected async learnUpdate(update: LogUpdate, { signal }: UpdateOptions): Promise<SgdState> {
    const { log, changedUsers, touchedItems } = update
    const { factors: before, scale: scaleBefore, losses } = this.state!
    const ordered = await orderedLog(log, signal)
    const seen = ordered.byUser
    const [userPlaces, itemPlaces] = [placesOf(ordered.users), placesOf(ordered.items)]
    const grown = grownFactors(before, log.users.size, log.items.size)
    const inOrder = await gatheredFactors(grown, ordered.users, ordered.items, signal)
    const scale = { ...(await this.scaleOf(seen, signal)), mean: scaleBefore.mean }
    const kernel = await this.kernelOptions(seen, log.items.size, scale, signal)
    const users = changedUsers.map((row) => userPlaces[row]!).sort()
    const newItems = touchedItems.filter((row) => row >= before.Y.rows).map((row) => itemPlaces[row]!)
    newItems.sort()
    const solveUsers = () => this.#solveUsers(seen, users, inOrder, kernel, signal)
    await solveUsers()
    if (newItems.length > 0) {
      const columns = await itemColumns(selectRows(seen, users), newItems, users, seen.rows, signal)
      await nativeCall(signal, this.kernels.foldInItems(seen, columns, newItems, inOrder, kernel))
      await solveUsers()
    }
    const factors = await gatheredFactors(inOrder, userPlaces, itemPlaces, signal)
    return this.#withVectors(log, { factors, scale, losses }, signal)
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
    const loss = await nativeCall(signal, this.kernels.foldInUsers(selectRows(seen, users), own, kernel))
    this.#checkFinite(loss.total)
    for (let i = 0; i < users.length; i++) {
      factors.X.row(users[i]!).set(own.X.row(i))
      factors.userBias[users[i]!] = own.userBias[i]!
    }
  }

  /** @internal Gradient steps for one more user, the items fixed. */
  protected async historyVector(history: ReadonlyMap<number, number>, signal?: AbortSignal): Promise<Matrix> {
    const state = this.state!
    state.foldIn ??= this.foldInOf(state).catch((error) => {
      state.foldIn = undefined
      throw error
    })
    const { places, Y, itemBias, kernel } = await untilAborted(state.foldIn, signal)
    const own: SgdFactors = { X: new Matrix(1, Y.cols), Y, userBias: new Float32Array(1), itemBias }
    const inOrder = new Map(Array.from(history, ([row, weight]) => [places[row]!, weight]))
    await nativeCall(signal, this.kernels.foldInUsers(csrFromLists([inOrder], Y.rows), own, kernel))
    return userVectors(own, this.options.factors, state.scale.mean, signal)
  }

  private async foldInOf({ log, factors, scale }: SgdState): Promise<FoldIn> {
    const items = await idOrder(log.items)
    const { Y, itemBias } = await gatheredFactors(factors, new Int32Array(0), items)
    const kernel = await this.kernelOptions(log.seen, items.length, scale)
    const popularity = kernel.popularity && items.map((row) => kernel.popularity![row]!)
    return { places: placesOf(items), Y, itemBias, kernel: { ...kernel, popularity } }
  }

  /** @internal */
  protected override get comparedItems(): Matrix {
    const state = this.state!
    state.compared ??= firstColumns(state.factors.Y, this.options.factors)
    return state.compared
  }

  /** @internal */
  protected override get comparedUsers(): Matrix {
    const state = this.state!
    state.comparedUsers ??= firstColumns(state.factors.X, this.options.factors)
    return state.comparedUsers
  }

  /** @internal */
  protected tensors(): Record<string, Tensor> {
    const { factors, scale, losses } = this.state!
    return {
      'users.factors': matrixTensor(firstColumns(factors.X, this.options.factors)),
      'items.factors': matrixTensor(firstColumns(factors.Y, this.options.factors)),
      'users.bias': vectorTensor(factors.userBias),
      'items.bias': vectorTensor(factors.itemBias),
      mean: vectorTensor(Float64Array.of(scale.mean)),
      losses: vectorTensor(Float64Array.from(losses)),
    }
  }

  /** @internal */
  protected async restored({ log, tensors, signal }: SavedModel): Promise<SgdState> {
    const cols = this.options.factors
    const factors: SgdFactors = {
      X: padded(tensors.matrix('users.factors', { rows: log.users.size, cols }), cols),
      Y: padded(tensors.matrix('items.factors', { rows: log.items.size, cols }), cols),
      userBias: tensors.vector('users.bias', Float32Array, log.users.size),
      itemBias: tensors.vector('items.bias', Float32Array, log.items.size),
    }
    const mean = tensors.vector('mean', Float64Array, 1)[0]!
    const scale = { ...(await this.scaleOf(log.seen, signal)), mean }
    return this.#withVectors(log, { factors, scale, losses: [...tensors.vector('losses', Float64Array)] }, signal)
  }

  async #withVectors(log: FittedLog, learned: LearnedFactors, signal?: AbortSignal): Promise<SgdState> {
    const { factors, scale } = learned
    const { Y, itemBias } = factors
    const userFactors = await userVectors(factors, this.options.factors, scale.mean, signal)
    const itemFactors = await withColumns(Y, this.options.factors, [(row) => itemBias[row]!, () => 1], signal)
    return { log, ...learned, userFactors, itemFactors }
  }

  #checkFinite(loss: number): void {
    if (!Number.isFinite(loss))
      throw new KindredError(
        'ERR_VALUE',
        `${this.algorithm}: the factors left the range of 32-bit floats. Lower learningRate.`,
      )
  }
}

guardReceivers(SgdFactorModel)

/** A user's vector as items' vectors meet it: factors, 1 for the item's bias, mean and own bias. [users, factors + 2] */
function userVectors(
  { X, userBias }: SgdFactors,
  factors: number,
  mean: number,
  signal: AbortSignal | undefined,
): Promise<Matrix> {
  return withColumns(X, factors, [() => 1, (row) => mean + userBias[row]!], signal)
}
