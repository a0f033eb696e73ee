import { csrFromLists, rowValues, selectRows } from '../../data/csr.js'
import type { Features } from '../../data/features.js'
import { gatherRows } from '../../data/gather-rows.js'
import type { Interactions } from '../../data/log/interactions.js'
import { Matrix } from '../../data/matrix.js'
import { matrixTensor, vectorTensor } from '../../data/storage/saved-tensors.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr } from '../../native/addon.js'
import { KindredError } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'
import type { Contributions, FittedLog } from '../base/base-recommender.js'
import { checkFeatures, checkFit, checkUpdate } from '../base/check-fit.js'
import { FactorModel, withRows } from '../base/factor-model.js'
import { copyIds, mergeLog } from '../base/merge-log.js'
import { type SavedModel, saveModel } from '../base/model-file.js'
import type { AddItemsReport, FitOptions } from '../base/recommender.js'
import { mixWithPlaced, refineItems } from './als-features.js'
import { type AlsSettings, type AlternatingLeastSquaresOptions, alsSettings } from './als-options.js'
import { checkFinite, gram, halfSweep, trainAls } from './als-train.js'
import { FeatureMap } from './feature-map.js'

/** What a fitted model holds; replaced as a whole. */
interface AlsState {
  log: FittedLog
  /** [users, factors] */
  X: Matrix
  /** [items, factors] */
  Y: Matrix
  /** [items] 1 where the factors were learned from behaviour, 0 where they come from features */
  learned: Uint8Array
  featureMap: FeatureMap | null
  losses: number[]
}

/**
 * Matrix factorisation for implicit feedback by alternating least squares (Hu, Koren, Volinsky 2008, "Collaborative
 * filtering for implicit feedback datasets"; conjugate gradients after Takacs, Pilaszy, Tikk 2011). With
 * `fit(train, { itemFeatures })` it also learns a map from item features to factors (Gantner et al. 2010), so that
 * items nobody has touched are rankable at once, and items with few interactions are drawn to where the map places them
 * (`featureWeight`); {@link addItems} brings in more of them later.
 *
 * Same seed, same bits for any number of threads, on one instruction set.
 */
export class AlternatingLeastSquares extends FactorModel {
  /** The options in force, defaults filled in. */
  readonly options: Readonly<AlsSettings>
  #state: AlsState | undefined
  #gramOfItems: Promise<Float64Array> | undefined

  /** @throws ERR_VALUE naming the option */
  constructor(options: AlternatingLeastSquaresOptions = {}) {
    super()
    this.options = Object.freeze(alsSettings(options))
  }

  /** The kind of map from item features to factors that was learned, or null without features. */
  get featureMap(): 'kernel' | 'linear' | null {
    this.fitted()
    return this.#state!.featureMap?.kind ?? null
  }

  /** The loss after each sweep, empty unless `trackLoss` or `tolerance` asked for it. */
  get losses(): readonly number[] {
    this.fitted()
    return this.#state!.losses
  }

  async fit(train: Interactions, options: FitOptions = {}): Promise<this> {
    checkFit(train, options)
    const { itemFeatures, signal } = options
    const Cui = await train.byUser(signal)
    const Ciu = await train.byItem(signal)
    const { X, Y, losses } = await trainAls(Cui, Ciu, this.options, options)
    const log: FittedLog = { users: train.users, items: train.items, seen: Cui }
    let state: AlsState = { log, X, Y, losses, learned: new Uint8Array(Y.rows).fill(1), featureMap: null }
    if (itemFeatures) {
      const featureMap = await FeatureMap.learn(itemFeatures, train.items, Y, this.options, signal)
      if (this.options.featureWeight > 0) {
        const refined = await refineItems(Ciu, X, Y, train.items, itemFeatures, featureMap, this.options, signal)
        for (let i = 0; i < refined.rows.length; i++) Y.row(refined.rows[i]!).set(refined.factors.row(i))
      }
      state = (await withItems({ ...state, featureMap }, itemFeatures, signal)).state
    }
    this.#set(state)
    return this
  }

  async addItems(features: Features): Promise<AddItemsReport> {
    const before = this.fitted()
    checkFeatures('addItems', features)
    const { state, report } = await withItems(this.#state!, features)
    this.checkUnchanged(before)
    this.#set(state)
    return report
  }

  /**
   * Folds new interactions in: the users concerned, and items that had no behaviour yet, are solved for exactly while
   * everything else stays; an item that features have placed keeps their direction as far as `featureWeight` says. The
   * gap to a refit grows with the share of new interactions (docs/factorization.md has figures).
   */
  async update(interactions: Interactions, options: { signal?: AbortSignal } = {}): Promise<void> {
    checkUpdate(interactions, options)
    const { signal } = options
    const log = this.fitted()
    const before = this.#state!
    if (interactions.size === 0) return
    const merged = await mergeLog(log, interactions, signal)
    const X = withRows(before.X, merged.users.size)
    const Y = withRows(before.Y, merged.items.size)
    const learned = new Uint8Array(merged.items.size)
    learned.set(before.learned)
    const newItems = merged.touchedItems.filter((row) => learned[row] === 0)
    const columns = columnsOf(merged.seen, newItems, merged.changedUsers)
    const settings: AlsSettings = { ...this.options, solver: 'cholesky' }
    const solve = async (rows: Int32Array, Cui: Csr, fixed: Matrix, gramOfFixed: Float64Array, target: Matrix) => {
      const solved = gatherRows(target, rows)
      await halfSweep(Cui, fixed, gramOfFixed, solved, settings, signal)
      await checkFinite(solved, signal)
      for (let i = 0; i < rows.length; i++) target.row(rows[i]!).set(solved.row(i))
    }
    const histories = selectRows(merged.seen, merged.changedUsers)
    const solveUsers = async () => solve(merged.changedUsers, histories, Y, await gramOfLearned(Y, learned, signal), X)
    // The users first, new ones among them, so that new items have someone to learn from; then the users learn from
    // those in turn.
    if (newItems.length > 0) {
      await solveUsers()
      await solve(newItems, columns, X, await gram(X, signal), Y)
      for (let i = 0; i < newItems.length; i++) {
        const row = newItems[i]!
        const count = columns.indptr[i + 1]! - columns.indptr[i]!
        if (row < before.Y.rows) mixWithPlaced(Y.row(row), before.Y.row(row), count, this.options)
        learned[row] = 1
      }
    }
    await solveUsers()
    this.checkUnchanged(log)
    this.#set({ ...before, log: merged, X, Y, learned })
  }

  async save(dir: string): Promise<void> {
    this.fitted()
    const { log, X, Y, learned, featureMap, losses } = this.#state!
    const tensors = {
      'users.factors': matrixTensor(X),
      'items.factors': matrixTensor(Y),
      'items.learned': vectorTensor(learned),
      losses: vectorTensor(Float64Array.from(losses)),
      ...featureMap?.toTensors('features'),
    }
    await saveModel(dir, log, { algorithm: 'AlternatingLeastSquares', options: this.options, tensors })
  }

  /** @internal */
  static restore({ options, log, tensors }: SavedModel): AlternatingLeastSquares {
    const model = new AlternatingLeastSquares(options as AlternatingLeastSquaresOptions)
    const cols = model.options.factors
    model.#set({
      log,
      X: tensors.matrix('users.factors', { rows: log.users.size, cols }),
      Y: tensors.matrix('items.factors', { rows: log.items.size, cols }),
      learned: tensors.vector('items.learned', Uint8Array, log.items.size),
      losses: [...tensors.vector('losses', Float64Array)],
      featureMap: FeatureMap.fromTensors(tensors, 'features', cols),
    })
    return model
  }

  /** The exact solution for one more row, the items fixed (Hu et al. 2008, equation 4). */
  protected async historyVector(history: ReadonlyMap<number, number>, signal?: AbortSignal): Promise<Matrix> {
    const { Y, learned } = this.#state!
    const Cui = csrFromLists([history], Y.rows)
    const X = new Matrix(1, Y.cols)
    this.#gramOfItems ??= gramOfLearned(Y, learned)
    await halfSweep(Cui, Y, await this.#gramOfItems, X, { ...this.options, solver: 'cholesky' }, signal)
    return X
  }

  /**
   * Hu et al. 2008, section 5: the score is a sum over what the user had, each item weighed by its likeness to the one
   * explained, as this user sees it. Of the exact solution for the user, to which conjugate gradients come close.
   */
  protected override async contributions(user: number, item: number, signal?: AbortSignal): Promise<Contributions> {
    const { log, Y, learned } = this.#state!
    const Cui = { ...selectRows(log.seen, Int32Array.of(user)), cols: Y.rows }
    this.#gramOfItems ??= gramOfLearned(Y, learned)
    const gramOfItems = await this.#gramOfItems
    const values = await nativeCall(signal, (native, abort) =>
      native.alsContributions(Cui, Y, gramOfItems, item, this.options, abort),
    )
    return { from: 'item', rows: Cui.indices, values }
  }

  #set(state: AlsState): void {
    this.#state = state
    this.#gramOfItems = undefined
    this.log = state.log
    this.userMatrix = state.X
    this.itemMatrix = state.Y
  }
}

/** Y'Y over the items that took part in training: those known by their features only did not. */
function gramOfLearned(Y: Matrix, learned: Uint8Array, signal?: AbortSignal): Promise<Float64Array> {
  if (learned.every((flag) => flag === 1)) return gram(Y, signal)
  const rows = Int32Array.from(learned.keys()).filter((row) => learned[row] === 1)
  return gram(gatherRows(Y, rows), signal)
}

/** The state with the items of `features` that behaviour has not taught, placed by the feature map. */
async function withItems(
  state: AlsState,
  features: Features,
  signal?: AbortSignal,
): Promise<{ state: AlsState; report: AddItemsReport }> {
  if (state.featureMap === null)
    throw new KindredError(
      'ERR_NOT_SUPPORTED',
      'addItems: this model was fitted without item features. Fit it with fit(train, { itemFeatures }).',
    )
  const mapped = await state.featureMap.apply(features.matrix, signal)
  const yielder = new LoopYielder(signal)
  const items = await copyIds(state.log.items, yielder)
  const report: AddItemsReport = { added: 0, replaced: 0, kept: 0 }
  const rows = new Int32Array(features.size)
  for (let i = 0; i < features.size; i++) {
    const known = items.size
    const row = items.add(features.ids.idAt(i))
    const learned = state.learned[row] === 1
    rows[i] = learned ? -1 : row
    report[learned ? 'kept' : row < known ? 'replaced' : 'added']++
    if (yielder.due) await yielder.yieldToLoop()
  }
  const Y = withRows(state.Y, items.size)
  for (let i = 0; i < rows.length; i++) {
    if (rows[i]! >= 0) Y.row(rows[i]!).set(mapped.row(i))
    if (yielder.due) await yielder.yieldToLoop()
  }
  const learned = new Uint8Array(items.size)
  learned.set(state.learned)
  return { state: { ...state, log: { ...state.log, items }, Y, learned }, report }
}

/** Rows of the transpose for `items`, whose entries all lie in the rows of `users`. */
function columnsOf(seen: Csr, items: Int32Array, users: Int32Array): Csr {
  const lists = new Map<number, Map<number, number>>(Array.from(items, (row) => [row, new Map()]))
  for (const user of users) {
    const weights = rowValues(seen, user)
    for (let n = 0; n < weights.length; n++) lists.get(seen.indices[seen.indptr[user]! + n]!)?.set(user, weights[n]!)
  }
  return csrFromLists([...lists.values()], seen.rows)
}
