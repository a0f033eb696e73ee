import { csrFromLists } from '../../data/csr.js'
import type { Features } from '../../data/features.js'
import type { IdMap } from '../../data/id-map.js'
import type { Interactions } from '../../data/log/interactions.js'
import { Matrix } from '../../data/matrix.js'
import type { Tensor } from '../../data/storage/safetensors.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr } from '../../native/addon.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import type { TrainingHistory } from '../../nn/train/history.js'
import { type Capabilities, capabilities } from '../base/capabilities.js'
import { FactorModel, withRows } from '../base/factor-model.js'
import type { FittedLog } from '../base/fitted-log.js'
import { heldOutLists } from '../base/held-out-lists.js'
import { copyIds, type LogUpdate } from '../base/merge-log.js'
import type { SavedModel } from '../base/model-file.js'
import { fitSettings } from '../base/network-fit.js'
import type { AddItemsReport, FitOptions, UpdateOptions } from '../base/recommend-options.js'
import { blend, coldItemMap } from './cold-items.js'
import { checkTexts, textFeatures, withTexts } from './item-texts.js'
import { featuresByName, type TowerFeatures, TowerGroups } from './tower-features.js'
import {
  type TowerSettings,
  TWO_TOWER_FIT_OPTIONS,
  type TwoTowerFitOptions,
  type TwoTowerOptions,
  towerOptions,
} from './tower-options.js'
import {
  restoredTowers,
  type TwoTowerState,
  towerTensors,
  usersOfAny,
  withoutLast,
  withUsersAnew,
} from './tower-state.js'
import { trainTowers } from './train-towers.js'
import { TunedTexts } from './tuned-texts.js'

/**
 * A tower for users and one for items, each of which makes a vector: of the id, of features, of the items that a user had. Of
 * all candidates of a batch each user shall choose the own ones, by a softmax that is corrected for how often a candidate comes
 * (Yi et al. 2019, "Sampling-bias-corrected neural modeling for large corpus item recommendations"). The embedding of an id
 * counts for nothing in a part of the steps (`idDropout`; Volkovs, Yu, Poutanen 2017, "DropoutNet"), so that the features of an
 * item, and the history of a user, learn to stand for it: items that nobody had yet are ranked by their features, users who are
 * in no log by their histories.
 *
 * Texts are one more kind of features: `fit(log, { itemTexts, encoder })` takes a catalogue and a `SentenceEncoder`, whose last
 * layers are trained together with the towers if the option `tuneEncoder` says so. A tower learns to tell the items of the log apart
 * by their features, and is surer of others than it should be: the vector of an item that nobody had is a mean, by `mapShare`, of
 * what the tower gives and what a regression from features to the vectors of all other items gives, as of
 * `AlternatingLeastSquares` (Gantner et al. 2010).
 *
 * In each step half of a user's items, `targets` at most, are wanted, and the others are the history. Weights above 0 all count
 * the same; others are left out. {@link update} places the users concerned anew, by their whole histories, while both towers
 * stay; items added by it score 0 unless {@link addItems} gives their features. Same seed, same bits for any number of threads,
 * on one instruction set.
 */
export class TwoTower extends FactorModel {
  /** @internal */
  static override readonly algorithm = 'TwoTower'
  /** The options in force, defaults filled in. */
  readonly options: Readonly<TowerSettings>
  /** @internal */
  declare protected state: TwoTowerState | undefined

  /** @throws ERR_VALUE naming the option */
  constructor(options: TwoTowerOptions = {}) {
    super()
    this.options = Object.freeze(towerOptions(options))
  }

  override get capabilities(): Capabilities {
    const placed = this.state && this.state.itemGroups.width > 0 ? (['addItems'] as const) : []
    return capabilities('itemFeatures', 'similarItems', 'similarUsers', ...placed)
  }

  /** @internal */
  protected override get learnsFromWeights(): boolean {
    return false
  }

  /** @internal */
  protected override get fitOptions(): readonly string[] {
    return TWO_TOWER_FIT_OPTIONS
  }

  /** @internal */
  protected override checkItemFeatures(features: unknown): void {
    featuresByName('itemFeatures', features)
  }

  /** @internal */
  protected override checkItems(features: unknown): void {
    featuresByName('addItems', features)
  }

  /**
   * The epochs of the last fit, with the loss of each step and, with a validation, NDCG@20. Empty for a model that was loaded.
   * @throws ERR_NOT_FITTED
   */
  get history(): TrainingHistory<number> {
    this.fitted()
    return this.state!.history
  }

  /**
   * Learns from a log, and from features of items and users if there are any. Fitting again starts anew.
   * @throws ERR_DATA if the log or the validation is empty, or none of its ids is among the features, ERR_NOT_FINITE if it
   * diverges, ERR_VALUE, ERR_IO, ERR_ABORTED
   */
  override fit(train: Interactions, options: TwoTowerFitOptions = {}): Promise<this> {
    return super.fit(train, options as FitOptions)
  }

  /**
   * Makes items rankable by their features alone.
   * @param features of the kinds that were given at `fit`
   * @throws ERR_NOT_FITTED, ERR_NOT_SUPPORTED if it was fitted without `itemFeatures`, ERR_SHAPE for features of other
   * dimensions, ERR_VALUE, ERR_ABORTED
   */
  override addItems(features: TowerFeatures, options: AbortOptions = {}): Promise<AddItemsReport> {
    return super.addItems(features as Features, options)
  }

  /** @internal */
  protected async learn(log: FittedLog, _byItem: () => Promise<Csr>, given: FitOptions): Promise<TwoTowerState> {
    const options = given as TwoTowerFitOptions
    const { tuneEncoder } = this.options
    if (tuneEncoder && options.checkpointEvery !== undefined)
      throw new KindredError(
        'ERR_VALUE',
        'checkpointEvery: with tuneEncoder checkpoints are written after epochs alone; leave it out.',
      )
    const { encoder, itemTexts } = checkTexts(options, tuneEncoder !== undefined)
    if (encoder === undefined || itemTexts === undefined) return this.learnFrom(log, options)
    if (tuneEncoder === undefined)
      return this.learnFrom(log, options, await textFeatures(encoder, itemTexts, options.signal))
    return encoder.tuneWith(async (source, pooling) => {
      const { texts, ids } = itemTexts
      const tuned = await TunedTexts.read(source, pooling, texts, tuneEncoder, encoder.maxTokens, options.signal)
      return this.learnFrom(log, options, await tuned.features(ids, options.signal), tuned)
    })
  }

  /**
   * @param text vectors of texts beside the features of the options
   * @param tuned makes these vectors, and is trained with the towers
   */
  private async learnFrom(
    log: FittedLog,
    options: TwoTowerFitOptions,
    text?: Features,
    tuned?: TunedTexts,
  ): Promise<TwoTowerState> {
    const { signal, validation } = options
    const { weightDecay, tuneEncoder } = this.options
    const settings = fitSettings(
      this.options,
      { ...options, itemFeatures: undefined },
      { optimizer: 'adamw', weightDecay },
    )
    const itemsByName = withTexts(featuresByName('itemFeatures', options.itemFeatures), text)
    const usersByName = featuresByName('userFeatures', options.userFeatures)
    const itemGroups = await TowerGroups.learn('item', itemsByName, log.items, signal)
    const userGroups = await TowerGroups.learn('user', usersByName, log.users, signal)
    const items = await withItems(log.items, itemsByName, signal)
    const { matrix: given, described } = await itemGroups.matrix(itemsByName, items, signal)
    const { matrix: userFeatures, described: describedUsers } = await userGroups.matrix(usersByName, log.users, signal)
    const whole = { ...log, items }
    const [userRows, itemRows] = [rowNumbers(log.users.size), rowNumbers(items.size)]
    const heldOut = validation && (await heldOutLists(whole, validation, userRows, itemRows, signal))
    const columns = tuned && {
      texts: tuned,
      rows: Int32Array.from(options.itemTexts!.ids, (id) => items.indexOf(id)),
      group: itemGroups.groups.at(-1)!,
      learningRateFactor: tuneEncoder!.learningRateFactor,
      perStep: tuneEncoder!.texts,
    }
    const inputs = { log, itemFeatures: given, userFeatures, describedUsers, heldOut, tuned: columns }
    const { towers, numbers, history, itemFeatures } = await trainTowers(inputs, this.options, settings)
    const learned = new Uint8Array(items.size)
    for (let n = 0; n < log.seen.indices.length; n++) if (log.seen.values![n]! > 0) learned[log.seen.indices[n]!] = 1
    const known = learned.map((flag, row) => flag | described[row]!)
    const ids = itemRows.map((row) => (row < log.items.size ? row : -1))
    const itemFactors = await towers.items(ids, itemFeatures, known, signal)
    const userFactors = await towers.users(userRows, log.seen, itemFeatures, userFeatures, describedUsers, signal)
    const coldMap = await coldItemMap(
      { items, features: itemFeatures, vectors: itemFactors, users: userFactors, learned, described },
      itemGroups.groups,
      this.options.mapShare,
      signal,
    )
    const cold = itemRows.filter((row) => learned[row] === 0 && described[row] === 1)
    await blend(itemFactors, cold, coldMap, itemFeatures, this.options.mapShare, signal)
    return {
      log: whole,
      towers,
      numbers,
      history,
      itemGroups,
      userGroups,
      itemFeatures,
      userFeatures,
      describedUsers,
      learned,
      coldMap,
      itemFactors,
      userFactors,
    }
  }

  /** @internal */
  protected async learnUpdate({ log, changedUsers }: LogUpdate, { signal }: UpdateOptions): Promise<TwoTowerState> {
    const before = this.state!
    const itemFeatures = withRows(before.itemFeatures, log.items.size)
    const userFeatures = withRows(before.userFeatures, log.users.size)
    const describedUsers = new Uint8Array(log.users.size)
    describedUsers.set(before.describedUsers)
    const learned = new Uint8Array(log.items.size)
    learned.set(before.learned)
    const userFactors = withRows(before.userFactors, log.users.size)
    const itemFactors = withRows(before.itemFactors, log.items.size)
    const state = { ...before, log, itemFeatures, userFeatures, describedUsers, learned, userFactors, itemFactors }
    return withUsersAnew(state, changedUsers, signal)
  }

  /** @internal */
  protected override async placeItems(
    given: Features,
    state: TwoTowerState,
    signal?: AbortSignal,
  ): Promise<{ state: TwoTowerState; report: AddItemsReport }> {
    const byName = featuresByName('addItems', given)
    const yielder = new LoopYielder(signal)
    const items = await copyIds(state.log.items, yielder)
    const report: AddItemsReport = { added: 0, replaced: 0, kept: 0 }
    const rows = new Set<number>()
    for (const { ids } of byName.values())
      for (let n = 0; n < ids.size; n++) {
        const known = items.size
        const row = items.add(ids.idAt(n))
        if (!rows.has(row)) report[state.learned[row] === 1 ? 'kept' : row < known ? 'replaced' : 'added']++
        rows.add(row)
        if (yielder.due) await yielder.yieldToLoop()
      }
    const placed = Int32Array.from(rows).filter((row) => state.learned[row] !== 1)
    const ids = { size: placed.length, idAt: (n: number) => items.idAt(placed[n]!) }
    const { matrix } = await state.itemGroups.matrix(byName, ids, signal)
    const known = new Uint8Array(placed.length).fill(1)
    const vectors = await state.towers.items(new Int32Array(placed.length).fill(-1), matrix, known, signal)
    const itemFeatures = withRows(state.itemFeatures, items.size)
    const itemFactors = withRows(state.itemFactors, items.size)
    await blend(vectors, rowNumbers(placed.length), state.coldMap, matrix, this.options.mapShare, signal)
    for (const [n, row] of placed.entries()) {
      itemFeatures.row(row).set(matrix.row(n))
      itemFactors.row(row).set(vectors.row(n))
    }
    const learned = new Uint8Array(items.size)
    learned.set(state.learned)
    const users = await usersOfAny(state.log.seen, new Set(placed), signal)
    const placedState = { ...state, log: { ...state.log, items }, itemFeatures, itemFactors, learned }
    return { state: await withUsersAnew(placedState, users, signal), report }
  }

  /** @internal */
  protected tensors(): Record<string, Tensor> {
    return towerTensors(this.state!)
  }

  /** @internal */
  protected async restored(saved: SavedModel): Promise<TwoTowerState> {
    return restoredTowers(saved, this.options)
  }

  /** @internal The vector of a user of whom the history is all that is known. */
  protected historyVector(history: ReadonlyMap<number, number>, signal?: AbortSignal): Promise<Matrix> {
    const { towers, itemFeatures, userGroups } = this.state!
    const rows = csrFromLists([history], itemFeatures.rows)
    const none = new Matrix(1, userGroups.width)
    return towers.users(Int32Array.of(-1), rows, itemFeatures, none, new Uint8Array(1), signal)
  }

  /** @internal */
  protected override get comparedItems(): Matrix {
    return withoutLast(this.state!.itemFactors)
  }

  /** @internal */
  protected override get comparedUsers(): Matrix {
    return withoutLast(this.state!.userFactors)
  }
}

guardReceivers(TwoTower)

const rowNumbers = (count: number) => Int32Array.from({ length: count }, (_, row) => row)

/** The items of a log, then those that have features alone. */
async function withItems(
  known: IdMap,
  byName: ReadonlyMap<string, Features>,
  signal: AbortSignal | undefined,
): Promise<IdMap> {
  if (byName.size === 0) return known
  const yielder = new LoopYielder(signal)
  const items = await copyIds(known, yielder)
  for (const { ids } of byName.values())
    for (let row = 0; row < ids.size; row++) {
      items.add(ids.idAt(row))
      if (yielder.due) await yielder.yieldToLoop()
    }
  return items
}
