import { type Resumable, ROWS_PER_YIELD } from '../resumable.js'
import type { InteractionColumns } from './interaction-columns.js'

/** Marks in `isDropped` the rows outside the k-core, by sweeps until none changes anything. Returns how many went. */
export function* dropOutsideCore(
  rows: InteractionColumns,
  minUser: number,
  minItem: number,
  isDropped: Uint8Array,
): Resumable<number> {
  const { userRows, itemRows } = rows
  const perUser = new Int32Array(rows.users.size)
  const perItem = new Int32Array(rows.items.size)
  const alive = new Int32Array(userRows.length)
  let count = 0
  for (let row = 0; row < userRows.length; row++) {
    if (row % ROWS_PER_YIELD === 0) yield
    if (isDropped[row]) continue
    alive[count++] = row
    perUser[userRows[row]!]!++
    perItem[itemRows[row]!]!++
  }
  const before = count
  for (let changed = true; changed; ) {
    changed = false
    const length = count
    count = 0
    for (let n = 0; n < length; n++) {
      if (n % ROWS_PER_YIELD === 0) yield
      const row = alive[n]!
      const user = userRows[row]!
      const item = itemRows[row]!
      if (perUser[user]! >= minUser && perItem[item]! >= minItem) {
        alive[count++] = row
        continue
      }
      isDropped[row] = 1
      perUser[user]!--
      perItem[item]!--
      changed = true
    }
  }
  return before - count
}
