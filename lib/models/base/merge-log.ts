import { csrFromLists, rowIndices, rowMap, rowValues } from '../../data/csr.js'
import { IdMap } from '../../data/id-map.js'
import type { Interactions } from '../../data/log/interactions.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr } from '../../native/addon.js'
import type { FittedLog } from './fitted-log.js'

const ROWS_AT_ONCE = 1 << 12

/** A log with new interactions in it, and what they concern. */
export interface LogUpdate {
  log: FittedLog
  /** Rows of the users whose history changed or began, ascending. */
  changedUsers: Int32Array
  /** Rows of the items of the new interactions, ascending. */
  touchedItems: Int32Array
  /** The new interactions. */
  added: Interactions
}

/** A copy of an id map. */
export async function copyIds(map: IdMap, yielder: LoopYielder): Promise<IdMap> {
  const copy = new IdMap()
  await yielder.over(map.size, ROWS_AT_ONCE, (begin, end) => {
    for (let i = begin; i < end; i++) copy.add(map.idAt(i))
  })
  return copy
}

/**
 * A fitted log with new interactions in it. A pair that was known takes the new weight. New users and items are
 * appended; the old log is not changed.
 */
export async function mergeLog(log: FittedLog, added: Interactions, signal?: AbortSignal): Promise<LogUpdate> {
  const yielder = new LoopYielder(signal)
  const users = await copyIds(log.users, yielder)
  const items = await copyIds(log.items, yielder)
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
    if (yielder.due) await yielder.yieldToLoop()
  }
  const seen = await replaceRows(log.seen, users.size, items.size, changed, yielder)
  return {
    log: { users, items, seen },
    changedUsers: Int32Array.from(changed.keys()).sort(),
    touchedItems: Int32Array.from(touched).sort(),
    added,
  }
}

/** `csr` as [rows, cols] with the rows of `changed` replaced; the rows that `csr` lacks are all among them. */
async function replaceRows(
  csr: Csr,
  rows: number,
  cols: number,
  changed: ReadonlyMap<number, ReadonlyMap<number, number>>,
  yielder: LoopYielder,
): Promise<Csr> {
  let nonzeros = csr.indices.length
  for (const [row, history] of changed) nonzeros += history.size - (row < csr.rows ? rowIndices(csr, row).length : 0)
  const indptr = new Int32Array(rows + 1)
  const indices = new Int32Array(nonzeros)
  const values = new Float32Array(nonzeros)
  /** Rows [begin, end) of `from` become rows `row` and following; those before are there already. */
  const append = (from: Csr, begin: number, end: number, row: number) => {
    const first = from.indptr[begin]!
    const last = from.indptr[end]!
    const at = indptr[row]!
    indices.set(from.indices.subarray(first, last), at)
    values.set(from.values!.subarray(first, last), at)
    for (let r = begin; r < end; r++) indptr[row + r - begin + 1] = at + from.indptr[r + 1]! - first
  }
  let next = 0
  for (const row of Int32Array.from(changed.keys()).sort()) {
    if (next < row) append(csr, next, row, next)
    append(csrFromLists([changed.get(row)!], cols), 0, 1, row)
    next = row + 1
    if (yielder.due) await yielder.yieldToLoop()
  }
  if (next < rows) append(csr, next, rows, next)
  return { rows, cols, indptr, indices, values }
}

/**
 * Rows of the transpose for `items`, whose entries all lie in the rows of `users` [items.length, rows of seen].
 * @throws ERR_ABORTED
 */
export async function itemColumns(seen: Csr, items: Int32Array, users: Int32Array, signal?: AbortSignal): Promise<Csr> {
  const lists = new Map<number, Map<number, number>>(Array.from(items, (row) => [row, new Map()]))
  const yielder = new LoopYielder(signal)
  for (const user of users) {
    const indices = rowIndices(seen, user)
    const weights = rowValues(seen, user)
    for (let n = 0; n < weights.length; n++) lists.get(indices[n]!)?.set(user, weights[n]!)
    if (yielder.due) await yielder.yieldToLoop()
  }
  return csrFromLists([...lists.values()], seen.rows)
}
