import { gatherRowsYielding } from '../../data/gather-rows.js'
import { idOrder, placesOf } from '../../data/id-order.js'
import type { Matrix } from '../../data/matrix.js'
import type { Csr } from '../../native/addon.js'
import { nativeCall } from '../../native/native-call.js'
import type { FittedLog } from './fitted-log.js'
import { transpose } from './sparse-products.js'

/** Rows and columns of a sparse matrix in other orders; null: as they are. */
export function reordered(
  csr: Csr,
  rowOrder: Int32Array | null,
  columnPlaces: Int32Array | null,
  signal?: AbortSignal,
): Promise<Csr> {
  return nativeCall(signal, (native, abort) => native.csrReorder(csr, rowOrder, columnPlaces, abort))
}

/**
 * A log whose users and items stand in the order of {@link idOrder}, not of first appearance: what is learned from it
 * does not depend on the order of the log's rows, neither in what ties, nor in rounding, nor in random starts.
 */
export interface OrderedLog {
  /** [users, items] */
  byUser: Csr
  /** [users] the log's row at each place */
  users: Int32Array
  /** [items] */
  items: Int32Array
  /** [items, users] */
  byItem(): Promise<Csr>
  /** A matrix [users, any] in the order of the log. */
  usersBack(matrix: Matrix): Promise<Matrix>
  /** A matrix [items, any] in the order of the log. */
  itemsBack(matrix: Matrix): Promise<Matrix>
  /** Item-item weights, sparse [items, items], in the order of the log. */
  weightsBack(weights: Csr): Promise<Csr>
  /** Item-item weights, dense [items, items], put into the order of the log in place. */
  denseWeightsBack(weights: Matrix): Promise<Matrix>
}

/** @throws ERR_ABORTED */
export async function orderedLog(log: FittedLog, signal?: AbortSignal): Promise<OrderedLog> {
  const { seen } = log
  const users = await idOrder(log.users, signal)
  const items = await idOrder(log.items, signal)
  const itemPlaces = placesOf(items)
  const byUser = await reordered(seen, users, itemPlaces, signal)
  return {
    byUser,
    users,
    items,
    byItem: () => transpose(byUser, signal),
    usersBack: (matrix) => gatherRowsYielding(matrix, placesOf(users), signal),
    itemsBack: (matrix) => gatherRowsYielding(matrix, itemPlaces, signal),
    weightsBack: (weights) => reordered(weights, itemPlaces, items, signal),
    async denseWeightsBack(weights) {
      await nativeCall(signal, (native, abort) => native.reorderSquare(weights, itemPlaces, abort))
      return weights
    },
  }
}
