import { Matrix } from '../../data/matrix.js'
import type { Csr } from '../../native/addon.js'
import { nativeCall } from '../../native/native-call.js'
import type { NeighborSettings } from './knn-options.js'

/** [cols, rows] */
export function transpose(csr: Csr, signal?: AbortSignal): Promise<Csr> {
  return nativeCall(signal, (native, abort) => native.csrTranspose(csr, abort))
}

/** The product of two sparse matrices, dense [a.rows, b.cols]. */
export async function sparseProduct(a: Csr, b: Csr, signal?: AbortSignal): Promise<Matrix> {
  const data = await nativeCall(signal, (native, abort) => native.csrMultiplySparse(a, b, abort))
  return new Matrix(a.rows, b.cols, data)
}

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
