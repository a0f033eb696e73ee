import { csrFromLists } from '../../data/csr.js'
import { IdMap } from '../../data/id-map.js'
import { idOrder } from '../../data/id-order.js'
import type { Interactions } from '../../data/log/interactions.js'
import type { Matrix } from '../../data/matrix.js'
import type { Tensor } from '../../data/storage/safetensors.js'
import { vectorTensor } from '../../data/storage/saved-tensors.js'
import type { Csr } from '../../native/addon.js'
import { checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { withCallback } from '../../native/caller-callback.js'
import { throwIfAborted } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { BaseRecommender } from '../base/base-recommender.js'
import type { FittedLog } from '../base/fitted-log.js'
import { historyRows, orderOfHistory } from '../base/history-rows.js'
import type { LogUpdate } from '../base/merge-log.js'
import type { SavedModel } from '../base/model-file.js'
import type { FitOptions, HistoryEntry, UpdateOptions } from '../base/recommend-options.js'
import { mergedSequences, sequenceTensors, userSequences } from '../sequence/user-sequences.js'
import {
  checkSequences,
  type FitSequencesOptions,
  fitSequencesSettings,
  fitSettings,
  type SampleListsOptions,
  SEQGAN_FIT_OPTIONS,
  type SeqGANFitOptions,
} from './fit-options.js'
import { GENERATE_OPTIONS, type GeneratedList, type GenerateListsOptions, generateRequest } from './generate-options.js'
import { generated, likelihood, nextItems, sampled } from './read-networks.js'
import { type SeqGANOptions, seqganSettings } from './seqgan-options.js'
import { learnt, readState, type SeqGANState } from './seqgan-state.js'
import { placesIn, type SequenceLog, vocabularyOf } from './vocabulary.js'
import { windowsOf, windowsOfUsers } from './windows.js'

/**
 * Lists that continue a user's history, as users make them (Yu et al. 2017, "SeqGAN: sequence generative adversarial nets with
 * policy gradient"): an LSTM learns to tell the next item by maximum likelihood; a convolutional network learns to tell lists
 * of users from lists that the LSTM draws; then the LSTM learns, by REINFORCE with Monte-Carlo rollouts, to draw lists that the
 * other takes for true, by turns with it. Differences from the authors' code are told in the guide.
 *
 * A user's items are in the order of their times, where the log has them, else in that of its rows; weights above 0 all count
 * the same, other rows are left out. {@link generate} draws lists; {@link recommend} and its likes rank by the logarithm of the
 * probability of being next. {@link update} adds items to the histories, while the networks stay; items added since score 0 and
 * are in no list until the next fit. Same seed, same bits for any number of threads, on one instruction set.
 */
export class SeqGAN extends BaseRecommender {
  /** @internal */
  static override readonly algorithm = 'SeqGAN'
  /** The options in force, defaults filled in. */
  readonly options: Readonly<Required<SeqGANOptions>>
  /** @internal */
  declare protected state: SeqGANState | undefined

  /** @throws ERR_VALUE naming the option */
  constructor(options: SeqGANOptions = {}) {
    super()
    this.options = seqganSettings(options)
  }

  /** @internal */
  protected override get learnsFromWeights(): boolean {
    return false
  }

  /** @internal */
  protected override get fitOptions(): readonly string[] {
    return SEQGAN_FIT_OPTIONS
  }

  /**
   * Learns from a log, in three parts that `onProgress` tells apart. Fitting again starts anew.
   * @throws ERR_DATA if the log is empty; ERR_NOT_FINITE if it diverges; ERR_VALUE, also for a checkpoint of another training; ERR_IO, ERR_ABORTED
   */
  override async fit(train: Interactions, options: SeqGANFitOptions = {}): Promise<this> {
    return super.fit(train, options as FitOptions)
  }

  /**
   * Learns from sequences of numbers in place of a log: the model's items are then the integers below `items`, and it has no
   * users. For experiments with sequences of whatever kind, such as the authors' oracle.
   * @throws ERR_VALUE for an empty list or sequence, or a number that is no item; else as {@link fit}
   */
  async fitSequences(sequences: readonly Int32Array[], options: FitSequencesOptions): Promise<this> {
    const { items, onEpoch, ...others } = fitSequencesSettings(options)
    throwIfAborted(others.signal)
    checkSequences('sequences', sequences, items)
    return this.queued(async () => {
      const log: SequenceLog = {
        users: new IdMap(),
        items: IdMap.from(Array.from({ length: items }, (_, n) => n)),
        seen: csrFromLists([], items),
        sequences: { indptr: new Int32Array(1), items: new Int32Array(0), times: new Float64Array(0) },
      }
      const vocabulary = Int32Array.from({ length: items }, (_, n) => n)
      const { context, length } = this.options
      const windows = sequences.flatMap((sequence) => windowsOf(sequence, context, length))
      this.state = await withCallback(others.onProgress, (onProgress) =>
        learnt(log, vocabulary, windows, this.options, { ...others, onProgress, onEpoch }),
      )
      return this
    }, others.signal)
  }

  /**
   * Draws lists that continue a history, the earliest item first, of which the last `context` count.
   * @returns `count` of them, those that the discriminator takes for true first
   * @throws ERR_NOT_FITTED, ERR_UNKNOWN_ID, ERR_VALUE, also where fewer items are left than a list is to have; ERR_ABORTED
   */
  async generate(history: Iterable<HistoryEntry>, options: GenerateListsOptions = {}): Promise<GeneratedList[]> {
    options = checkOptions('generate', options, GENERATE_OPTIONS)
    this.fitted()
    const state = this.state!
    const request = generateRequest(options, this.options, state)
    return generated(state, historyRows(history, state.log.items, request.unknown).order, request, this.options)
  }

  /**
   * Draws lists that continue nothing, as numbers: of a model that learnt from a log, rows of {@link items}.
   * @param count from 0
   * @throws ERR_NOT_FITTED, ERR_VALUE, ERR_ABORTED
   */
  async sample(count: number, options: SampleListsOptions = {}): Promise<Int32Array[]> {
    options = checkOptions('sample', options, ['seed', 'signal'])
    this.fitted()
    return sampled(this.state!, count, options, this.options)
  }

  /**
   * The mean, over all items of sequences of numbers, of minus the natural logarithm of an item's probability after those
   * before it: what maximum likelihood makes less.
   * @throws ERR_NOT_FITTED, ERR_VALUE, ERR_ABORTED
   */
  async negativeLogLikelihood(sequences: readonly Int32Array[], options: AbortOptions = {}): Promise<number> {
    options = checkOptions('negativeLogLikelihood', options, ['signal'])
    throwIfAborted(options.signal)
    this.fitted()
    return likelihood(this.state!, sequences, this.options, options.signal)
  }

  /** @internal */
  protected override async logOf(train: Interactions, signal?: AbortSignal): Promise<SequenceLog> {
    return { ...(await super.logOf(train, signal)), sequences: await userSequences(train, signal) }
  }

  /** @internal */
  protected async learn(
    given: FittedLog,
    _byItem: () => Promise<Csr>,
    options: SeqGANFitOptions,
  ): Promise<SeqGANState> {
    const log = given as SequenceLog
    const { signal, checkpoint, checkpointEvery, onProgress } = fitSettings(options)
    const vocabulary = await vocabularyOf(log, signal)
    const places = placesIn(vocabulary, log.items.size)
    const windows = await windowsOfUsers(log.sequences, await idOrder(log.users, signal), places, this.options, signal)
    return learnt(log, vocabulary, windows, this.options, { signal, checkpoint, checkpointEvery, onProgress })
  }

  /** @internal Keeps the networks of the last fit. */
  protected async learnUpdate({ log, added }: LogUpdate, { signal }: UpdateOptions): Promise<SeqGANState> {
    const of = {
      users: log.users.size,
      userOf: (row: number) => log.users.indexOf(added.users.idAt(row)),
      itemOf: (row: number) => log.items.indexOf(added.items.idAt(row)),
    }
    return { ...this.state!, log, sequences: await mergedSequences(this.state!.sequences, added, of, signal) }
  }

  /** @internal */
  protected tensors(): Record<string, Tensor> {
    const { tensors, vocabulary, sequences } = this.state!
    return { ...tensors, ...sequenceTensors(sequences), vocabulary: vectorTensor(vocabulary) }
  }

  /** @internal */
  protected async restored(saved: SavedModel): Promise<SeqGANState> {
    return readState(saved, this.options)
  }

  /** @internal */
  async scoreRows(userRows: Int32Array, signal?: AbortSignal): Promise<Matrix> {
    const { sequences } = this.state!
    const { indptr, items } = sequences
    const histories = Array.from(userRows, (user) => items.subarray(indptr[user], indptr[user + 1]))
    return nextItems(this.state!, histories, this.options, signal)
  }

  /** @internal */
  protected async scoreHistory(history: ReadonlyMap<number, number>, signal?: AbortSignal): Promise<Matrix> {
    return nextItems(this.state!, [orderOfHistory(history)], this.options, signal)
  }
}

guardReceivers(SeqGAN)
