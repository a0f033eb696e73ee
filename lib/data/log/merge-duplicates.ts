import { KindredError, show } from '../../native/errors.js'
import { type Resumable, ROWS_PER_YIELD } from '../resumable.js'
import { groupByUser } from './group-by-user.js'
import type { InteractionColumns } from './interaction-columns.js'
import type { DuplicatePolicy } from './interaction-options.js'

/** Marks all but one row of each pair in `isDropped`, and merges weights into the one that stays. Returns how many went. */
export function* mergeDuplicates(
  rows: InteractionColumns,
  policy: DuplicatePolicy,
  isDropped: Uint8Array,
): Resumable<number> {
  const { users, items, itemRows, weights, times } = rows
  const { pointers, order } = yield* groupByUser(rows)
  const seenBy = new Int32Array(items.size).fill(-1)
  const winner = new Int32Array(items.size)
  const sum = new Float64Array(policy === 'sum' ? items.size : 0)
  const timeOf = (row: number) => {
    const time = times === null ? Number.NaN : times[row]!
    return Number.isNaN(time) ? -Infinity : time
  }
  let merged = 0
  for (let user = 0; user < users.size; user++)
    for (let n = pointers[user]!; n < pointers[user + 1]!; n++) {
      if (n % ROWS_PER_YIELD === 0) yield
      const row = order[n]!
      const item = itemRows[row]!
      if (policy === 'sum') sum[item] = weights[row]! + (seenBy[item] === user ? sum[item]! : 0)
      if (seenBy[item] !== user) {
        seenBy[item] = user
        winner[item] = row
        continue
      }
      if (policy === 'error')
        throw new KindredError(
          'ERR_DUPLICATE',
          `Interactions: user ${show(users.idAt(user))} and item ${show(items.idAt(item))} come together more than once. Choose another policy with duplicates: 'last', 'sum' or 'max'.`,
        )
      const rival = winner[item]!
      const kept = timeOf(row) >= timeOf(rival) ? row : rival
      const greatest = Math.max(weights[row]!, weights[rival]!)
      isDropped[row + rival - kept] = 1
      winner[item] = kept
      merged++
      if (policy === 'sum') weights[kept] = sum[item]!
      if (policy === 'max') weights[kept] = greatest
    }
  return merged
}

/** Marks in `isDropped` the rows that overflowed 32-bit floats when they were summed. Returns how many. */
export function* dropOverflows({ weights }: InteractionColumns, isDropped: Uint8Array): Resumable<number> {
  let dropped = 0
  for (let row = 0; row < weights.length; row++) {
    if (row % ROWS_PER_YIELD === 0) yield
    if (isDropped[row] || Number.isFinite(weights[row])) continue
    isDropped[row] = 1
    dropped++
  }
  return dropped
}
