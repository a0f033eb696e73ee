import type { Features } from '../../data/features.js'
import { gatherRows } from '../../data/gather-rows.js'
import { Matrix } from '../../data/matrix.js'
import type { TopK } from '../../native/addon.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { nativeCall } from '../../native/native-call.js'
import { BaseRecommender } from './base-recommender.js'
import { type Capabilities, capabilities } from './capabilities.js'
import type { FittedState } from './fitted-log.js'
import { listRequest } from './list-request.js'
import { codesOf, packedVectors } from './packed-vectors.js'
import { type ListRequest, toList, topOfVectors } from './ranked-lists.js'
import type { RankedUser } from './recommend-options.js'
import type { PairRows } from './score-pairs.js'

/** A copy with `rows` rows, zeros below the old ones. */
export function withRows(matrix: Matrix, rows: number): Matrix {
  const out = new Matrix(rows, matrix.cols)
  out.data.set(matrix.data)
  return out
}

/** What a fitted factor model holds. */
export interface FactorState extends FittedState {
  /** [users, factors] */
  userFactors: Matrix
  /** [items, factors] */
  itemFactors: Matrix
}

/** A model whose score is the dot product of a user's and an item's vector. */
export abstract class FactorModel extends BaseRecommender {
  /** @internal */
  declare protected state: FactorState | undefined
  /** @internal Whether a service asks it for the lists of few users at a time, over and over. */
  serves = false

  override get capabilities(): Capabilities {
    return capabilities('similarItems', 'similarUsers')
  }

  /**
   * One vector per user, in the order of {@link users} [users, factors]. It is the model's own memory, to be read: searches keep
   * what they made of it, so numbers written into it reach some calls and not others; copy them to change them.
   * @throws ERR_NOT_FITTED
   */
  get userFactors(): Matrix {
    this.fitted()
    return this.state!.userFactors
  }

  /**
   * One vector per item, in the order of {@link items} [items, factors]. It is the model's own memory, to be read: searches keep
   * what they made of it, so numbers written into it reach some calls and not others; copy them to change them.
   * @throws ERR_NOT_FITTED
   */
  get itemFactors(): Matrix {
    this.fitted()
    return this.state!.itemFactors
  }

  /** @internal The vector [1, factors] of a user with this history of item rows and weights. */
  protected abstract historyVector(history: ReadonlyMap<number, number>, signal?: AbortSignal): Promise<Matrix>

  /** @internal The vectors [features.size, factors] that items have by their features alone; undefined where it makes none of these. */
  protected async vectorsOf(_features: Features, _signal?: AbortSignal): Promise<Matrix | undefined> {
    return undefined
  }

  /**
   * @internal The users whom an item with these features, the first of them, suits best; undefined where the model makes no vector of it.
   * @throws ERR_NOT_FITTED, ERR_VALUE, ERR_ABORTED
   */
  async usersByFeatures(
    features: Features,
    options: { k: number; signal?: AbortSignal | undefined },
  ): Promise<RankedUser[] | undefined> {
    const now = this.snapshot()
    const log = now.fitted()
    const vectors = await now.vectorsOf(features, options.signal)
    if (vectors === undefined) return undefined
    const request = await listRequest(log, 'users', now.evidence, options)
    const found = await topOfVectors(vectors.subarray(0, 1), now.userFactors, 'dot', request)
    return toList(found, 0, request.k, log.users, (user, score) => ({ user, score }))
  }

  /** @internal */
  scoreRows(userRows: Int32Array, signal?: AbortSignal): Promise<Matrix> {
    return scoresOf(gatherRows(this.userFactors, userRows), this.itemFactors, signal)
  }

  /** @internal */
  protected async scoreHistory(history: ReadonlyMap<number, number>, signal?: AbortSignal): Promise<Matrix> {
    const items = this.itemFactors // those of now, whatever changes while the vector is computed
    return scoresOf(await this.historyVector(history, signal), items, signal)
  }

  /** @internal */
  protected override scorePairs({ users, items }: PairRows, signal?: AbortSignal): Promise<Float32Array> {
    const { userFactors, itemFactors } = this
    return nativeCall(signal, (native, abort) => native.dotOfPairs(userFactors, itemFactors, users, items, abort))
  }

  /** @internal */
  protected override itemScores(userRow: number, items: Int32Array, signal?: AbortSignal): Promise<Float32Array> {
    return this.scorePairs({ users: new Int32Array(items.length).fill(userRow), items }, signal)
  }

  /** @internal */
  protected override topRows(userRows: Int32Array, request: ListRequest): Promise<TopK> {
    const { itemFactors } = this
    const codes = this.serves ? codesOf(itemFactors, userRows.length) : null
    return topOfVectors(gatherRows(this.userFactors, userRows), itemFactors, 'dot', request, codes)
  }

  /** @internal */
  protected override async topHistory(history: ReadonlyMap<number, number>, request: ListRequest): Promise<TopK> {
    const items = this.itemFactors
    const codes = this.serves ? codesOf(items, 1) : null
    return topOfVectors(await this.historyVector(history, request.signal), items, 'dot', request, codes)
  }

  /** @internal */
  protected override topUsers(itemRow: number, request: ListRequest): Promise<TopK> {
    return topOfVectors(this.itemFactors.subarray(itemRow, itemRow + 1), this.userFactors, 'dot', request)
  }

  /** @internal */
  protected override similarRows(row: number, request: ListRequest): Promise<TopK> {
    return mostSimilar(this.comparedItems, row, request)
  }

  /** @internal */
  protected override similarUserRows(row: number, request: ListRequest): Promise<TopK> {
    return mostSimilar(this.comparedUsers, row, request)
  }

  /** @internal The vectors whose cosine is the similarity of users [users, any]. */
  protected get comparedUsers(): Matrix {
    return this.userFactors
  }

  /** @internal The vectors whose cosine is the similarity of items [items, any]. */
  protected get comparedItems(): Matrix {
    return this.itemFactors
  }
}

guardReceivers(FactorModel)

/** The rows of `vectors` of the largest cosine with one of them. */
async function mostSimilar(vectors: Matrix, row: number, request: ListRequest): Promise<TopK> {
  const index = await packedVectors(vectors, request.signal)
  return topOfVectors(vectors.subarray(row, row + 1), vectors, 'cosine', request, index)
}

/** [queries, items] */
async function scoresOf(queries: Matrix, items: Matrix, signal: AbortSignal | undefined): Promise<Matrix> {
  const scores = await nativeCall(signal, (native, abort) => native.similarityMatrix(queries, items, 'dot', abort))
  return new Matrix(queries.rows, items.rows, scores)
}
