import type { IdMap } from '../../data/id-map.js'
import { idOrder, placesOf } from '../../data/id-order.js'
import type { Csr } from '../../native/addon.js'
import { nativeCall } from '../../native/native-call.js'
import { reordered } from '../base/ordered-log.js'
import type { NeighborSettings } from './knn-options.js'

/**
 * For each row its most similar others [rows, rows]. Of those that tie for the last places the first by {@link idOrder}
 * are taken: an order of rows would make a list depend on the order of the log.
 * @param ids of the rows
 */
export async function nearestRows(
  rows: Csr,
  ids: IdMap,
  settings: NeighborSettings,
  signal?: AbortSignal,
): Promise<Csr> {
  const { similarity, neighbors, shrinkage } = settings
  const order = await idOrder(ids, signal)
  const ordered = await reordered(rows, order, null, signal)
  const lists = await nativeCall(signal, (native, abort) =>
    native.nearestRows(ordered, { similarity, neighbors, shrinkage }, abort),
  )
  return reordered(lists, placesOf(order), order, signal)
}

/** How long each item is, for BM25 [items]. */
export function lengthNorms(byItem: Csr, signal?: AbortSignal): Promise<Float64Array> {
  return nativeCall(signal, (native, abort) => native.lengthNorms(byItem, abort))
}

/**
 * The log [items, users] as similarities see it.
 * @param norms of the items, where `byItem` holds a part of the log and not all of it
 */
export async function weighted(
  byItem: Csr,
  { weighting }: NeighborSettings,
  signal?: AbortSignal,
  norms?: Float64Array,
): Promise<Csr> {
  if (weighting === 'none') return byItem
  const lengths = norms ?? (await lengthNorms(byItem, signal))
  const values = await nativeCall(signal, (native, abort) => native.weighTerms(byItem, weighting, lengths, abort))
  return { ...byItem, values }
}
