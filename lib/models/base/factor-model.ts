import { gatherRows } from '../../data/gather-rows.js'
import { Matrix } from '../../data/matrix.js'
import type { TopK } from '../../native/addon.js'
import { nativeCall } from '../../native/native-call.js'
import { BaseRecommender, type ListRequest } from './base-recommender.js'

/** A copy with `rows` rows, zeros below the old ones. */
export function withRows(matrix: Matrix, rows: number): Matrix {
  const out = new Matrix(rows, matrix.cols)
  out.data.set(matrix.data)
  return out
}

/** A model whose score is the dot product of a user's and an item's vector. */
export abstract class FactorModel extends BaseRecommender {
  protected userMatrix: Matrix | undefined
  protected itemMatrix: Matrix | undefined

  /** One vector per user, in the order of {@link users} [users, factors]. @throws ERR_NOT_FITTED */
  get userFactors(): Matrix {
    this.fitted()
    return this.userMatrix!
  }

  /** One vector per item, in the order of {@link items} [items, factors]. @throws ERR_NOT_FITTED */
  get itemFactors(): Matrix {
    this.fitted()
    return this.itemMatrix!
  }

  /** The vector [1, factors] of a user with this history of item rows and weights. */
  protected abstract historyVector(history: ReadonlyMap<number, number>, signal?: AbortSignal): Promise<Matrix>

  scoreRows(userRows: Int32Array, signal?: AbortSignal): Promise<Matrix> {
    return scoresOf(gatherRows(this.userFactors, userRows), this.itemFactors, signal)
  }

  protected async scoreHistory(history: ReadonlyMap<number, number>, signal?: AbortSignal): Promise<Matrix> {
    const items = this.itemFactors // those of now, whatever changes while the vector is computed
    return scoresOf(await this.historyVector(history, signal), items, signal)
  }

  protected override topRows(userRows: Int32Array, request: ListRequest): Promise<TopK> {
    return topOf(gatherRows(this.userFactors, userRows), this.itemFactors, 'dot', request)
  }

  protected override async topHistory(history: ReadonlyMap<number, number>, request: ListRequest): Promise<TopK> {
    const items = this.itemFactors
    return topOf(await this.historyVector(history, request.signal), items, 'dot', request)
  }

  protected similarRows(row: number, request: ListRequest): Promise<TopK> {
    const items = this.comparedItems
    return topOf(items.subarray(row, row + 1), items, 'cosine', request)
  }

  /** What similar items are similar in [items, any]. */
  protected get comparedItems(): Matrix {
    return this.itemFactors
  }
}

/** [queries, items] */
async function scoresOf(queries: Matrix, items: Matrix, signal: AbortSignal | undefined): Promise<Matrix> {
  const scores = await nativeCall(signal, (native, abort) => native.similarityMatrix(queries, items, 'dot', abort))
  return new Matrix(queries.rows, items.rows, scores)
}

function topOf(
  queries: Matrix,
  items: Matrix,
  metric: 'dot' | 'cosine',
  { k, exclude, allow, signal }: ListRequest,
): Promise<TopK> {
  return nativeCall(signal, (native, abort) => native.topK(queries, items, metric, k, exclude, allow, abort))
}
