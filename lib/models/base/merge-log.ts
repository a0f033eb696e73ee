import { csrFromLists, rowIndices, rowMap, rowValues } from '../../data/csr.js'
import { IdMap } from '../../data/id-map.js'
import type { Interactions } from '../../data/log/interactions.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr } from '../../native/addon.js'
import type { FittedLog } from './fitted-log.js'
import { grownLog, rowsToGrow } from './grown-log.js'
import { replaceRows } from './replace-rows.js'

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

/** A map that begins as `map`, to which ids may be added; a copy only where others were added to one like it. */
export async function copyIds(map: IdMap, yielder: LoopYielder): Promise<IdMap> {
  if (!map.isShared) return map.fork()
  const copy = new IdMap()
  await yielder.over(map.size, ROWS_AT_ONCE, (begin, end) => {
    for (let i = begin; i < end; i++) copy.add(map.idAt(i))
  })
  return copy
}

/**
 * A fitted log with new interactions in it. A pair that was known takes the new weight. New users and items are
 * appended; the old log is not changed.
 * @param grows whether only the rows that change are made anew (a log with `grown`), for models that read no others
 */
export async function mergeLog(
  log: FittedLog,
  added: Interactions,
  signal?: AbortSignal,
  grows = false,
): Promise<LogUpdate> {
  const yielder = new LoopYielder(signal)
  const users = await copyIds(log.users, yielder)
  const items = await copyIds(log.items, yielder)
  const before = grows ? await rowsToGrow(log, yielder) : undefined
  const changed = new Map<number, Map<number, number>>()
  const touched = new Set<number>()
  /** The item of each pair that was not known. */
  const gained: number[] = []
  for (const { user, item, weight } of added) {
    const userRow = users.add(user)
    const itemRow = items.add(item)
    touched.add(itemRow)
    let history = changed.get(userRow)
    if (history === undefined) {
      history = before ? before.rowMap(userRow) : rowMap(log.seen, userRow)
      changed.set(userRow, history)
    }
    if (!history.has(itemRow)) gained.push(itemRow)
    history.set(itemRow, weight)
    if (yielder.due) await yielder.yieldToLoop()
  }
  const whole = before
    ? grownLog(users, items, await before.with(changed, users.size, items.size, gained, yielder))
    : { users, items, seen: await replaceRows(log.seen, users.size, items.size, changed, yielder) }
  return {
    log: whole,
    changedUsers: Int32Array.from(changed.keys()).sort(),
    touchedItems: Int32Array.from(touched).sort(),
    added,
  }
}

/**
 * Rows of the transpose for `items`, whose entries all lie in the rows of `users`.
 * @param histories [users.length, items of the log] the rows of `users`
 * @returns [items.length, rows] of as many users as the log has
 * @throws ERR_ABORTED
 */
export async function itemColumns(
  histories: Csr,
  items: Int32Array,
  users: Int32Array,
  rows: number,
  signal?: AbortSignal,
): Promise<Csr> {
  const lists = new Map<number, Map<number, number>>(Array.from(items, (row) => [row, new Map()]))
  const yielder = new LoopYielder(signal)
  for (const [n, user] of users.entries()) {
    const indices = rowIndices(histories, n)
    const weights = rowValues(histories, n)
    for (let i = 0; i < weights.length; i++) lists.get(indices[i]!)?.set(user, weights[i]!)
    if (yielder.due) await yielder.yieldToLoop()
  }
  return csrFromLists([...lists.values()], rows)
}
