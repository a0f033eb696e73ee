import { csrFromLists, rowIndices, rowValues } from '../data/csr.js'
import { IdMap } from '../data/ids.js'
import type { Interactions } from '../data/interactions.js'
import type { Csr } from '../native/addon.js'
import type { FittedLog } from './base.js'

export interface MergedLog extends FittedLog {
  /** Rows of the users whose history changed or began, ascending. */
  changedUsers: Int32Array
  /** Rows of the items of the new interactions, ascending. */
  touchedItems: Int32Array
}

function copyOf(map: IdMap): IdMap {
  return IdMap.from(map)
}

/** The weights of a user's row as item row -> weight. */
export function rowMap(csr: Csr, row: number): Map<number, number> {
  const map = new Map<number, number>()
  if (row >= csr.rows) return map
  const items = rowIndices(csr, row)
  const weights = rowValues(csr, row)
  for (let n = 0; n < items.length; n++) map.set(items[n]!, weights[n]!)
  return map
}

/**
 * A fitted log with new interactions in it. A pair that was known takes the new weight. New users and items are
 * appended; the old log is not changed.
 */
export function mergeLog(log: FittedLog, added: Interactions): MergedLog {
  const users = copyOf(log.users)
  const items = copyOf(log.items)
  const changed = new Map<number, Map<number, number>>()
  const touched = new Set<number>()
  for (const { user, item, weight } of added) {
    const userRow = users.add(user)
    const itemRow = items.add(item)
    touched.add(itemRow)
    let history = changed.get(userRow)
    if (history === undefined) {
      history = rowMap(log.seen, userRow)
      changed.set(userRow, history)
    }
    history.set(itemRow, weight)
  }
  const changedUsers = Int32Array.from(changed.keys()).sort()
  const replaced = csrFromLists(
    Array.from(changedUsers, (row) => changed.get(row)!),
    items.size,
  )
  return {
    users,
    items,
    seen: replaceRows(log.seen, users.size, items.size, changedUsers, replaced),
    changedUsers,
    touchedItems: Int32Array.from(touched).sort(),
  }
}

/** `csr` as [rows, cols], with row changed[i] replaced by row i of `by`. */
function replaceRows(csr: Csr, rows: number, cols: number, changed: Int32Array, by: Csr): Csr {
  const indptr = new Int32Array(rows + 1)
  const source = new Int32Array(rows).fill(-1)
  for (let i = 0; i < changed.length; i++) source[changed[i]!] = i
  const lengthOf = (row: number) => {
    const [from, at] = source[row]! >= 0 ? [by, source[row]!] : [csr, row]
    return at < from.rows ? from.indptr[at + 1]! - from.indptr[at]! : 0
  }
  for (let row = 0; row < rows; row++) indptr[row + 1] = indptr[row]! + lengthOf(row)
  const indices = new Int32Array(indptr[rows]!)
  const values = new Float32Array(indices.length)
  for (let row = 0; row < rows; row++) {
    if (lengthOf(row) === 0) continue
    const [from, at] = source[row]! >= 0 ? [by, source[row]!] : [csr, row]
    indices.set(rowIndices(from, at), indptr[row])
    values.set(rowValues(from, at), indptr[row])
  }
  return { rows, cols, indptr, indices, values }
}
