import { IdMap } from '../id-map.js'
import { inBlocks, type Resumable } from '../resumable.js'
import type { InteractionColumns } from './interaction-columns.js'

/** The rows whose mark is `kept`, in order, with compact id maps in order of first appearance. */
export function* compactColumns(
  rows: InteractionColumns,
  marks: Uint8Array,
  kept: number,
): Resumable<InteractionColumns> {
  let count = 0
  yield* inBlocks(marks.length, (begin, end) => {
    for (let row = begin; row < end; row++) if (marks[row] === kept) count++
  })
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
  const { userRows, itemRows, weights, times } = rows
  let timed = false
  let next = 0
  yield* inBlocks(marks.length, (begin, end) => {
    for (let row = begin; row < end; row++) {
      if (marks[row] !== kept) continue
      const user = userRows[row]!
      const item = itemRows[row]!
      if (newUser[user]! < 0) newUser[user] = users.add(rows.users.idAt(user))
      if (newItem[item]! < 0) newItem[item] = items.add(rows.items.idAt(item))
      chosen.userRows[next] = newUser[user]!
      chosen.itemRows[next] = newItem[item]!
      chosen.weights[next] = weights[row]!
      if (times !== null) {
        const time = times[row]!
        chosen.times[next] = time
        timed ||= !Number.isNaN(time)
      }
      next++
    }
  })
  return { ...chosen, users, items, times: timed ? chosen.times : null }
}
