import { KindredError } from '../../../native/errors.js'
import type { IdMap } from '../../id-map.js'
import { type Resumable, ROWS_PER_YIELD } from '../../resumable.js'
import { groupByUser } from '../group-by-user.js'
import type { InteractionColumns } from '../interaction-columns.js'
import { byDraw, idsByDraw, lastFirst } from './draws.js'
import { type CompareRows, partitionRows } from './partition-rows.js'
import { type CheckedSplit, checkSplit, type PartSizes, type SplitOptions } from './split-options.js'

/** Marks of {@link splitRows}. */
export const PARTS = { train: 0, test: 1, validation: 2 } as const

function timesOf({ times }: InteractionColumns, by: string): Float64Array {
  if (times === null)
    throw new KindredError(
      'ERR_VALUE',
      `split: by '${by}' needs times, but no row of this log has one. Name the column with the option time when reading, or split by 'random'.`,
    )
  return times
}

/** Marks the first rows in this order: those for test, then those for validation. */
function* markFirst(
  rows: Int32Array,
  compare: CompareRows,
  [test, validation]: [number, number],
  marks: Uint8Array,
): Resumable<void> {
  if (test + validation === 0) return
  yield* partitionRows(rows, compare, [test, test + validation])
  for (const row of rows.subarray(0, test)) marks[row] = PARTS.test
  for (const row of rows.subarray(test, test + validation)) marks[row] = PARTS.validation
}

function timedOf(rows: Int32Array, times: Float64Array): Int32Array {
  for (const row of rows) if (Number.isNaN(times[row])) return rows.filter((one) => !Number.isNaN(times[one]))
  return rows
}

function* perUser(
  log: InteractionColumns,
  { by, seed, sizes }: Extract<CheckedSplit, { kind: 'per-user' }>,
): Resumable<Uint8Array> {
  const times = seed === undefined ? timesOf(log, by) : null
  const compare = times === null ? yield* byDraw(log, seed!) : yield* lastFirst(log, times)
  const { pointers, order } = yield* groupByUser(log)
  const marks = new Uint8Array(order.length)
  let since = 0
  for (let user = 0; user < log.users.size; user++) {
    const all = order.subarray(pointers[user]!, pointers[user + 1]!)
    const own = times === null ? all : timedOf(all, times)
    yield* markFirst(own, compare, sizes(own.length), marks)
    since += all.length
    if (since < ROWS_PER_YIELD) continue
    since = 0
    yield
  }
  return marks
}

/** Those of the indices 0 to size - 1 for which `isWanted`. */
function* indicesWhere(size: number, isWanted: (index: number) => boolean): Resumable<Int32Array> {
  const wanted = new Int32Array(size)
  let count = 0
  for (let index = 0; index < size; index++) {
    if (index % ROWS_PER_YIELD === 0) yield
    if (isWanted(index)) wanted[count++] = index
  }
  return wanted.subarray(0, count)
}

/** How many rows each id has: [ids]. */
function* countRows(ids: IdMap, idRows: Int32Array): Resumable<Int32Array> {
  const counts = new Int32Array(ids.size)
  for (let row = 0; row < idRows.length; row++) {
    if (row % ROWS_PER_YIELD === 0) yield
    counts[idRows[row]!]!++
  }
  return counts
}

function* wholeIds(
  log: InteractionColumns,
  { ids: kind, seed, minInteractions, sizes }: Extract<CheckedSplit, { kind: 'whole' }>,
): Resumable<Uint8Array> {
  const ids = log[kind]
  const idRows = kind === 'users' ? log.userRows : log.itemRows
  const counts = yield* countRows(ids, idRows)
  const eligible = yield* indicesWhere(ids.size, (id) => counts[id]! >= minInteractions)
  const markOfId = new Uint8Array(ids.size)
  yield* markFirst(eligible, yield* idsByDraw(ids, seed), sizes(eligible.length), markOfId)
  const marks = new Uint8Array(idRows.length)
  for (let row = 0; row < marks.length; row++) {
    if (row % ROWS_PER_YIELD === 0) yield
    marks[row] = markOfId[idRows[row]!]!
  }
  return marks
}

/** The moments from which on the last rows lie: test, and validation before it. */
function* momentsOf(times: Float64Array, sizes: PartSizes): Resumable<{ test: number; validation: number }> {
  const rows = yield* indicesWhere(times.length, (row) => !Number.isNaN(times[row]))
  const [test, validation] = sizes(rows.length)
  // Any order of equal times will do: all rows of the moment are taken.
  yield* partitionRows(rows, (a, b) => times[b]! - times[a]! || a - b, [test, test + validation])
  let earliest = Infinity
  let testBegins = Infinity
  for (let n = 0; n < test + validation; n++) {
    if (n % ROWS_PER_YIELD === 0) yield
    earliest = Math.min(earliest, times[rows[n]!]!)
    if (n < test) testBegins = earliest
  }
  return { test: testBegins, validation: earliest }
}

function* fromMoments(
  times: Float64Array,
  { test, validation }: { test: number; validation: number },
): Resumable<Uint8Array> {
  const marks = new Uint8Array(times.length)
  for (let row = 0; row < marks.length; row++) {
    if (row % ROWS_PER_YIELD === 0) yield
    if (times[row]! >= test) marks[row] = PARTS.test
    else if (times[row]! >= validation) marks[row] = PARTS.validation
  }
  return marks
}

/** [rows] the part of {@link PARTS} that each row belongs to. @throws ERR_VALUE at the first step */
export function* splitRows(log: InteractionColumns, options: SplitOptions): Resumable<Uint8Array> {
  const split = checkSplit(options)
  switch (split.kind) {
    case 'per-user':
      return yield* perUser(log, split)
    case 'whole':
      return yield* wholeIds(log, split)
    case 'moments':
      return yield* fromMoments(timesOf(log, 'time'), split)
    case 'last-rows': {
      const times = timesOf(log, 'time')
      return yield* fromMoments(times, yield* momentsOf(times, split.sizes))
    }
  }
}
