import { checkNumber } from '../../../native/argument-checks.js'
import type { AbortOptions } from '../../../native/call-options.js'
import { KindredError, show } from '../../../native/errors.js'
import { inBlocks, type Resumable } from '../../resumable.js'
import { type ColumnSource, isNumeric } from '../column.js'

/** Which rows are known at a moment. */
export interface AsOfOptions extends AbortOptions {
  /** The columns, of both tables, in which rows are equal that belong together: a user, an item. */
  on: string | readonly string[]
  /** The column of the events with the moment of each. */
  eventTime: string
  /** The column of the other table with the moment from which a row holds: when what it tells happened. */
  validFrom: string
  /**
   * The column of the other table with the moment at which a row arrived, and could be known: rows may come late, or be
   * corrected. As `validFrom` if absent.
   */
  arrivedAt?: string
  /** Whether a row of the very moment of the event is known to it. */
  allowExactMatches?: boolean
}

/** Names of those of {@link AsOfOptions}. */
export const AS_OF_OPTIONS = ['on', 'eventTime', 'validFrom', 'arrivedAt', 'allowExactMatches', 'signal'] as const

/** The columns of the key. @throws ERR_VALUE */
export function checkOn(on: unknown): readonly string[] {
  const names = Array.isArray(on) ? on : [on]
  if (names.length === 0 || names.some((name) => typeof name !== 'string'))
    throw new KindredError('ERR_VALUE', `on: expected the name of a column, or several, but received ${show(on)}.`)
  return names
}

/** The moments of a column. @throws ERR_VALUE, ERR_COLUMN for one that is not there, or of another type */
export function momentsOf(table: ColumnSource, option: string, name: unknown): Float64Array {
  if (typeof name !== 'string')
    throw new KindredError('ERR_VALUE', `${option}: expected the name of a column but received ${show(name)}.`)
  const column = table.column(name)
  if (isNumeric(column) && column.type !== 'boolean') return column.values
  throw new KindredError(
    'ERR_COLUMN',
    `${option}: column ${show(name)} is of type ${column.type}; expected timestamps or numbers.`,
  )
}

/** Times of both tables are of one unit. @throws ERR_COLUMN where one is of timestamps and another of numbers */
export function checkUnits(events: ColumnSource, others: ColumnSource, options: AsOfOptions): void {
  const expected = events.column(options.eventTime).type
  for (const option of ['validFrom', 'arrivedAt'] as const) {
    const name = options[option]
    if (name === undefined || others.column(name).type === expected) continue
    throw new KindredError(
      'ERR_COLUMN',
      `${option}: column ${show(name)} is of type ${others.column(name).type}, but the events' ${show(options.eventTime)} is of type ${expected}. Read both as one type with the option columns.`,
    )
  }
}

/** A length of time in the unit of the times; null for any. @throws ERR_VALUE */
export function checkAge(option: string, age: unknown): number | null {
  return age === undefined ? null : checkNumber(option, age, { min: 0 })
}

/** How many rows lack a key or one of these times. */
export function* countUnplaced(keys: Int32Array, times: readonly Float64Array[]): Resumable<number> {
  let count = 0
  yield* inBlocks(keys.length, (begin, end) => {
    for (let i = begin; i < end; i++) if (keys[i]! < 0 || times.some((one) => Number.isNaN(one[i]!))) count++
  })
  return count
}
