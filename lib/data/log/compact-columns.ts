import { IdMap } from '../id-map.js'
import { type Resumable, ROWS_PER_YIELD } from '../resumable.js'
import type { InteractionColumns } from './interaction-columns.js'

/** The rows whose mark is `kept`, in order, with compact id maps in order of first appearance. */
export function* compactColumns(
  rows: InteractionColumns,
  marks: Uint8Array,
  kept: number,
): Resumable<InteractionColumns> {
  let count = 0
  for (let row = 0; row < marks.length; row++) {
    if (row % ROWS_PER_YIELD === 0) yield
    if (marks[row] === kept) count++
  }
  const users = new IdMap()
  const items = new IdMap()
  const newUser = new Int32Array(rows.users.size).fill(-1)
  const newItem = new Int32Array(rows.items.size).fill(-1)
  const chosen = {
    userRows: new Int32Array(count),
    itemRows: new Int32Array(count),
    weights: new Float32Array(count),
    times: new Float64Array(rows.times === null ? 0 : count),
  }
  let timed = false
  let next = 0
  for (let row = 0; row < marks.length; row++) {
    if (row % ROWS_PER_YIELD === 0) yield
    if (marks[row] !== kept) continue
    const user = rows.userRows[row]!
    const item = rows.itemRows[row]!
    if (newUser[user]! < 0) newUser[user] = users.add(rows.users.idAt(user))
    if (newItem[item]! < 0) newItem[item] = items.add(rows.items.idAt(item))
    chosen.userRows[next] = newUser[user]!
    chosen.itemRows[next] = newItem[item]!
    chosen.weights[next] = rows.weights[row]!
    if (rows.times !== null) {
      chosen.times[next] = rows.times[row]!
      timed ||= !Number.isNaN(chosen.times[next])
    }
    next++
  }
  return { ...chosen, users, items, times: timed ? chosen.times : null }
}
