import { checkBoolean, checkOptions, checkString } from '../../../native/argument-checks.js'
import { KindredError, show } from '../../../native/errors.js'
import { nativeCall } from '../../../native/native-call.js'
import { runYielding } from '../../resumable.js'
import type { Column } from '../column.js'
import { Table } from '../table.js'
import { checkNames } from '../table-checks.js'
import { takingRows } from '../take-rows.js'
import {
  AS_OF_OPTIONS,
  type AsOfOptions,
  checkAge,
  checkOn,
  checkUnits,
  countUnplaced,
  momentsOf,
} from './as-of-options.js'
import { keysOfRows } from './row-keys.js'

/** How {@link joinAsOf} joins. `allowExactMatches`: default true. */
export interface JoinAsOfOptions extends AsOfOptions {
  /** A feature row counts no longer than this after its `validFrom`, in the unit of the times; for ever if absent. */
  maxAge?: number
  /** Which columns of the features to take; all but those of `on` if absent. */
  columns?: readonly string[]
  /** What goes before the name of each column that is taken, as 'user_'; nothing if absent. */
  prefix?: string
}

/** How events and features met. */
export interface JoinAsOfReport {
  /** Events. */
  events: number
  /** Events with a feature row. */
  matched: number
  /** Events without one: none of that key was known by then, or it was too old. Its columns are missing. */
  unmatched: number
  /** Events without a key or a time, which match nothing. */
  eventsWithoutKeyOrTime: number
  /** Feature rows without a key or a time, which match nothing. */
  featuresWithoutKeyOrTime: number
}

/** Events with the features that were known to each. */
export interface JoinedAsOf {
  /** All events in their order, with the columns of the features. */
  table: Table
  /** Of each event, the row of the features that it got; -1 for none. */
  matches: Int32Array
  /** How many matched. */
  report: JoinAsOfReport
}

/** The columns of the features under their names among the events. @throws ERR_VALUE for a name that there is already */
function takenColumns(events: Table, features: Table, on: readonly string[], options: JoinAsOfOptions): Column[] {
  const names =
    options.columns === undefined
      ? features.columns.filter((name) => !on.includes(name))
      : checkNames('columns', options.columns)
  const prefix = options.prefix === undefined ? '' : checkString('prefix', options.prefix)
  return names.map((name) => {
    if (events.has(prefix + name))
      throw new KindredError(
        'ERR_VALUE',
        `joinAsOf: both tables have a column ${show(prefix + name)}. Give the option prefix, or take other columns with the option columns.`,
      )
    return { ...features.column(name), name: prefix + name }
  })
}

function checkTable(name: string, table: unknown): void {
  if (!(table instanceof Table))
    throw new KindredError('ERR_VALUE', `${name}: expected a Table but received ${show(table)}.`)
}

/**
 * Gives each event the newest row of the features that was known at its moment: of the rows with its key whose `validFrom` and
 * `arrivedAt` are at most the event's time, the one of the largest `validFrom`, then of the latest `arrivedAt`, then the
 * last in the table. So no row shows in an event before both: a model that learns from the joined table sees no more than it
 * will when it serves. Rows without a key or a time match nothing, and are counted.
 *
 * Sorted and merged natively, off the main thread: O(n log n), or O(n) where the rows of a key are in the order of time.
 * @throws ERR_COLUMN for a column that there is not, or of a type that is no key or no time; ERR_VALUE for a name that both
 * tables have; ERR_ABORTED
 */
export async function joinAsOf(events: Table, features: Table, options: JoinAsOfOptions): Promise<JoinedAsOf> {
  options = checkOptions('joinAsOf', options, [...AS_OF_OPTIONS, 'maxAge', 'columns', 'prefix'])
  checkTable('events', events)
  checkTable('features', features)
  const on = checkOn(options.on)
  const { arrivedAt, allowExactMatches, signal } = options
  const eventTimes = momentsOf(events, 'eventTime', options.eventTime)
  const times = momentsOf(features, 'validFrom', options.validFrom)
  const arrivals = arrivedAt === undefined ? null : momentsOf(features, 'arrivedAt', arrivedAt)
  checkUnits(events, features, options)
  const maxAge = checkAge('maxAge', options.maxAge)
  const isExact = allowExactMatches === undefined || checkBoolean('allowExactMatches', allowExactMatches)
  const taken = takenColumns(events, features, on, options)

  const keys = await keysOfRows(events, features, on, signal)
  const matches = new Int32Array(events.rows)
  await nativeCall(signal, (native, abort) =>
    native.asOfJoin(keys.left, eventTimes, keys.right, times, arrivals, keys.count, maxAge, isExact, matches, abort),
  )
  const columns: Column[] = []
  for (const column of taken) columns.push(await runYielding(takingRows(column, matches), signal))
  const unmatched = await runYielding(countUnplaced(matches, []), signal)
  const placed = arrivals === null ? [times] : [times, arrivals]
  const report = {
    events: events.rows,
    matched: events.rows - unmatched,
    unmatched,
    eventsWithoutKeyOrTime: await runYielding(countUnplaced(keys.left, [eventTimes]), signal),
    featuresWithoutKeyOrTime: await runYielding(countUnplaced(keys.right, placed), signal),
  }
  return { table: events.with(columns), matches, report }
}
