import { rowIndices, selectRows } from '../../data/csr.js'
import type { Id, IdMap } from '../../data/id-map.js'
import type { Csr } from '../../native/addon.js'
import { checkBoolean, checkIterable, checkOptions } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import { nativeCall, untilAborted } from '../../native/native-call.js'
import type { Ids } from './recommend-options.js'

const ADVICE = {
  user: '',
  item: ' Candidates must be items of the model; addItems adds new ones where capabilities.addItems is true.',
}
const SKIP = " unknown: 'ignore' leaves such ids out."

/** The dense row of `id`. @throws ERR_UNKNOWN_ID with advice */
export function rowOf(map: IdMap, id: Id, what: 'user' | 'item', advice = ''): number {
  const row = map.indexOf(id)
  if (row >= 0) return row
  const other = typeof id === 'string' || typeof id === 'bigint' ? Number(id) : String(id)
  const hint = map.has(other) ? ` There is ${show(other)}, a ${typeof other}: ids are not converted.` : advice
  throw new KindredError('ERR_UNKNOWN_ID', `${what}: ${show(id)} is not among the ${map.size} ${what}s known.${hint}`)
}

/**
 * A bitmap over rows of `map`, bit i of byte i >> 3, with a bit for each candidate.
 * @param unknown what to do with ids that `map` does not hold
 * @throws ERR_UNKNOWN_ID
 */
export function candidateBitmap(
  candidates: Ids | undefined,
  map: IdMap,
  what: 'user' | 'item',
  unknown: 'error' | 'ignore',
): Uint8Array | null {
  if (candidates === undefined) return null
  const bits = new Uint8Array(Math.ceil(map.size / 8))
  for (const id of checkIterable('candidates', candidates, `a list of ${what} ids`)) {
    const row = unknown === 'ignore' ? map.indexOf(id) : rowOf(map, id, what, ADVICE[what] + SKIP)
    if (row >= 0) bits[row >> 3]! |= 1 << (row & 7)
  }
  return bits
}

/** The same ascending list of rows for every query, as a pattern [queries, cols]. */
export function sameForAll(rows: Int32Array, queries: number, cols: number): Csr {
  const indptr = Int32Array.from({ length: queries + 1 }, (_, q) => q * rows.length)
  const indices = new Int32Array(queries * rows.length)
  for (let q = 0; q < queries; q++) indices.set(rows, q * rows.length)
  return { rows: queries, cols, indptr, indices, values: null }
}

/** What `exclude` of a call asks for. */
export interface Excluded {
  /** What the user has seen, or who has seen the item. */
  seen: boolean
  /** Rows besides, ascending. */
  rows: Int32Array
}

/**
 * Checks the option `exclude`, whose object form names its ids `items` or `users`. Ids that `map` does not hold are left
 * out. @throws ERR_VALUE
 */
export function excludedBy(exclude: unknown, map: IdMap, what: 'user' | 'item'): Excluded {
  const nothing = new Int32Array(0)
  if (exclude === undefined || exclude === 'seen') return { seen: true, rows: nothing }
  if (exclude === 'none') return { seen: false, rows: nothing }
  const expected = `'seen', 'none', a list of ${what} ids or { seen, ${what}s }`
  if (exclude === null || typeof exclude !== 'object' || Symbol.iterator in exclude)
    return { seen: false, rows: knownRows(checkIterable('exclude', exclude as Ids, expected), map) }
  const given = exclude as { seen?: boolean; items?: Ids; users?: Ids }
  const { seen = true, items, users } = checkOptions('exclude', given, ['seen', `${what}s`])
  const ids = what === 'item' ? items : users
  const list = ids === undefined ? [] : checkIterable(`exclude.${what}s`, ids, `a list of ${what} ids`)
  return { seen: checkBoolean('exclude.seen', seen), rows: knownRows(list, map) }
}

/** Distinct rows of the ids that `map` holds, ascending. */
function knownRows(ids: Ids, map: IdMap): Int32Array {
  const rows = new Set<number>()
  for (const id of ids) rows.add(map.indexOf(id))
  rows.delete(-1)
  return Int32Array.from(rows).sort()
}

/**
 * What each query must not list [queries, cols], or null for nothing.
 * @param seenRows gives the pattern of what is seen [queries, cols]
 */
export function exclusions({ seen, rows }: Excluded, queries: number, cols: number, seenRows: () => Csr): Csr | null {
  if (seen) return rows.length === 0 ? seenRows() : union(seenRows(), rows)
  return rows.length === 0 ? null : sameForAll(rows, queries, cols)
}

/** The pattern with `columns`, ascending, in every row. */
function union(pattern: Csr, columns: Int32Array): Csr {
  const lists = Array.from({ length: pattern.rows }, (_, row) => merged(rowIndices(pattern, row), columns))
  const indptr = new Int32Array(pattern.rows + 1)
  for (let row = 0; row < lists.length; row++) indptr[row + 1] = indptr[row]! + lists[row]!.length
  const indices = new Int32Array(indptr[lists.length]!)
  for (let row = 0; row < lists.length; row++) indices.set(lists[row]!, indptr[row])
  return { ...pattern, indptr, indices }
}

/** The distinct numbers of two ascending lists, ascending. */
function merged(a: Int32Array, b: Int32Array): Int32Array {
  const out = new Int32Array(a.length + b.length)
  let n = 0
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    const next = Math.min(a[i] ?? Infinity, b[j] ?? Infinity)
    if (a[i] === next) i++
    if (b[j] === next) j++
    out[n++] = next
  }
  return out.subarray(0, n)
}

/** The pattern of the users' rows of `seen`, widened to all items. */
export function seenBy(seen: Csr, userRows: Int32Array, items: number): Csr {
  return { ...selectRows({ ...seen, values: null }, userRows), cols: items }
}

/** [items, users] who had each item, by the log of a model, which is replaced as a whole. */
const usersOfItems = new WeakMap<Csr, Promise<Csr>>()

/**
 * Rows of the users who had an item, ascending. The first call lists them for all items, 4 bytes a row of the log, which
 * later ones find.
 */
export async function usersWith(seen: Csr, itemRow: number, signal: AbortSignal | undefined): Promise<Int32Array> {
  if (itemRow >= seen.cols) return new Int32Array(0) // added since
  const byItem = usersOfItems.get(seen) ?? usersOf(seen)
  usersOfItems.set(seen, byItem)
  return rowIndices(await untilAborted(byItem, signal), itemRow)
}

async function usersOf(seen: Csr): Promise<Csr> {
  try {
    return await nativeCall(undefined, (native) => native.csrTranspose({ ...seen, values: null }))
  } catch (error) {
    usersOfItems.delete(seen)
    throw error
  }
}
