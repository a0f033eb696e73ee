import { selectRows } from '../../data/csr.js'
import type { Id, IdMap } from '../../data/id-map.js'
import type { Csr } from '../../native/addon.js'
import { checkIterable } from '../../native/check.js'
import { KindredError, show } from '../../native/errors.js'

/** The dense row of `id`. @throws ERR_UNKNOWN_ID with advice */
export function rowOf(map: IdMap, id: Id, what: 'user' | 'item', advice = ''): number {
  const row = map.indexOf(id)
  if (row >= 0) return row
  const other = typeof id === 'string' || typeof id === 'bigint' ? Number(id) : String(id)
  const hint = map.has(other) ? ` There is ${show(other)}, a ${typeof other}: ids are not converted.` : advice
  throw new KindredError('ERR_UNKNOWN_ID', `${what}: ${show(id)} is not among the ${map.size} ${what}s known.${hint}`)
}

/** A bitmap over item rows, bit i of byte i >> 3, with a bit for each candidate. @throws ERR_UNKNOWN_ID */
export function allowBitmap(candidates: Iterable<Id> | undefined, items: IdMap): Uint8Array | null {
  if (candidates === undefined) return null
  const bits = new Uint8Array(Math.ceil(items.size / 8))
  for (const id of checkIterable('candidates', candidates, 'a list of item ids')) {
    const row = rowOf(items, id, 'item', ' Candidates must be items of the model; addItems brings in new ones.')
    bits[row >> 3]! |= 1 << (row & 7)
  }
  return bits
}

/** The same list of item rows for every query. */
function sameForAll(rows: Int32Array, queries: number, items: number): Csr {
  const indptr = Int32Array.from({ length: queries + 1 }, (_, q) => q * rows.length)
  const indices = new Int32Array(queries * rows.length)
  for (let q = 0; q < queries; q++) indices.set(rows, q * rows.length)
  return { rows: queries, cols: items, indptr, indices, values: null }
}

/**
 * What each query must not list [queries, items], or null for nothing.
 * @param seen gives the rows' own history, for 'seen'
 */
export function exclusions(
  exclude: 'seen' | 'none' | Iterable<Id> | undefined,
  items: IdMap,
  queries: number,
  seen: () => Csr,
): Csr | null {
  if (exclude === undefined || exclude === 'seen') return seen()
  if (exclude === 'none') return null
  const rows = new Set<number>()
  for (const id of checkIterable('exclude', exclude as Iterable<Id>, "'seen', 'none' or a list of item ids")) {
    const row = items.indexOf(id)
    if (row >= 0) rows.add(row)
  }
  return sameForAll(Int32Array.from(rows).sort(), queries, items.size)
}

/** The pattern of the users' rows of `seen`, widened to all items. */
export function seenBy(seen: Csr, userRows: Int32Array, items: number): Csr {
  return { ...selectRows({ ...seen, values: null }, userRows), cols: items }
}
