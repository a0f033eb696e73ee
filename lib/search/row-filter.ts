import { isInt32Array, isUint8Array } from 'node:util/types'
import type { Csr } from '../native/addon.js'
import { KindredError, show } from '../native/errors.js'

/**
 * Rows of an index: one list for all queries, a list for each query (an array of lists, as many as queries), or a
 * bitmap, where bit `i & 7` of byte `i >> 3` stands for row i: a Uint8Array of ceil(rows / 8) bytes for all queries, or
 * as many for each, one query after another.
 */
export type RowFilter = readonly number[] | Int32Array | readonly (readonly number[] | Int32Array)[] | Uint8Array

type List = readonly number[] | Int32Array

function isList(value: unknown): value is List {
  return isInt32Array(value) || Array.isArray(value)
}

function bytesOf(rows: number): number {
  return Math.ceil(rows / 8)
}

function checkRow(name: string, row: unknown, rows: number): number {
  if (typeof row === 'number' && Number.isInteger(row) && row >= 0 && row < rows) return row
  throw new KindredError(
    'ERR_VALUE',
    `${name}: expected rows of the index, integers from 0 to ${rows - 1}, but received ${show(row)}.`,
  )
}

/** The lists of a filter, one for all queries or one for each; undefined for a bitmap. */
function listsOf(name: string, filter: RowFilter, queries: number): { lists: List[]; shared: boolean } | undefined {
  if (isUint8Array(filter)) return undefined
  if (!isList(filter))
    throw new KindredError(
      'ERR_VALUE',
      `${name}: expected a list of rows, a list for each query or a Uint8Array bitmap but received ${show(filter)}.`,
    )
  if (!isList(filter[0])) return { lists: [filter as List], shared: true }
  const lists = filter as unknown as readonly List[]
  if (lists.length !== queries)
    throw new KindredError(
      'ERR_SHAPE',
      `${name}: expected a list for each of ${queries} queries but received ${lists.length}.`,
    )
  for (const list of lists)
    if (!isList(list))
      throw new KindredError('ERR_VALUE', `${name}: expected lists of rows but received ${show(list)}.`)
  return { lists: [...lists], shared: false }
}

function checkBitmap(name: string, bits: Uint8Array, queries: number, rows: number): Uint8Array {
  const bytes = bytesOf(rows)
  if (bits.length === bytes || bits.length === queries * bytes) return bits
  throw new KindredError(
    'ERR_SHAPE',
    `${name}: expected a bitmap of ${bytes} bytes for ${rows} rows, or ${queries} of them, but received ${bits.length} bytes.`,
  )
}

function setBits(name: string, lists: readonly List[], rows: number): Uint8Array {
  const bytes = bytesOf(rows)
  const bits = new Uint8Array(lists.length * bytes)
  for (let q = 0; q < lists.length; q++)
    for (const entry of lists[q]!) {
      const row = checkRow(name, entry, rows)
      bits[q * bytes + (row >> 3)]! |= 1 << (row & 7)
    }
  return bits
}

function sparse(name: string, lists: readonly List[], rows: number): Csr {
  const sorted = lists.map((list) => {
    const distinct = new Set<number>()
    for (const entry of list) distinct.add(checkRow(name, entry, rows))
    return Int32Array.from(distinct).sort()
  })
  const indptr = new Int32Array(lists.length + 1)
  for (let q = 0; q < lists.length; q++) indptr[q + 1] = indptr[q]! + sorted[q]!.length
  const indices = new Int32Array(indptr[lists.length]!)
  for (let q = 0; q < lists.length; q++) indices.set(sorted[q]!, indptr[q])
  return { rows: lists.length, cols: rows, indptr, indices, values: null }
}

/** Rows of `candidates` (null: all) without those of `exclude`, each for all queries or for each. */
function without(candidates: Uint8Array | null, exclude: Uint8Array): Uint8Array {
  const [long, short] =
    candidates === null || candidates.length < exclude.length ? [exclude, candidates] : [candidates, exclude]
  const bits = new Uint8Array(long.length)
  const period = short?.length ?? 1
  for (let i = 0; i < bits.length; i++) {
    const allowed = candidates === null ? 0xff : candidates === long ? candidates[i]! : candidates[i % period]!
    const excluded = exclude === long ? exclude[i]! : exclude[i % period]!
    bits[i] = allowed & ~excluded
  }
  return bits
}

/** Both filters in the form that kernels take: a sparse pattern [queries, rows] of exclusions, a bitmap of what is allowed. */
export function nativeFilter(
  { exclude, candidates }: { exclude?: RowFilter; candidates?: RowFilter },
  queries: number,
  rows: number,
): { exclude: Csr | null; candidates: Uint8Array | null } {
  const allowed = candidates === undefined ? undefined : listsOf('candidates', candidates, queries)
  let bits: Uint8Array | null = null
  if (candidates !== undefined)
    bits = allowed
      ? setBits('candidates', allowed.lists, rows)
      : checkBitmap('candidates', candidates as Uint8Array, queries, rows)
  if (exclude === undefined) return { exclude: null, candidates: bits }
  const excluded = listsOf('exclude', exclude, queries)
  if (excluded === undefined)
    return { exclude: null, candidates: without(bits, checkBitmap('exclude', exclude as Uint8Array, queries, rows)) }
  if (!excluded.shared || queries === 1) return { exclude: sparse('exclude', excluded.lists, rows), candidates: bits }
  return { exclude: null, candidates: without(bits, setBits('exclude', excluded.lists, rows)) }
}
