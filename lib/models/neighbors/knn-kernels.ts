import type { Csr } from '../../native/addon.js'
import { nativeCall } from '../../native/native-call.js'
import type { NeighborSettings } from './knn-options.js'

/** For each row its most similar others [rows, rows]. */
export function nearestRows(rows: Csr, settings: NeighborSettings, signal?: AbortSignal): Promise<Csr> {
  const { similarity, neighbors, shrinkage } = settings
  return nativeCall(signal, (native, abort) => native.nearestRows(rows, { similarity, neighbors, shrinkage }, abort))
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
