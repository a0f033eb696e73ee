import { type Resumable, ROWS_PER_YIELD } from '../resumable.js'
import type { InteractionColumns } from './interaction-columns.js'

/** Rows in the order of their user, and within a user in the order they came: [users + 1] pointers, [rows] rows. */
export function* groupByUser({
  users,
  userRows,
}: InteractionColumns): Resumable<{ pointers: Int32Array; order: Int32Array }> {
  const pointers = new Int32Array(users.size + 1)
  for (let row = 0; row < userRows.length; row++) {
    pointers[userRows[row]! + 1]!++
    if (row % ROWS_PER_YIELD === 0) yield
  }
  for (let user = 0; user < users.size; user++) pointers[user + 1]! += pointers[user]!
  const next = pointers.slice()
  const order = new Int32Array(userRows.length)
  for (let row = 0; row < userRows.length; row++) {
    order[next[userRows[row]!]!++] = row
    if (row % ROWS_PER_YIELD === 0) yield
  }
  return { pointers, order }
}
