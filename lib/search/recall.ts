import { Matrix } from '../data/matrix.js'
import type { Csr, Metric, VectorIndexHandle } from '../native/addon.js'
import { checkInteger, checkNumber } from '../native/argument-checks.js'
import { KindredError, show } from '../native/errors.js'
import { nativeCall, nativeCallSync } from '../native/native-call.js'

const K = 10
const MOST_QUERIES = 256

/** Share of the true `k` nearest rows that lists of approximate search hold. */
export interface MeasuredRecall {
  /** From 0 to 1, the mean over queries. */
  value: number
  /** Length of the lists. */
  k: number
  /** How many rows served as queries. */
  queries: number
  /** How many rows were searched in all. */
  rows: number
}

/** `value` if it is a measurement as it was saved, or undefined. @throws ERR_VALUE */
export function checkRecall(value: unknown): MeasuredRecall | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'object' || value === null)
    throw new KindredError('ERR_VALUE', `recall: expected a measurement but received ${show(value)}.`)
  const given = value as Record<keyof MeasuredRecall, unknown>
  return {
    value: checkNumber('recall.value', given.value, { min: 0, max: 1 }),
    k: checkInteger('recall.k', given.k, { min: 1 }),
    queries: checkInteger('recall.queries', given.queries, { min: 1 }),
    rows: checkInteger('recall.rows', given.rows, { min: 1 }),
  }
}

/** Two measurements as one: the mean by rows. */
export function combineRecall(
  a: MeasuredRecall | undefined,
  b: MeasuredRecall | undefined,
): MeasuredRecall | undefined {
  if (a === undefined || b === undefined) return a ?? b
  const rows = a.rows + b.rows
  return { value: (a.value * a.rows + b.value * b.rows) / rows, k: K, queries: a.queries + b.queries, rows }
}

/**
 * Rows of `vectors`, evenly spread, as queries to the index and to the exact search of `vectors`, which are the last
 * rows of the index; each but for itself. Undefined where no row has k others.
 */
export async function measureRecall(
  index: VectorIndexHandle,
  vectors: Matrix,
  metric: Metric,
  signal: AbortSignal | undefined,
): Promise<MeasuredRecall | undefined> {
  if (vectors.rows <= K) return undefined
  const { rows } = nativeCallSync((native) => native.vectorIndexSize(index))
  const first = rows - vectors.rows
  const count = Math.min(MOST_QUERIES, vectors.rows)
  const chosen = Int32Array.from({ length: count }, (_, q) => Math.floor((q * vectors.rows) / count))
  const queries = new Matrix(count, vectors.cols)
  for (let q = 0; q < count; q++) queries.data.set(vectors.row(chosen[q]!), q * vectors.cols)

  const others: Csr = {
    rows: count,
    cols: vectors.rows,
    indptr: Int32Array.from({ length: count + 1 }, (_, q) => q),
    indices: chosen,
    values: null,
  }
  const exact = await nativeCall(signal, (native, abort) =>
    native.topK(queries, vectors, metric, K, others, null, abort),
  )
  const here: Csr = { ...others, cols: rows, indices: chosen.map((row) => first + row) }
  const candidates = new Uint8Array(Math.ceil(rows / 8)).fill(0xff, Math.ceil(first / 8))
  for (let row = first; row < Math.ceil(first / 8) * 8; row++) candidates[row >> 3]! |= 1 << (row & 7)
  const found = await nativeCall(signal, (native, abort) =>
    native.vectorIndexSearch(index, queries, K, here, candidates, abort),
  )

  let hits = 0
  for (let q = 0; q < count; q++) {
    const list = new Set(found.indices.subarray(q * K, (q + 1) * K))
    for (const row of exact.indices.subarray(q * K, (q + 1) * K)) if (list.has(first + row)) hits++
  }
  return { value: hits / (count * K), k: K, queries: count, rows: vectors.rows }
}
