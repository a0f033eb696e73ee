import { csrFromLists, selectRows } from '../../data/csr.js'
import { placesOf } from '../../data/id-order.js'
import type { Interactions } from '../../data/log/interactions.js'
import { Matrix } from '../../data/matrix.js'
import type { Tensor } from '../../data/storage/safetensors.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr, TopK } from '../../native/addon.js'
import { checkInteger, checkNumber, checkOptions } from '../../native/argument-checks.js'
import { KindredError } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { fitNetwork } from '../../nn/train/fit-network.js'
import { type TrainingHistory, trainingHistory } from '../../nn/train/history.js'
import { BaseRecommender } from '../base/base-recommender.js'
import { type Capabilities, capabilities } from '../base/capabilities.js'
import type { FittedLog, FittedState } from '../base/fitted-log.js'
import { heldOutContent, heldOutLists, JUDGED, meanNdcg } from '../base/held-out-lists.js'
import { seenBy } from '../base/list-filters.js'
import type { LogUpdate } from '../base/merge-log.js'
import type { SavedModel } from '../base/model-file.js'
import {
  fitSettings,
  NETWORK_FIT_OPTIONS,
  NETWORK_TRAINING_OPTIONS,
  type NetworkFitOptions,
  type NetworkTrainingOptions,
  networkTraining,
} from '../base/network-fit.js'
import { orderedLog } from '../base/ordered-log.js'
import { packedVectors } from '../base/packed-vectors.js'
import { positives } from '../base/positive-rows.js'
import { type ListRequest, topOfVectors } from '../base/ranked-lists.js'
import { historyBatch } from './history-batch.js'
import { type Decoder, decoderOf, itemVectors, scoresOf, statesOf, withoutBiases } from './mult-vae-decoder.js'
import { foldInProgram, multVaeLoss, multVaeShapes, newMultVae } from './mult-vae-network.js'

/** Options of {@link MultVAE}. */
export interface MultVAEOptions extends NetworkTrainingOptions {
  /** Length of the hidden layers of encoder and decoder, 1 to 65536. Default 600. */
  hidden?: number
  /** Length of the latent vector, 1 to 65536. Default 200. */
  latent?: number
  /** Share of a history's items that falls away on the way in while training, in [0, 1). Default 0.5. */
  dropout?: number
  /** Greatest weight of the divergence from the prior, at least 0; 0 leaves it out. Default 0.2. */
  beta?: number
  /** Share of the steps over which that weight rises in a line from 0, 0 to 1. Default 0.8. */
  annealing?: number
  /** Passes over the users, from 1. Default 100. */
  epochs?: number
  /** Users of a step. Default 500. */
  batchSize?: number
  /** Step size of Adam, at least 0. Default 0.001. */
  learningRate?: number
}

interface MultVaeState extends FittedState {
  decoder: Decoder
  /** [items, hidden + 1] with zeros for items added since. */
  vectors: Matrix
  history: TrainingHistory<number>
}

/**
 * A variational autoencoder with a multinomial likelihood (Liang, Krishnan, Hoffman, Jebara 2018, "Variational autoencoders for
 * collaborative filtering"): a history of unit length, of which half the items fall away while training, becomes a normal
 * distribution of a latent vector, and this the logits of all items. The weight of the divergence rises to `beta` ("KL
 * annealing", section 2.2.2). The input is a sum of the rows of its items, in time linear in the history. Weights above 0 all
 * count the same; others are left out.
 *
 * A score is the logit by the mean of the latent distribution, of the user's whole history, so that {@link recommendFor}
 * gives what a user of the log with this history gets, and {@link update} adds to histories. Items added since a fit, and those
 * that nobody had with a weight above 0, score 0. With `fit(log, { validation })` the weights of the best epoch are kept. Same
 * seed, same bits for any number of threads, on one instruction set.
 */
export class MultVAE extends BaseRecommender {
  /** @internal */
  static override readonly algorithm = 'MultVAE'
  /** The options in force, defaults filled in. */
  readonly options: Readonly<Required<MultVAEOptions>>
  /** @internal */
  declare protected state: MultVaeState | undefined

  /** @throws ERR_VALUE naming the option */
  constructor(options: MultVAEOptions = {}) {
    super()
    options = checkOptions('MultVAE', options, [
      'hidden',
      'latent',
      'dropout',
      'beta',
      'annealing',
      ...NETWORK_TRAINING_OPTIONS,
    ])
    this.options = Object.freeze({
      hidden: checkInteger('hidden', options.hidden ?? 600, { min: 1, max: 2 ** 16 }),
      latent: checkInteger('latent', options.latent ?? 200, { min: 1, max: 2 ** 16 }),
      dropout: checkNumber('dropout', options.dropout ?? 0.5, { min: 0, max: 1 - 2 ** -20 }),
      beta: checkNumber('beta', options.beta ?? 0.2, { min: 0 }),
      annealing: checkNumber('annealing', options.annealing ?? 0.8, { min: 0, max: 1 }),
      ...networkTraining(options, { epochs: 100, batchSize: 500, learningRate: 1e-3 }),
    })
  }

  override get capabilities(): Capabilities {
    return capabilities('similarItems')
  }

  /** @internal */
  protected override get learnsFromWeights(): boolean {
    return false
  }

  /** @internal */
  protected override get fitOptions(): readonly string[] {
    return NETWORK_FIT_OPTIONS
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
   * Learns from a log. Fitting again starts anew.
   * @throws ERR_DATA if the log or the validation is empty, ERR_NOT_SUPPORTED for `itemFeatures`, ERR_NOT_FINITE if it diverges,
   * ERR_TOO_LARGE for a batch of more logits than 2^31 - 1, ERR_VALUE, ERR_IO, ERR_ABORTED
   */
  override fit(train: Interactions, options: NetworkFitOptions = {}): Promise<this> {
    return super.fit(train, options)
  }

  /** @internal */
  protected async learn(
    log: FittedLog,
    _byItem: () => Promise<Csr>,
    options: NetworkFitOptions,
  ): Promise<MultVaeState> {
    const { hidden, latent, dropout, beta, annealing, ...training } = this.options
    const { signal, validation } = options
    const settings = fitSettings(training, options)
    const sizes = { items: log.items.size, hidden, latent }
    if (Math.min(settings.batchSize, log.users.size) * sizes.items >= 2 ** 31)
      throw new KindredError(
        'ERR_TOO_LARGE',
        `MultVAE: a batch of ${settings.batchSize} users has more than 2^31 - 1 logits of ${sizes.items} items. Lower batchSize.`,
      )
    const ordered = await orderedLog(log, signal)
    const histories = await positives(ordered.byUser, signal)
    const [userPlaces, itemPlaces] = [placesOf(ordered.users), placesOf(ordered.items)]
    const heldOut = validation && (await heldOutLists(log, validation, userPlaces, itemPlaces, signal))
    const users = Int32Array.from(
      Array.from({ length: histories.rows }, (_, row) => row).filter(
        (row) => histories.indptr[row + 1]! > histories.indptr[row]!,
      ),
    )
    const weights = await newMultVae(sizes, settings.seed, signal)
    const names = [...multVaeShapes(sizes).keys()]
    const steps = Math.ceil(users.length / settings.batchSize) * settings.epochs
    const rising = annealing * steps
    const foldIn = foldInProgram(weights, sizes)
    try {
      const history =
        users.length === 0
          ? trainingHistory<number>()
          : await fitNetwork<number>(
              {
                settings,
                samples: users.length,
                options: { hidden, latent, dropout, beta, annealing },
                data: [histories.indptr, histories.indices, heldOut && heldOutContent(heldOut)],
                batch: (chosen, draw) => {
                  const own = Int32Array.from(chosen, (n) => users[n]!)
                  const weight = draw < rising ? (beta * draw) / rising : beta
                  const seed = (settings.seed + draw * 0x9e3779b9) % 2 ** 53
                  return historyBatch(histories, own, sizes, { dropout, beta: weight, seed }, signal)
                },
                validate:
                  heldOut &&
                  (async () => {
                    const decoder = await itemVectors(weights, sizes, signal)
                    const score = await meanNdcg(heldOut, { length: JUDGED, items: sizes.items }, async (rows, k) =>
                      topOfVectors(await statesOf(selectRows(histories, rows), foldIn, signal), decoder, 'dot', {
                        k,
                        exclude: seenBy(ordered.byUser, rows, sizes.items),
                        candidates: null,
                        zeros: null,
                        signal,
                      }),
                    )
                    return { judged: score, score }
                  }),
              },
              {
                weights,
                trained: names,
                all: names,
                others: [],
                learningRateFactor: () => 1,
                record: (graph) => multVaeLoss(graph, sizes),
              },
            )
      const found = new Map<string, Float32Array>()
      for (const name of names) found.set(name, await weights.read(name, { signal }))
      await this.inLogOrder(found, histories, itemPlaces, hidden, signal)
      const decoder = await decoderOf(found, sizes, signal)
      return { log, decoder, vectors: decoder.vectors, history }
    } finally {
      weights.dispose()
    }
  }

  /** The tables of items in the order of the log; those of items that nobody had become zeros. */
  private async inLogOrder(
    weights: Map<string, Float32Array>,
    { indices }: Csr,
    itemPlaces: Int32Array,
    hidden: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const had = new Uint8Array(itemPlaces.length)
    for (const place of indices) had[place] = 1
    const yielder = new LoopYielder(signal)
    for (const name of ['encoder.items', 'decoder.items', 'decoder.items.bias']) {
      const cols = name.endsWith('bias') ? 1 : hidden
      const before = weights.get(name)!
      const after = new Float32Array(before.length)
      await yielder.over(itemPlaces.length, 1 << 8, (begin, end) => {
        for (let row = begin; row < end; row++) {
          const place = itemPlaces[row]!
          if (had[place]) after.set(before.subarray(place * cols, (place + 1) * cols), row * cols)
        }
      })
      weights.set(name, after)
    }
  }

  /** @internal */
  protected async learnUpdate({ log }: LogUpdate): Promise<MultVaeState> {
    const before = this.state!
    const vectors = new Matrix(log.items.size, before.vectors.cols)
    vectors.data.set(before.vectors.data)
    return { ...before, log, vectors }
  }

  /** @internal */
  protected tensors(): Record<string, Tensor> {
    const { decoder } = this.state!
    return Object.fromEntries(
      Array.from(multVaeShapes(decoder.sizes), ([name, shape]) => [name, { shape, data: decoder.weights.get(name)! }]),
    ) as Record<string, Tensor>
  }

  /** @internal */
  protected async restored({ log, tensors, signal }: SavedModel): Promise<MultVaeState> {
    const { hidden, latent } = this.options
    const bias = tensors.vector('decoder.items.bias', Float32Array)
    const items = bias.length
    const sizes = { items, hidden, latent }
    if (items > log.items.size)
      throw new KindredError(
        'ERR_MODEL_FILE',
        `decoder.items.bias: expected at most ${log.items.size} items but there are ${items}.`,
      )
    const weights = new Map<string, Float32Array>()
    for (const [name, [rows, cols]] of multVaeShapes(sizes))
      weights.set(
        name,
        cols === undefined ? tensors.vector(name, Float32Array, rows) : tensors.matrix(name, { rows, cols }).data,
      )
    const decoder = await decoderOf(weights, sizes, signal)
    const vectors = new Matrix(log.items.size, decoder.vectors.cols)
    vectors.data.set(decoder.vectors.data)
    return { log, decoder, vectors, history: trainingHistory() }
  }

  /** The states [rows, hidden + 1] of histories, whose product with an item's vector is its score. */
  private async queries(histories: Csr, signal?: AbortSignal): Promise<Matrix> {
    const { decoder } = this.state!
    return statesOf(await positives(histories, signal, decoder.sizes.items), decoder.foldIn, signal)
  }

  /** @internal */
  async scoreRows(userRows: Int32Array, signal?: AbortSignal): Promise<Matrix> {
    const { log, vectors } = this.state!
    return scoresOf(await this.queries(selectRows(log.seen, userRows), signal), vectors, signal)
  }

  /** @internal */
  protected async scoreHistory(history: ReadonlyMap<number, number>, signal?: AbortSignal): Promise<Matrix> {
    const { vectors } = this.state!
    return scoresOf(await this.queries(csrFromLists([history], vectors.rows), signal), vectors, signal)
  }

  /** @internal */
  protected override async topRows(userRows: Int32Array, request: ListRequest): Promise<TopK> {
    const { log, vectors } = this.state!
    return topOfVectors(await this.queries(selectRows(log.seen, userRows), request.signal), vectors, 'dot', request)
  }

  /** @internal */
  protected override async topHistory(history: ReadonlyMap<number, number>, request: ListRequest): Promise<TopK> {
    const { vectors } = this.state!
    const queries = await this.queries(csrFromLists([history], vectors.rows), request.signal)
    return topOfVectors(queries, vectors, 'dot', request)
  }

  /** @internal By the cosine of the decoder's rows, whose biases say how popular items are. */
  protected override async similarRows(row: number, request: ListRequest): Promise<TopK> {
    const { vectors } = this.state!
    const rows = await withoutBiases(vectors)
    const index = await packedVectors(rows, request.signal)
    return topOfVectors(rows.subarray(row, row + 1), rows, 'cosine', request, index)
  }
}

guardReceivers(MultVAE)
