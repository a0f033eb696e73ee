import { csrFromLists, selectRows } from '../../data/csr.js'
import { placesOf } from '../../data/id-order.js'
import type { Interactions } from '../../data/log/interactions.js'
import { Matrix } from '../../data/matrix.js'
import type { Tensor } from '../../data/storage/safetensors.js'
import { matrixTensor } from '../../data/storage/saved-tensors.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr } from '../../native/addon.js'
import { checkInteger, checkNumber, checkOptions } from '../../native/argument-checks.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { nativeCall } from '../../native/native-call.js'
import { fitNetwork } from '../../nn/train/fit-network.js'
import { type TrainingHistory, trainingHistory } from '../../nn/train/history.js'
import { FactorModel, type FactorState, withRows } from '../base/factor-model.js'
import type { FittedLog } from '../base/fitted-log.js'
import { heldOutContent, heldOutLists, ndcgOfVectors } from '../base/held-out-lists.js'
import { itemColumns, type LogUpdate } from '../base/merge-log.js'
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
import { positives } from '../base/positive-rows.js'
import type { UpdateOptions } from '../base/recommend-options.js'
import { interactionGraph } from './interaction-graph.js'
import { bprBatch } from './lightgcn-batch.js'
import { bprLoss, EMBEDDINGS, newEmbeddings, vectorsProgram } from './lightgcn-network.js'

/** Options of {@link LightGCN}. */
export interface LightGCNOptions extends NetworkTrainingOptions {
  /** Length of the vectors, 1 to 4096. Default 64. */
  factors?: number
  /** How many times vectors are passed on along the edges, 1 to 16. Default 3. */
  layers?: number
  /** Penalty on half the squares of the first vectors of each sample, at least 0. Default 1e-4. */
  regularization?: number
  /** Passes over the interactions, from 1. Default 60. */
  epochs?: number
  /**
   * Interactions of a step. Each step passes vectors on along all edges, so that an epoch takes as many passes as it has steps.
   * Default 16384.
   */
  batchSize?: number
  /** Step size of Adam, at least 0. Default 0.01. */
  learningRate?: number
}

/** What a fitted model holds beside the vectors. */
interface LightGcnState extends FactorState {
  /** [users, factors] e(0), zeros for users added since the fit. */
  userEmbeddings: Matrix
  /**
   * What each neighbour gets of a user: the sum of its layers but the last, over the root of its degree [users, factors]; zeros
   * for users added since.
   */
  userMessages: Matrix
  /** [items, factors] alike. */
  itemMessages: Matrix
  history: TrainingHistory<number>
}

/**
 * Vectors of users and items, passed on along the interactions: a node's vector is the mean of its own embedding and of what
 * its neighbours pass on over one, two, three steps, without any other weights (He et al. 2020, "LightGCN: Simplifying and
 * Powering Graph Convolution Network for Recommendation"), trained by BPR (Rendle et al. 2009) with one negative for each
 * interaction, drawn uniformly from what the user has not. Weights above 0 all count the same; others are left out.
 *
 * {@link recommendFor} and {@link update} fold in: what the items of a history pass on, in time linear in the history. A user of
 * the log keeps the own embedding; an item that nobody had at the fit gets what its users pass on, and passes nothing on itself.
 * With `fit(log, { validation })` the weights of the best epoch are kept, and training ends after `patience` epochs without a
 * better one. Same seed, same bits for any number of threads, on one instruction set.
 */
export class LightGCN extends FactorModel {
  /** @internal */
  static override readonly algorithm = 'LightGCN'
  /** The options in force, defaults filled in. */
  readonly options: Readonly<Required<LightGCNOptions>>
  /** @internal */
  declare protected state: LightGcnState | undefined

  /** @throws ERR_VALUE naming the option */
  constructor(options: LightGCNOptions = {}) {
    super()
    options = checkOptions('LightGCN', options, ['factors', 'layers', 'regularization', ...NETWORK_TRAINING_OPTIONS])
    this.options = Object.freeze({
      factors: checkInteger('factors', options.factors ?? 64, { min: 1, max: 4096 }),
      layers: checkInteger('layers', options.layers ?? 3, { min: 1, max: 16 }),
      regularization: checkNumber('regularization', options.regularization ?? 1e-4, { min: 0 }),
      ...networkTraining(options, { epochs: 60, batchSize: 16384, learningRate: 0.01 }),
    })
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
   * ERR_VALUE, ERR_IO, ERR_ABORTED
   */
  override fit(train: Interactions, options: NetworkFitOptions = {}): Promise<this> {
    return super.fit(train, options)
  }

  /** @internal */
  protected async learn(
    log: FittedLog,
    _byItem: () => Promise<Csr>,
    options: NetworkFitOptions,
  ): Promise<LightGcnState> {
    const { factors, layers, regularization, ...training } = this.options
    const { signal, validation } = options
    const settings = fitSettings(training, options)
    const ordered = await orderedLog(log, signal)
    const graph = await interactionGraph(ordered.byUser, signal)
    const heldOut =
      validation && (await heldOutLists(log, validation, placesOf(ordered.users), placesOf(ordered.items), signal))
    const weights = await newEmbeddings(graph, factors, settings.seed, signal)
    try {
      const vectors = vectorsProgram(weights, layers, graph)
      const samples = graph.users.length
      const history =
        samples === 0
          ? trainingHistory<number>()
          : await fitNetwork<number>(
              {
                settings,
                samples,
                options: { factors, layers, regularization },
                data: [graph.byUser.indptr, graph.byUser.indices, heldOut && heldOutContent(heldOut)],
                batch: (chosen, draw) => bprBatch(graph, chosen, settings.seed, draw, signal),
                validate:
                  heldOut &&
                  (async () => {
                    const { users, items } = await vectors(signal)
                    const score = await ndcgOfVectors(heldOut, users, items, ordered.byUser, signal)
                    return { judged: score, score }
                  }),
              },
              {
                weights,
                trained: EMBEDDINGS,
                all: EMBEDDINGS,
                others: [],
                learningRateFactor: () => 1,
                record: (network) => bprLoss(network, layers, regularization),
              },
            )
      const found = await vectors(signal)
      const embeddings = new Matrix(graph.byUser.rows, factors, await weights.read(EMBEDDINGS[0], { signal }))
      for (const users of [found.users, embeddings]) await scaleRows(users, linked(graph.userScales), signal)
      await scaleRows(found.items, linked(graph.itemScales), signal)
      await scaleRows(found.userSums, graph.userScales, signal)
      await scaleRows(found.itemSums, graph.itemScales, signal)
      return {
        log,
        history,
        userFactors: await ordered.usersBack(found.users),
        itemFactors: await ordered.itemsBack(found.items),
        userEmbeddings: await ordered.usersBack(embeddings),
        userMessages: await ordered.usersBack(found.userSums),
        itemMessages: await ordered.itemsBack(found.itemSums),
      }
    } finally {
      weights.dispose()
    }
  }

  /** @internal */
  protected async learnUpdate(
    { log, changedUsers, touchedItems }: LogUpdate,
    { signal }: UpdateOptions,
  ): Promise<LightGcnState> {
    const before = this.state!
    const users = log.users.size
    const items = log.items.size
    const userEmbeddings = withRows(before.userEmbeddings, users)
    const userMessages = withRows(before.userMessages, users)
    const itemMessages = withRows(before.itemMessages, items)
    const userFactors = withRows(before.userFactors, users)
    const itemFactors = withRows(before.itemFactors, items)
    const folded = await this.foldedIn(selectRows(log.seen, changedUsers), itemMessages, signal)
    const own = 1 / (this.options.layers + 1)
    for (const [n, row] of changedUsers.entries()) {
      const [target, embedding] = [userFactors.row(row), userEmbeddings.row(row)]
      target.set(folded.row(n))
      for (let f = 0; f < target.length; f++) target[f]! += own * embedding[f]!
    }
    // Nobody had them at the fit, though maybe in an update since, whose users count too.
    const newItems = touchedItems.filter((row) => itemMessages.row(row).every((number) => number === 0))
    if (newItems.length > 0) {
      const areLater = newItems.every((row) => row >= before.itemFactors.rows)
      const all = areLater ? changedUsers : Int32Array.from({ length: users }, (_, row) => row)
      const columns = await itemColumns(selectRows(log.seen, all), newItems, all, users, signal)
      const placed = await this.foldedIn(columns, userMessages, signal)
      for (const [n, row] of newItems.entries()) itemFactors.row(row).set(placed.row(n))
    }
    return { ...before, log, userFactors, itemFactors, userEmbeddings, userMessages, itemMessages }
  }

  /**
   * What nodes get of their neighbours [nodes, factors].
   * @param edges weights [nodes, neighbours]; those above 0 are edges
   * @param messages [neighbours, factors]
   */
  private async foldedIn(edges: Csr, messages: Matrix, signal?: AbortSignal): Promise<Matrix> {
    const own = await positives(edges, signal, messages.rows)
    const sums = await nativeCall(signal, (native, abort) => native.csrMultiply(own, messages, abort))
    const out = new Matrix(own.rows, messages.cols, sums)
    const scales = Float32Array.from({ length: own.rows }, (_, row) => {
      const degree = own.indptr[row + 1]! - own.indptr[row]!
      return degree > 0 ? 1 / (Math.sqrt(degree) * (this.options.layers + 1)) : 0
    })
    await scaleRows(out, scales, signal)
    return out
  }

  /** @internal */
  protected historyVector(history: ReadonlyMap<number, number>, signal?: AbortSignal): Promise<Matrix> {
    const { itemMessages } = this.state!
    return this.foldedIn(csrFromLists([history], itemMessages.rows), itemMessages, signal)
  }

  /** @internal */
  protected tensors(): Record<string, Tensor> {
    const { userFactors, itemFactors, userEmbeddings, userMessages, itemMessages } = this.state!
    return {
      'users.factors': matrixTensor(userFactors),
      'items.factors': matrixTensor(itemFactors),
      'users.embeddings': matrixTensor(userEmbeddings),
      'users.messages': matrixTensor(userMessages),
      'items.messages': matrixTensor(itemMessages),
    }
  }

  /** @internal */
  protected restored({ log, tensors }: SavedModel): LightGcnState {
    const cols = this.options.factors
    const users = (name: string) => tensors.matrix(`users.${name}`, { rows: log.users.size, cols })
    const items = (name: string) => tensors.matrix(`items.${name}`, { rows: log.items.size, cols })
    return {
      log,
      history: trainingHistory(),
      userFactors: users('factors'),
      itemFactors: items('factors'),
      userEmbeddings: users('embeddings'),
      userMessages: users('messages'),
      itemMessages: items('messages'),
    }
  }
}

guardReceivers(LightGCN)

/** 1 for a node with edges: others have learnt nothing, and their vectors become zeros. */
const linked = (scales: Float32Array) => scales.map((scale) => (scale > 0 ? 1 : 0))

async function scaleRows(matrix: Matrix, factors: Float32Array, signal?: AbortSignal): Promise<void> {
  const { data, cols } = matrix
  await new LoopYielder(signal).over(matrix.rows, 1 << 8, (begin, end) => {
    for (let row = begin; row < end; row++)
      for (let i = row * cols; i < (row + 1) * cols; i++) data[i]! *= factors[row]!
  })
}
