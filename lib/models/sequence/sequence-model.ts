import type { Features } from '../../data/features.js'
import { idOrder } from '../../data/id-order.js'
import type { Interactions } from '../../data/log/interactions.js'
import { Matrix } from '../../data/matrix.js'
import type { Tensor } from '../../data/storage/safetensors.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr } from '../../native/addon.js'
import { checkIterable, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { throwIfAborted } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import type { TrainingHistory } from '../../nn/train/history.js'
import { networkSettings } from '../../nn/train/network-options.js'
import { type Capabilities, capabilities } from '../base/capabilities.js'
import { checkLog } from '../base/check-fit.js'
import { FactorModel, withRows } from '../base/factor-model.js'
import type { FittedLog } from '../base/fitted-log.js'
import { historyRows, orderOfHistory } from '../base/history-rows.js'
import type { LogUpdate } from '../base/merge-log.js'
import type { SavedModel } from '../base/model-file.js'
import type { AddItemsReport, FitOptions, HistoryEntry, UpdateOptions } from '../base/recommend-options.js'
import { heldOutItems } from './held-out-items.js'
import { checkDescribed, checkFeatureDims, featuresOf, itemTable } from './item-table.js'
import { knownRows } from './sequence-inference.js'
import type { SequenceNetwork } from './sequence-network.js'
import {
  type NegativesOptions,
  SEQUENCE_FIT_OPTIONS,
  type SequenceFitOptions,
  type SequenceSettings,
} from './sequence-options.js'
import {
  itemsWithEvents,
  restoredState,
  type SequenceState,
  stateTensors,
  withPlacedItems,
  withUserStates,
} from './sequence-state.js'
import { trainSequences } from './train-sequences.js'
import { trainingWindows } from './training-windows.js'
import { mergedSequences, type UserSequences, userSequences } from './user-sequences.js'

interface SequenceLog extends FittedLog {
  sequences: UserSequences
}

/** Options of {@link SequenceModel.encode}. */
export interface EncodeHistoriesOptions extends AbortOptions {
  /** What to do with items that the model does not know: refuse the call or skip them. Default 'error'. */
  unknown?: 'error' | 'ignore'
}

/**
 * What models of sequences share. A user is the state of a network after the items of the user's history, in the order of
 * their times, and a score is the product of that state and the item's vector: how much more probable the item is as the next.
 * Rows of equal time, or of none, count in the order of the log. Weights above 0 all count the same; others are left out. Of
 * long histories the last `maxLength` items count.
 *
 * {@link update} makes states of the users concerned anew from their longer histories, while the network stays; items added
 * since have no vector, score 0 and are passed over in histories, until the next fit, or until {@link addItems} gives their
 * features. Same seed, same bits for any number of threads, on one instruction set.
 */
export abstract class SequenceModel extends FactorModel {
  /** @internal */
  abstract override readonly options: SequenceSettings
  /** @internal */
  declare protected state: SequenceState | undefined

  /** @internal */
  protected abstract network(): SequenceNetwork
  /** @internal What states are compared with in training. */
  protected abstract readonly loss: Readonly<Required<NegativesOptions>>
  /** @internal Of networks that are masked. */
  protected get masking(): { readonly share: number; readonly lastOnly: number } {
    return { share: 0, lastOnly: 0 }
  }

  override get capabilities(): Capabilities {
    const own = ['itemFeatures', 'similarItems', 'similarUsers'] as const
    return this.state?.featureDims ? capabilities(...own, 'addItems') : capabilities(...own)
  }

  /** How the last `fit` went, epoch by epoch, with the NDCG@10 of its validation; undefined in a model that was loaded. */
  get history(): TrainingHistory<number> | undefined {
    this.fitted()
    return this.state!.history
  }

  /** @internal */
  protected override get learnsFromWeights(): boolean {
    return false
  }

  /** @internal */
  protected override get fitOptions(): readonly string[] {
    return SEQUENCE_FIT_OPTIONS
  }

  /**
   * Learns from a log. Fitting again starts anew.
   * @throws ERR_DATA if the log is empty, none of its items has features, or the validation holds nothing to judge by, ERR_SHAPE for frozen features of another length than `dims`,
   * ERR_NOT_FINITE if training diverges, ERR_VALUE, also for a checkpoint of another training, ERR_MODEL_FILE for a damaged
   * one, ERR_IO, ERR_ABORTED
   */
  override fit(train: Interactions, options: SequenceFitOptions = {}): Promise<this> {
    return super.fit(train, options)
  }

  /**
   * The states of histories [histories, dims], to be features of other models: {@link userFactors} of users who are in no log.
   * A history without an item that the model has a vector of gives zeros.
   * @param histories of each the items, the earliest first
   * @throws ERR_NOT_FITTED, ERR_UNKNOWN_ID, ERR_VALUE, ERR_ABORTED
   */
  async encode(histories: Iterable<Iterable<HistoryEntry>>, options: EncodeHistoriesOptions = {}): Promise<Matrix> {
    options = checkOptions('encode', options, ['unknown', 'signal'])
    throwIfAborted(options.signal)
    const unknown = checkOneOf('unknown', options.unknown ?? 'error', ['error', 'ignore'])
    const { items } = this.fitted()
    const now = this.snapshot()
    const orders: number[][] = []
    const yielder = new LoopYielder(options.signal)
    for (const history of checkIterable('histories', histories, 'a list of lists of { item, weight? }')) {
      orders.push(historyRows(history, items, unknown).order)
      if (yielder.due) await yielder.yieldToLoop()
    }
    return now.statesOf(orders.length, (n) => orders[n]!, options.signal)
  }

  /** @internal */
  protected override async logOf(train: Interactions, signal?: AbortSignal): Promise<SequenceLog> {
    return { ...(await super.logOf(train, signal)), sequences: await userSequences(train, signal) }
  }

  /** @internal */
  protected async learn(
    given: FittedLog,
    _byItem: () => Promise<Csr>,
    fitOptions: SequenceFitOptions & FitOptions,
  ): Promise<SequenceState> {
    const { signal, onProgress, itemFeatures, validation, checkpoint, checkpointEvery } = fitOptions
    const { sequences, ...log } = given as SequenceLog
    const { options } = this
    const { dims, maxLength, itemVectors, epochs, batchSize, learningRate, schedule, warmup, weightDecay } = options
    const settings = networkSettings(
      {
        ...{ epochs, batchSize, learningRate, schedule, warmup, weightDecay, checkpoint, checkpointEvery, signal },
        ...{
          optimizer: 'adamw',
          maxNorm: options.maxNorm,
          seed: options.seed,
          patience: options.patience ?? undefined,
        },
        onProgress: onProgress && (({ step, steps, loss }) => onProgress({ done: step, total: steps, loss })),
      },
      { epochs, batchSize, learningRate },
      validation !== undefined,
    )
    if (validation !== undefined) checkLog('validation', validation)
    if (itemFeatures && itemVectors === 'frozen')
      checkFeatureDims('itemFeatures', itemFeatures, dims, "as many as dims, which itemVectors 'frozen' asks for")
    const heldOut = validation && (await heldOutItems(validation, log, sequences, signal))
    const order = await idOrder(log.items, signal)
    const { items, trained } = await itemsWithEvents(log, sequences, order, signal)
    const placeOf = new Int32Array(log.items.size).fill(-1)
    items.forEach((item, place) => {
      placeOf[item] = place
    })
    const users = await idOrder(log.users, signal)
    const windows = await trainingWindows(sequences, users, placeOf, maxLength, signal)
    if (itemFeatures) await checkDescribed(log.items, itemFeatures, signal)
    const units =
      itemFeatures &&
      (await featuresOf(
        Array.from(items, (row) => log.items.idAt(row)),
        itemFeatures,
        signal,
      ))
    const nothing = windows.begins.length === 0
    const result = nothing
      ? undefined
      : await trainSequences({
          network: this.network(),
          table: itemTable(items.length, dims, units, itemVectors),
          itemRows: items,
          ...{ windows, options, loss: this.loss, masking: this.masking, settings, log, sequences, heldOut },
        })
    const itemFactors = result?.itemFactors ?? new Matrix(log.items.size, dims)
    const state = await withUserStates(
      {
        ...{ log, sequences, itemFactors, trained },
        userFactors: new Matrix(log.users.size, dims),
        learnt: result?.network ?? null,
        isKnown: await knownRows(itemFactors, signal),
        featureDims: result && itemFeatures ? itemFeatures.dims : 0,
        projection: result?.projection ?? null,
        history: result?.history,
      },
      null,
      signal,
    )
    if (!itemFeatures || !result) return state
    return (await withPlacedItems(state, itemFeatures, signal)).state
  }

  /** @internal */
  protected async learnUpdate(
    { log, changedUsers, added }: LogUpdate,
    { signal }: UpdateOptions,
  ): Promise<SequenceState> {
    const before = this.state!
    const rowsOf = (from: Interactions['users'], to: Interactions['users']) =>
      Int32Array.from({ length: from.size }, (_, row) => to.indexOf(from.idAt(row)))
    const [users, items] = [rowsOf(added.users, log.users), rowsOf(added.items, log.items)]
    const sequences = await mergedSequences(
      before.sequences,
      added,
      { users: log.users.size, userOf: (row) => users[row]!, itemOf: (row) => items[row]! },
      signal,
    )
    const [trained, isKnown] = [new Uint8Array(log.items.size), new Uint8Array(log.items.size)]
    trained.set(before.trained)
    isKnown.set(before.isKnown)
    return withUserStates(
      {
        ...{ ...before, log, sequences, trained, isKnown },
        itemFactors: withRows(before.itemFactors, log.items.size),
        userFactors: withRows(before.userFactors, log.users.size),
      },
      changedUsers,
      signal,
    )
  }

  /** @internal */
  protected override async placeItems(
    features: Features,
    state: SequenceState,
    signal?: AbortSignal,
  ): Promise<{ state: SequenceState; report: AddItemsReport }> {
    return withPlacedItems(state, features, signal)
  }

  /** @internal The states of histories of item rows [count, dims]. */
  protected statesOf(
    count: number,
    historyOf: (n: number) => ArrayLike<number>,
    signal: AbortSignal | undefined,
  ): Promise<Matrix> {
    const { learnt, itemFactors, isKnown } = this.state!
    if (learnt === null) return Promise.resolve(new Matrix(count, this.options.dims))
    return learnt.inference.states(count, historyOf, itemFactors, isKnown, signal)
  }

  /** @internal */
  protected async historyVector(history: ReadonlyMap<number, number>, signal?: AbortSignal): Promise<Matrix> {
    const { learnt, itemFactors, isKnown } = this.state!
    if (learnt === null) return new Matrix(1, this.options.dims)
    return learnt.inference.state(orderOfHistory(history), itemFactors, isKnown, signal)
  }

  /** @internal */
  protected tensors(): Record<string, Tensor> {
    return stateTensors(this.state!)
  }

  /** @internal */
  protected restored(saved: SavedModel): Promise<SequenceState> {
    return restoredState(saved, this.network(), this.options)
  }
}

guardReceivers(SequenceModel)
