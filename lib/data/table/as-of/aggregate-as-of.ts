import { checkBoolean, checkOneOf, checkOptions, unknownName } from '../../../native/argument-checks.js'
import { KindredError, show } from '../../../native/errors.js'
import { nativeCall } from '../../../native/native-call.js'
import { inBlocks, type Resumable, runYielding } from '../../resumable.js'
import { type Column, isMissing, isNumeric, rowsOf } from '../column.js'
import { Table } from '../table.js'
import { AS_OF_OPTIONS, type AsOfOptions, checkAge, checkOn, checkUnits, momentsOf } from './as-of-options.js'
import { keysOfRows, type RowKeys } from './row-keys.js'

/** What {@link aggregateAsOf} computes for each event. */
export interface AsOfAggregate {
  /**
   * 'count': rows, or those with a value in `column`. 'sum' and 'mean': of the values of `column`; the sum of none is 0, their
   * mean missing. 'time-since-last': from the newest row to the event, in the unit of the times; missing if there is none.
   */
  of: 'count' | 'sum' | 'mean' | 'time-since-last'
  /** A column of numbers or booleans of the history. */
  column?: string
  /** Rows older than this at the event do not count, in the unit of the times; all count if absent. */
  window?: number
}

/** How {@link aggregateAsOf} aggregates. `allowExactMatches`: default false, since the event itself may be in the history. */
export interface AggregateAsOfOptions extends AsOfOptions {
  /** What to compute, by the name of the column that it becomes. */
  aggregates: Readonly<Record<string, AsOfAggregate>>
}

const KINDS = ['count', 'sum', 'mean', 'time-since-last'] as const

interface Checked {
  name: string
  of: AsOfAggregate['of']
  values: Float64Array | null
  window: number | null
}

/** @throws ERR_VALUE, ERR_COLUMN */
function checkAggregate(name: string, given: AsOfAggregate, events: Table, history: Table): Checked {
  if (given === null || typeof given !== 'object')
    throw new KindredError('ERR_VALUE', `aggregates: ${name}: expected { of, ... } but received ${show(given)}.`)
  const legal = ['of', 'column', 'window']
  for (const key of Object.keys(given))
    if (!legal.includes(key)) throw unknownName(`aggregates: ${name}`, 'option', key, legal)
  if (events.has(name))
    throw new KindredError(
      'ERR_VALUE',
      `aggregates: the events have a column ${show(name)} already. Choose another name.`,
    )
  const of = checkOneOf(`aggregates: ${name}: of`, given.of, KINDS)
  const window = checkAge(`aggregates: ${name}: window`, given.window)
  if (given.column === undefined) {
    if (of === 'sum' || of === 'mean')
      throw new KindredError('ERR_VALUE', `aggregates: ${name}: expected a column whose ${of} to take.`)
    return { name, of, values: null, window }
  }
  if (of === 'time-since-last')
    throw new KindredError('ERR_VALUE', `aggregates: ${name}: the time since the last row is of no column.`)
  const column = history.column(given.column)
  if (of !== 'count' && !isNumeric(column))
    throw new KindredError(
      'ERR_COLUMN',
      `aggregates: ${name}: column ${show(column.name)} is of type ${column.type}; expected numbers or booleans.`,
    )
  return { name, of, values: isNumeric(column) ? column.values : presence(column), window }
}

/** 1 where there is a value, NaN where it is missing. */
function presence(column: Column): Float64Array {
  return Float64Array.from({ length: rowsOf(column) }, (_, i) => (isMissing(column, i) ? Number.NaN : 1))
}

/** [rows] what `of` gives for each. */
function* eachRow(rows: number, of: (i: number) => number): Resumable<Float64Array> {
  const values = new Float64Array(rows)
  yield* inBlocks(rows, (begin, end) => {
    for (let i = begin; i < end; i++) values[i] = of(i)
  })
  return values
}

/** One aggregate for all events. */
async function aggregate(
  { of, values, window }: Checked,
  keys: RowKeys,
  eventTimes: Float64Array,
  times: Float64Array,
  arrivals: Float64Array | null,
  isExact: boolean,
  signal: AbortSignal | undefined,
): Promise<Float64Array> {
  const { left, right, count } = keys
  const events = left.length
  if (of === 'time-since-last') {
    const matches = new Int32Array(events)
    await nativeCall(signal, (native, abort) =>
      native.asOfJoin(left, eventTimes, right, times, arrivals, count, window, isExact, matches, abort),
    )
    return runYielding(
      eachRow(events, (i) => (matches[i]! < 0 ? Number.NaN : eventTimes[i]! - times[matches[i]!]!)),
      signal,
    )
  }
  const counts = new Float64Array(events)
  const sums = of === 'count' ? null : new Float64Array(events)
  await nativeCall(signal, (native, abort) =>
    native.asOfTotals(left, eventTimes, right, times, arrivals, count, window, isExact, values, counts, sums, abort),
  )
  if (sums === null) return counts
  if (of === 'sum') return sums
  return runYielding(
    eachRow(events, (i) => (counts[i]! > 0 ? sums[i]! / counts[i]! : Number.NaN)),
    signal,
  )
}

/**
 * Adds to each event what the history tells of its key up to that moment: how often, how much, how long since. A row of the
 * history counts whose `validFrom` and `arrivedAt` are before the event's time, so that nothing of the event itself or of the
 * future leaks, though both be of one log. An event without a key or a time has missing values; rows of the history without
 * count nowhere. Sums do not drift, however long the window slides.
 * @throws ERR_COLUMN for a column that there is not, or of another type; ERR_VALUE, ERR_ABORTED
 */
export async function aggregateAsOf(events: Table, history: Table, options: AggregateAsOfOptions): Promise<Table> {
  options = checkOptions('aggregateAsOf', options, [...AS_OF_OPTIONS, 'aggregates'])
  for (const [name, table] of Object.entries({ events, history }))
    if (!(table instanceof Table))
      throw new KindredError('ERR_VALUE', `${name}: expected a Table but received ${show(table)}.`)
  const { aggregates, arrivedAt, allowExactMatches, signal } = options
  const on = checkOn(options.on)
  const eventTimes = momentsOf(events, 'eventTime', options.eventTime)
  const times = momentsOf(history, 'validFrom', options.validFrom)
  const arrivals = arrivedAt === undefined ? null : momentsOf(history, 'arrivedAt', arrivedAt)
  checkUnits(events, history, options)
  const isExact = allowExactMatches !== undefined && checkBoolean('allowExactMatches', allowExactMatches)
  if (aggregates === null || typeof aggregates !== 'object' || Array.isArray(aggregates))
    throw new KindredError('ERR_VALUE', `aggregates: expected { name: { of, ... } } but received ${show(aggregates)}.`)
  const checked = Object.entries(aggregates).map(([name, given]) => checkAggregate(name, given, events, history))

  const keys = await keysOfRows(events, history, on, signal)
  const columns: Column[] = []
  for (const one of checked) {
    const values = await aggregate(one, keys, eventTimes, times, arrivals, isExact, signal)
    columns.push({ type: 'number', name: one.name, values })
  }
  return events.with(columns)
}
