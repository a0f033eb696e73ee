import { checkInteger, checkOneOf } from '../../native/check.js'
import { KindredError, show } from '../../native/errors.js'
import { IdMap } from '../id-map.js'
import { STEP_ROWS, type Steps } from '../yield-to-event-loop.js'
import type { InteractionColumns, InteractionsReport } from './interaction-columns.js'

const DUPLICATE_POLICIES: readonly DuplicatePolicy[] = ['last', 'sum', 'max', 'error']

/**
 * What becomes of several rows of one user and item. The row that stays is the last in time (a row with a time comes
 * after one without; equal times and no times at all: the last in order); its weight is its own (`last`), the sum, or
 * the maximum. `error` throws instead.
 * @useDeclaredType
 */
export type DuplicatePolicy = 'last' | 'sum' | 'max' | 'error'

/** What becomes of duplicates, and of users and items with few interactions. */
export interface CleaningOptions {
  /** `last` if absent. */
  duplicates?: DuplicatePolicy
  /** Keep users with at least so many items; with `minItemInteractions`, until both hold (k-core). Default 1. */
  minUserInteractions?: number
  /** Keep items with at least so many users. Default 1. */
  minItemInteractions?: number
}

export const CLEANING_OPTIONS = ['duplicates', 'minUserInteractions', 'minItemInteractions'] as const

/** The options, complete. @throws ERR_VALUE */
export function checkCleaning(options: CleaningOptions): Required<CleaningOptions> {
  const { duplicates = 'last', minUserInteractions = 1, minItemInteractions = 1 } = options
  return {
    duplicates: checkOneOf('duplicates', duplicates, DUPLICATE_POLICIES),
    minUserInteractions: checkInteger('minUserInteractions', minUserInteractions, { min: 0 }),
    minItemInteractions: checkInteger('minItemInteractions', minItemInteractions, { min: 0 }),
  }
}

/** Rows in the order of their user, and within a user in the order they came: [users + 1] pointers, [rows] rows. */
export function* groupByUser({
  users,
  userRows,
}: InteractionColumns): Steps<{ pointers: Int32Array; order: Int32Array }> {
  const pointers = new Int32Array(users.size + 1)
  for (let row = 0; row < userRows.length; row++) {
    pointers[userRows[row]! + 1]!++
    if (row % STEP_ROWS === 0) yield
  }
  for (let user = 0; user < users.size; user++) pointers[user + 1]! += pointers[user]!
  const next = pointers.slice()
  const order = new Int32Array(userRows.length)
  for (let row = 0; row < userRows.length; row++) {
    order[next[userRows[row]!]!++] = row
    if (row % STEP_ROWS === 0) yield
  }
  return { pointers, order }
}

/** Marks all but one row of each pair in `gone`, and merges weights into the one that stays. Returns how many went. */
function* mergeDuplicates(rows: InteractionColumns, policy: DuplicatePolicy, gone: Uint8Array): Steps<number> {
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
      if (n % STEP_ROWS === 0) yield
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
      gone[row + rival - kept] = 1
      winner[item] = kept
      merged++
      if (policy === 'sum') weights[kept] = sum[item]!
      if (policy === 'max') weights[kept] = greatest
    }
  return merged
}

/** Marks in `gone` the rows that overflowed 32-bit floats when they were summed. Returns how many. */
function* dropOverflown({ weights }: InteractionColumns, gone: Uint8Array): Steps<number> {
  let dropped = 0
  for (let row = 0; row < weights.length; row++) {
    if (row % STEP_ROWS === 0) yield
    if (gone[row] || Number.isFinite(weights[row])) continue
    gone[row] = 1
    dropped++
  }
  return dropped
}

/** Marks in `gone` the rows outside the k-core, by sweeps until none changes anything. Returns how many went. */
function* dropOutsideCore(rows: InteractionColumns, minUser: number, minItem: number, gone: Uint8Array): Steps<number> {
  const { userRows, itemRows } = rows
  const perUser = new Int32Array(rows.users.size)
  const perItem = new Int32Array(rows.items.size)
  const alive = new Int32Array(userRows.length)
  let count = 0
  for (let row = 0; row < userRows.length; row++) {
    if (row % STEP_ROWS === 0) yield
    if (gone[row]) continue
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
      if (n % STEP_ROWS === 0) yield
      const row = alive[n]!
      const user = userRows[row]!
      const item = itemRows[row]!
      if (perUser[user]! >= minUser && perItem[item]! >= minItem) {
        alive[count++] = row
        continue
      }
      gone[row] = 1
      perUser[user]!--
      perItem[item]!--
      changed = true
    }
  }
  return before - count
}

/** The rows whose mark is `kept`, in order, with compact id maps in order of first appearance. */
export function* compact(rows: InteractionColumns, marks: Uint8Array, kept: number): Steps<InteractionColumns> {
  let count = 0
  for (let row = 0; row < marks.length; row++) {
    if (row % STEP_ROWS === 0) yield
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
    if (row % STEP_ROWS === 0) yield
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

/** Merges duplicates and takes the k-core. `report` is completed; the arrays of `rows` are used up. */
export function* clean(
  rows: InteractionColumns,
  options: Required<CleaningOptions>,
  report: InteractionsReport,
): Steps<InteractionColumns> {
  const { minUserInteractions, minItemInteractions } = options
  const gone = new Uint8Array(rows.userRows.length)
  const { dropped } = report
  dropped.duplicates = yield* mergeDuplicates(rows, options.duplicates, gone)
  if (options.duplicates === 'sum') dropped.nonFiniteWeight += yield* dropOverflown(rows, gone)
  if (minUserInteractions > 1 || minItemInteractions > 1)
    dropped.kCore = yield* dropOutsideCore(rows, minUserInteractions, minItemInteractions, gone)
  const kept = gone.includes(1) ? yield* compact(rows, gone, 0) : rows
  report.kept = kept.userRows.length
  report.rowsWithoutTime = yield* countUntimed(kept)
  return kept
}

/** How many rows have no time. */
export function* countUntimed({ times, userRows }: InteractionColumns): Steps<number> {
  if (times === null) return userRows.length
  let count = 0
  for (let row = 0; row < times.length; row++) {
    if (row % STEP_ROWS === 0) yield
    if (Number.isNaN(times[row])) count++
  }
  return count
}
