import { ChangeQueue } from '../../data/change-queue.js'
import type { Features } from '../../data/features.js'
import type { Interactions } from '../../data/log/interactions.js'
import type { Tensor } from '../../data/storage/safetensors.js'
import type { Csr } from '../../native/addon.js'
import { checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { withCallback } from '../../native/caller-callback.js'
import { KindredError, throwIfAborted } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { type Capabilities, capabilities, SUPPORTED_BY } from './capabilities.js'
import { checkFeatures, checkFit, checkUpdate } from './check-fit.js'
import type { FittedLog, FittedState } from './fitted-log.js'
import { type LogUpdate, mergeLog } from './merge-log.js'
import { type SavedModel, saveModel, withSavedModel } from './model-file.js'
import type { NestedFolders } from './nested-folders.js'
import type { AddItemsReport, FitOptions, UpdateOptions } from './recommend-options.js'
import { warnOfHeavyWeights } from './weight-warning.js'

/** Options of `fit` that all models have. */
const FIT_OPTIONS: readonly string[] = ['itemFeatures', 'signal', 'onProgress']

/**
 * How built-in models learn, change, are saved and loaded: always as a whole, so that a failed call changes nothing.
 * Changes queue: each builds on the one called before it, and none is lost.
 */
export abstract class ModelLifecycle {
  /** @internal The name of the class in saved folders and messages, which minifiers do not change. */
  declare static readonly algorithm: string
  /**
   * @internal What options were that folders of earlier releases do not name: what those releases did, whatever the
   * defaults are now.
   */
  static readonly formerOptions: Readonly<Record<string, unknown>> = {}
  /** The options in force, defaults filled in. */
  abstract readonly options: object
  /** @internal */
  protected state: FittedState | undefined
  readonly #changes = new ChangeQueue()

  /**
   * Loads a model of this class that {@link save} wrote, in this release or an earlier one, after which it scores as before.
   * @throws ERR_MODEL_FILE if the folder holds no model, one of another class, or a truncated, altered or newer one;
   * ERR_IO, ERR_ABORTED
   */
  static async load<Model extends ModelLifecycle>(
    this: new (
      ...args: never[]
    ) => Model,
    dir: string,
    options: AbortOptions = {},
  ): Promise<Model> {
    options = checkOptions('load', options, ['signal'])
    // biome-ignore lint/complexity/noThisInStatic: the class that load was called on
    const { algorithm } = this as unknown as typeof ModelLifecycle
    return withSavedModel(dir, options.signal, (saved) => {
      if (saved.algorithm !== algorithm)
        throw new KindredError(
          'ERR_MODEL_FILE',
          `${dir}: expected a model of class ${algorithm} but it holds one of class ${saved.algorithm}. Load it with ${saved.algorithm}.load or loadModel.`,
        )
      // biome-ignore lint/complexity/noThisInStatic: the class that load was called on
      return restoreModel(this, saved)
    })
  }

  /** @internal A model of this class with saved options, not restored yet; those made of other models load these. */
  static async ofSaved(options: Readonly<Record<string, unknown>>, _saved: SavedModel): Promise<ModelLifecycle> {
    // biome-ignore lint/complexity/noThisInStatic: the class of the model
    return new (this as unknown as new (options: object) => ModelLifecycle)(options)
  }

  /** @internal A model of this class with these options, some of them others, not fitted. */
  fresh(options: Readonly<Record<string, unknown>> = {}): this {
    return new (this.constructor as new (options: object) => this)({ ...this.options, ...options })
  }

  /** @internal Another model in the state of this one, which changes of either leave as it is. */
  copy(): this {
    const other = this.fresh()
    other.state = this.state
    return other
  }

  /** @internal What {@link learn} sees of a log; models of sequences add what it says of order. */
  protected async logOf(train: Interactions, signal?: AbortSignal): Promise<FittedLog> {
    return { users: train.users, items: train.items, seen: await train.byUser(signal) }
  }

  /** @internal The state of a model with these options from the training log and, where asked for, its transpose. */
  protected abstract learn(log: FittedLog, byItem: () => Promise<Csr>, options: FitOptions): Promise<FittedState>
  /** @internal The state after new interactions; `update.log` is the whole log. */
  protected abstract learnUpdate(update: LogUpdate, options: UpdateOptions): Promise<FittedState>
  /** @internal What is saved besides options, ids and log. */
  protected abstract tensors(): Record<string, Tensor>
  /** @internal What is saved in folders of its own, by the name of each. */
  protected get nested(): NestedFolders | undefined {
    return undefined
  }
  /** @internal The state that {@link tensors} was taken from. @throws ERR_MODEL_FILE */
  protected abstract restored(saved: SavedModel): Promise<FittedState> | FittedState
  /** @internal The state with the items of `features` in it. */
  protected async placeItems(
    _features: Features,
    _state: FittedState,
    _signal?: AbortSignal,
  ): Promise<{ state: FittedState; report: AddItemsReport }> {
    throw this.unsupported('addItems')
  }

  /** @internal Refuses what {@link addItems} cannot take. @throws ERR_VALUE */
  protected checkItems(features: unknown): void {
    checkFeatures('addItems', features)
  }

  /** @internal Refuses what `fit` cannot take as `itemFeatures`. @throws ERR_VALUE */
  protected checkItemFeatures(features: unknown): void {
    checkFeatures('itemFeatures', features)
  }

  /** @internal Whether the weights of a log, beyond their signs, change what is learned from it. */
  protected get learnsFromWeights(): boolean {
    return true
  }

  /** @internal Whether an update reads of the log no rows but those of the users concerned. */
  protected get updatesRows(): boolean {
    return false
  }

  /** @internal Names of options of `fit` that this class has beside those of all models. */
  protected get fitOptions(): readonly string[] {
    return []
  }

  /** @internal Runs a change after those that were called before it. @throws ERR_ABORTED if the signal fires while it waits */
  protected queued<T>(change: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#changes.run(change, signal)
  }

  /** @internal */
  protected get algorithm(): string {
    return (this.constructor as typeof ModelLifecycle).algorithm
  }

  /** @internal */
  protected unsupported(what: keyof Capabilities): KindredError {
    return new KindredError('ERR_NOT_SUPPORTED', `${this.algorithm}: does not support ${what}. ${SUPPORTED_BY[what]}`)
  }

  /** @internal @throws ERR_NOT_FITTED */
  protected fitted(): FittedLog {
    if (this.state === undefined)
      throw new KindredError('ERR_NOT_FITTED', `${this.algorithm}: call fit() or load a saved model first.`)
    return this.state.log
  }

  /** @internal This model as it is now, whatever changes later: what a call reads must be of one state. */
  snapshot(): this {
    return Object.create(this, { state: { value: this.state } })
  }

  /** What this model supports, as it stands. */
  get capabilities(): Capabilities {
    return capabilities()
  }

  /**
   * Learns from a log. Fitting again starts anew. Warns (code KINDRED_WEIGHTS) where a few rows have most of the weight and
   * the model weighs by it.
   * @throws ERR_DATA if the log is empty, ERR_NOT_SUPPORTED for `itemFeatures` where `capabilities` says so, ERR_VALUE,
   * ERR_ABORTED
   */
  async fit(train: Interactions, options: FitOptions = {}): Promise<this> {
    options = checkOptions('fit', options, [...FIT_OPTIONS, ...this.fitOptions])
    checkFit(train, options)
    if (options.itemFeatures !== undefined) this.checkItemFeatures(options.itemFeatures)
    if (options.itemFeatures && !this.capabilities.itemFeatures) throw this.unsupported('itemFeatures')
    return this.#changes.run(async () => {
      if (this.learnsFromWeights) await warnOfHeavyWeights(this.algorithm, train, options.signal)
      const log = await this.logOf(train, options.signal)
      this.state = await withCallback(options.onProgress, (onProgress) =>
        this.learn(log, () => train.byItem(options.signal), { ...options, onProgress }),
      )
      return this
    }, options.signal)
  }

  /**
   * Adds interactions without fitting anew; users and items may be new. A known pair takes the new weight.
   * @throws ERR_NOT_FITTED, ERR_VALUE, ERR_ABORTED
   */
  async update(interactions: Interactions, options: UpdateOptions = {}): Promise<void> {
    options = checkOptions('update', options, ['signal'])
    checkUpdate(interactions, options)
    return this.#changes.run(async () => {
      const log = this.fitted()
      if (interactions.size === 0) return
      const merged = await mergeLog(log, interactions, options.signal, this.updatesRows)
      this.state = await this.learnUpdate(merged, options)
    }, options.signal)
  }

  /**
   * Makes items rankable by their features alone.
   * @throws ERR_NOT_FITTED, ERR_NOT_SUPPORTED where `capabilities` says so, ERR_SHAPE for features of other dimensions than
   * at `fit`, ERR_VALUE, ERR_ABORTED
   */
  async addItems(features: Features, options: AbortOptions = {}): Promise<AddItemsReport> {
    options = checkOptions('addItems', options, ['signal'])
    throwIfAborted(options.signal)
    return this.#changes.run(async () => {
      this.fitted()
      if (!this.capabilities.addItems) throw this.unsupported('addItems')
      this.checkItems(features)
      const { state, report } = await this.placeItems(features, this.state!, options.signal)
      this.state = state
      return report
    }, options.signal)
  }

  /**
   * Writes the model into a folder, atomically, over an older one if there is one.
   * @throws ERR_NOT_FITTED, ERR_IO, ERR_ABORTED; the older one is then as it was
   */
  async save(dir: string, options: AbortOptions = {}): Promise<void> {
    options = checkOptions('save', options, ['signal'])
    throwIfAborted(options.signal)
    const log = this.fitted()
    const parts = {
      algorithm: this.algorithm,
      options: { ...this.options },
      tensors: this.tensors(),
      nested: this.nested,
    }
    await saveModel(dir, log, parts, options.signal)
  }

  /** @internal Takes the state of a saved model. @throws ERR_MODEL_FILE */
  async restore(saved: SavedModel): Promise<void> {
    this.state = await this.restored(saved)
  }
}

guardReceivers(ModelLifecycle)

/** A model of this class with the saved options and state. @throws ERR_MODEL_FILE */
export async function restoreModel<Model extends ModelLifecycle>(
  Class: new (...args: never[]) => Model,
  saved: SavedModel,
): Promise<Model> {
  try {
    const { formerOptions } = Class as unknown as typeof ModelLifecycle
    const options = { ...formerOptions, ...saved.options }
    const model = (await (Class as unknown as typeof ModelLifecycle).ofSaved(options, saved)) as Model
    await model.restore(saved)
    return model
  } catch (error) {
    if (!(error instanceof KindredError) || error.code === 'ERR_MODEL_FILE') throw error
    throw new KindredError('ERR_MODEL_FILE', `${saved.dir}: ${error.message}`, { cause: error })
  }
}
