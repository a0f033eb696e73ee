import { selectRows } from '../../data/csr.js'
import type { Id, IdMap } from '../../data/id-map.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr } from '../../native/addon.js'
import { checkIterable } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import type { Ids } from './recommend-options.js'

const ADVICE = {
  user: '',
  item: ' Candidates must be items of the model; addItems adds new ones where capabilities.addItems is true.',
}

/** The dense row of `id`. @throws ERR_UNKNOWN_ID with advice */
export function rowOf(map: IdMap, id: Id, what: 'user' | 'item', advice = ''): number {
  const row = map.indexOf(id)
  if (row >= 0) return row
  const other = typeof id === 'string' || typeof id === 'bigint' ? Number(id) : String(id)
  const hint = map.has(other) ? ` There is ${show(other)}, a ${typeof other}: ids are not converted.` : advice
  throw new KindredError('ERR_UNKNOWN_ID', `${what}: ${show(id)} is not among the ${map.size} ${what}s known.${hint}`)
}

/** A bitmap over rows of `map`, bit i of byte i >> 3, with a bit for each candidate. @throws ERR_UNKNOWN_ID */
export function candidateBitmap(candidates: Ids | undefined, map: IdMap, what: 'user' | 'item'): Uint8Array | null {
  if (candidates === undefined) return null
  const bits = new Uint8Array(Math.ceil(map.size / 8))
  for (const id of checkIterable('candidates', candidates, `a list of ${what} ids`)) {
    const row = rowOf(map, id, what, ADVICE[what])
    bits[row >> 3]! |= 1 << (row & 7)
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

/**
 * What each query must not list [queries, size of map], or null for nothing.
 * @param seen gives the pattern of 'seen'
 */
export function exclusions(
  exclude: 'seen' | 'none' | Ids | undefined,
  map: IdMap,
  what: 'user' | 'item',
  queries: number,
  seen: () => Csr,
): Csr | null {
  if (exclude === undefined || exclude === 'seen') return seen()
  if (exclude === 'none') return null
  const rows = new Set<number>()
  for (const id of checkIterable('exclude', exclude, `'seen', 'none' or a list of ${what} ids`)) {
    const row = map.indexOf(id)
    if (row >= 0) rows.add(row)
  }
  return sameForAll(Int32Array.from(rows).sort(), queries, map.size)
}

/** The pattern of the users' rows of `seen`, widened to all items. */
export function seenBy(seen: Csr, userRows: Int32Array, items: number): Csr {
  return { ...selectRows({ ...seen, values: null }, userRows), cols: items }
}

/** Rows of the users who had an item, ascending. */
export async function usersWith(seen: Csr, itemRow: number, signal: AbortSignal | undefined): Promise<Int32Array> {
  const users: number[] = []
  await new LoopYielder(signal).over(seen.rows, 1 << 8, (begin, end) => {
    for (let user = begin; user < end; user++)
      for (let n = seen.indptr[user]!; n < seen.indptr[user + 1]! && seen.indices[n]! <= itemRow; n++)
        if (seen.indices[n] === itemRow) users.push(user)
  })
  return Int32Array.from(users)
}
