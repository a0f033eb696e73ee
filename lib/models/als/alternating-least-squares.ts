import { csrFromLists } from '../../data/csr.js'
import type { Features } from '../../data/features.js'
import { Matrix } from '../../data/matrix.js'
import type { Tensor } from '../../data/storage/safetensors.js'
import { matrixTensor, type SavedTensors, vectorTensor } from '../../data/storage/saved-tensors.js'
import type { Csr } from '../../native/addon.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { nativeCall, untilAborted } from '../../native/native-call.js'
import { type Capabilities, capabilities } from '../base/capabilities.js'
import type { Contributions } from '../base/explanation.js'
import { FactorModel } from '../base/factor-model.js'
import type { FittedLog } from '../base/fitted-log.js'
import { historiesOf } from '../base/grown-log.js'
import type { LogUpdate } from '../base/merge-log.js'
import type { SavedModel } from '../base/model-file.js'
import { orderedLog } from '../base/ordered-log.js'
import type { AddItemsReport, FitOptions, UpdateOptions } from '../base/recommend-options.js'
import { placedByFeatures, refineItems } from './als-features.js'
import {
  type AlsParameters,
  type AlsSettings,
  type AlternatingLeastSquaresOptions,
  alsSettings,
} from './als-options.js'
import { warnIfCollapsed } from './als-outcome.js'
import { alsParameters } from './als-parameters.js'
import { type AlsState, gramOfItemsOf } from './als-state.js'
import { halfSweep, trainAls } from './als-train.js'
import { alsUpdate } from './als-update.js'
import { describedItems } from './described-items.js'
import { FeatureMap } from './feature-map.js'
import { newItemScale } from './new-item-scale.js'

/**
 * Matrix factorisation for implicit feedback by alternating least squares (Hu, Koren, Volinsky 2008, "Collaborative
 * filtering for implicit feedback datasets"; conjugate gradients after Takacs, Pilaszy, Tikk 2011). With
 * `fit(train, { itemFeatures })` it also learns a map from item features to factors (Gantner et al. 2010), so that
 * items without interactions are rankable at once, and items with few interactions are regularised toward where the map
 * places them (`featureWeight`). How far up new items stand in lists of all items is chosen on items held out within the
 * fit (`newItemScale`, `newItemCost`). {@link addItems} adds more of them later. {@link explain} follows Hu et al., section 5.
 *
 * {@link update} folds new interactions in: the users concerned, and items that had no interactions yet, are solved for
 * exactly while everything else stays; an item placed by its features keeps their direction as far as `featureWeight`
 * says. The gap to a refit grows with the share of new interactions (docs/factorization.md has figures).
 *
 * Same seed, same bits for any number of threads, on one instruction set.
 */
export class AlternatingLeastSquares extends FactorModel {
  /** @internal */
  static override readonly algorithm = 'AlternatingLeastSquares'
  /** @internal */
  static override readonly formerOptions = { newItemScale: 1 }
  /** The options in force, defaults filled in. */
  readonly options: Readonly<Required<AlternatingLeastSquaresOptions>>
  /** @internal */
  declare protected state: AlsState | undefined

  /** @throws ERR_VALUE naming the option */
  constructor(options: AlternatingLeastSquaresOptions = {}) {
    super()
    this.options = Object.freeze(alsSettings(options))
  }

  override get capabilities(): Capabilities {
    const hasMap = this.state !== undefined && this.state.featureMap !== null
    const placed = hasMap ? (['addItems'] as const) : []
    return capabilities('itemFeatures', 'similarItems', 'similarUsers', 'explain', ...placed)
  }

  /** The kind of map from item features to factors that was learned, or null without features. @throws ERR_NOT_FITTED */
  get featureMap(): 'kernel' | 'linear' | null {
    this.fitted()
    return this.state!.featureMap?.kind ?? null
  }

  /** The factor on what the map gives to items without interactions, or null without features. @throws ERR_NOT_FITTED */
  get newItemScale(): number | null {
    this.fitted()
    return this.state!.featureMap?.scale ?? null
  }

  /** The loss after each iteration, empty unless `trackLoss` or `tolerance` asked for it. @throws ERR_NOT_FITTED */
  get losses(): readonly number[] {
    this.fitted()
    return this.state!.losses
  }

  /** What `alpha` and `regularization` are: as given, or as chosen from the log at `fit`. @throws ERR_NOT_FITTED */
  get parameters(): Readonly<AlsParameters> {
    this.fitted()
    return this.state!.parameters
  }

  /** All options, with the {@link parameters} in force. */
  private settings(parameters = this.parameters): AlsSettings {
    return { ...this.options, ...parameters }
  }

  /** @internal */
  protected async learn(log: FittedLog, _byItem: () => Promise<Csr>, options: FitOptions): Promise<AlsState> {
    const { itemFeatures, signal } = options
    const ordered = await orderedLog(log, signal)
    const described = itemFeatures && (await describedItems(log.items, ordered.items, itemFeatures, signal))
    if (described) FeatureMap.check(itemFeatures, described, this.options)
    const [Cui, Ciu] = [ordered.byUser, await ordered.byItem()]
    const parameters = await alsParameters(Cui, this.options, signal)
    const settings = this.settings(parameters)
    const trained = await trainAls(Cui, Ciu, settings, options)
    if (this.options.regularization !== null) await warnIfCollapsed(Cui, trained, settings, signal)
    let featureMap: FeatureMap | null = null
    if (described) {
      const scale = await newItemScale(Cui, Ciu, trained.Y, described, itemFeatures, settings, signal)
      featureMap = (await FeatureMap.learn(itemFeatures, described, trained.Y, settings, signal)).scaled(scale)
      await refineItems(Ciu, trained.X, trained.Y, described, itemFeatures, featureMap, settings, signal)
    }
    const [X, Y] = [await ordered.usersBack(trained.X), await ordered.itemsBack(trained.Y)]
    const { losses } = trained
    const learned = new Uint8Array(Y.rows).fill(1)
    const state: AlsState = { log, userFactors: X, itemFactors: Y, losses, learned, featureMap, parameters }
    if (!itemFeatures || !featureMap) return state
    return (await placedByFeatures(state, featureMap, itemFeatures, signal)).state
  }

  /** @internal */
  protected override get updatesRows(): boolean {
    return true
  }

  /** @internal */
  protected learnUpdate(update: LogUpdate, { signal }: UpdateOptions): Promise<AlsState> {
    return alsUpdate(this.state!, update, this.settings(), signal)
  }

  /** @internal */
  protected override placeItems(
    features: Features,
    state: AlsState,
    signal?: AbortSignal,
  ): Promise<{ state: AlsState; report: AddItemsReport }> {
    return placedByFeatures(state, state.featureMap!, features, signal)
  }

  /** @internal */
  protected override async vectorsOf(features: Features, signal?: AbortSignal): Promise<Matrix | undefined> {
    const map = this.state!.featureMap
    return map?.dims === features.dims ? map.apply(features.matrix, signal) : undefined
  }

  /** @internal */
  protected tensors(): Record<string, Tensor> {
    const { userFactors, itemFactors, learned, featureMap, losses, parameters } = this.state!
    return {
      'users.factors': matrixTensor(userFactors),
      'items.factors': matrixTensor(itemFactors),
      'items.learned': vectorTensor(learned),
      losses: vectorTensor(Float64Array.from(losses)),
      parameters: vectorTensor(Float64Array.of(parameters.alpha, parameters.regularization)),
      ...featureMap?.toTensors('features'),
    }
  }

  /** @internal */
  protected restored({ log, tensors }: SavedModel): AlsState {
    const cols = this.options.factors
    return {
      log,
      userFactors: tensors.matrix('users.factors', { rows: log.users.size, cols }),
      itemFactors: tensors.matrix('items.factors', { rows: log.items.size, cols }),
      learned: tensors.vector('items.learned', Uint8Array, log.items.size),
      losses: [...tensors.vector('losses', Float64Array)],
      featureMap: FeatureMap.fromTensors(tensors, 'features', cols),
      parameters: this.restoredParameters(tensors),
    }
  }

  private restoredParameters(tensors: SavedTensors): AlsParameters {
    const { alpha, regularization } = this.options
    if (alpha !== null && regularization !== null) return { alpha, regularization }
    const [chosenAlpha, chosenRegularization] = tensors.vector('parameters', Float64Array, 2)
    return { alpha: alpha ?? chosenAlpha!, regularization: regularization ?? chosenRegularization! }
  }

  /** @internal The exact solution for one more row, the items fixed (Hu et al. 2008, equation 4). */
  protected async historyVector(history: ReadonlyMap<number, number>, signal?: AbortSignal): Promise<Matrix> {
    const { itemFactors: Y } = this.state!
    const gramOfItems = gramOfItemsOf(this.state!)
    const settings: AlsSettings = { ...this.settings(), solver: 'cholesky' }
    const Cui = csrFromLists([history], Y.rows)
    const X = new Matrix(1, Y.cols)
    await halfSweep(Cui, Y, await untilAborted(gramOfItems, signal), X, settings, signal)
    return X
  }

  /**
   * @internal Hu et al. 2008, section 5: the score is a sum over the user's items, each weighted by its similarity to the
   * one explained, as seen by this user. Of the exact solution for the user, to which conjugate gradients come close.
   */
  protected override async contributions(user: number, item: number, signal?: AbortSignal): Promise<Contributions> {
    const { log, itemFactors: Y } = this.state!
    const gramOfItems = gramOfItemsOf(this.state!)
    const Cui = { ...historiesOf(log, Int32Array.of(user)), cols: Y.rows }
    const settings = this.settings()
    const gram = await untilAborted(gramOfItems, signal)
    const values = await nativeCall(signal, (native, abort) =>
      native.alsContributions(Cui, Y, gram, item, settings, abort),
    )
    return { from: 'item', rows: Cui.indices, values }
  }
}

guardReceivers(AlternatingLeastSquares)
