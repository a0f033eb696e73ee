import { inBlocks, type Resumable } from '../resumable.js'
import type { InteractionColumns } from './interaction-columns.js'

/** Rows in the order of their user, and within a user in the order they came: [users + 1] pointers, [rows] rows. */
export function* groupByUser({
  users,
  userRows,
}: InteractionColumns): Resumable<{ pointers: Int32Array; order: Int32Array }> {
  const pointers = new Int32Array(users.size + 1)
  yield* inBlocks(userRows.length, (begin, end) => {
    for (let row = begin; row < end; row++) pointers[userRows[row]! + 1]!++
  })
  for (let user = 0; user < users.size; user++) pointers[user + 1]! += pointers[user]!
  const next = pointers.slice()
  const order = new Int32Array(userRows.length)
  yield* inBlocks(userRows.length, (begin, end) => {
    for (let row = begin; row < end; row++) order[next[userRows[row]!]!++] = row
  })
  return { pointers, order }
}
