import { isDate } from 'node:util/types'
import { ownFields, unknownName } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import { dateFromText } from '../date-text.js'
import { type Id, IdMap, toId } from '../id-map.js'
import type { Resumable } from '../resumable.js'
import { ColumnsBuilder, type InteractionColumns } from './interaction-columns.js'
import { emptyReport } from './interactions-report.js'
import { TimeUnits } from './time-units.js'

/** One interaction as a caller gives it; no other fields. */
export interface InteractionInput {
  /** Who; a row without one is dropped and counted. */
  user: Id | bigint | null | undefined
  /** What; a row without one is dropped and counted. */
  item: Id | bigint | null | undefined
  /** 1 if absent, true is 1, false 0; a row whose weight is null or not finite is dropped and counted. */
  weight?: number | boolean | null
  /**
   * Any number that grows with time; a Date, or a date as text (ISO 8601, RFC 2822; UTC where no zone is written), becomes
   * milliseconds since 1970.
   */
  time?: number | bigint | Date | string | null
}

const FIELDS = ['user', 'item', 'weight', 'time']

/** Of a date as milliseconds since 1970; undefined for what is none, NaN for an invalid Date. */
function millisecondsOf(value: unknown): number | undefined {
  if (isDate(value)) return value.getTime()
  const time = typeof value === 'string' ? dateFromText(value) : Number.NaN
  return Number.isNaN(time) ? undefined : time
}

/** Collects rows that a caller hands over one by one. */
export class InteractionCollector {
  readonly report = emptyReport()
  readonly #users = new IdMap()
  readonly #items = new IdMap()
  readonly #rows = new ColumnsBuilder()
  readonly #units = new TimeUnits()

  /** @throws ERR_VALUE for a value of the wrong type or a field of another name, naming the row (from 0) */
  push(input: InteractionInput): void {
    const row = this.report.read++
    if (input === null || typeof input !== 'object')
      throw new KindredError(
        'ERR_VALUE',
        `row ${row}: expected { user, item, weight?, time? } but received ${show(input)}.`,
      )
    for (const name in input)
      if (name !== 'user' && name !== 'item' && name !== 'weight' && name !== 'time' && Object.hasOwn(input, name))
        throw unknownName(`row ${row}`, 'field', name, FIELDS)
    const { user, item, weight: given = 1, time } = ownFields(input, FIELDS)
    const weight = typeof given === 'boolean' ? Number(given) : given
    const { dropped } = this.report
    if (user === null || user === undefined) dropped.nullUser++
    else if (item === null || item === undefined) dropped.nullItem++
    else if (weight === null) dropped.nullWeight++
    else if (typeof weight !== 'number')
      throw new KindredError(
        'ERR_VALUE',
        `weight of row ${row}: expected a number or a boolean but received ${show(weight)}.`,
      )
    else if (!Number.isFinite(Math.fround(weight))) dropped.nonFiniteWeight++
    else {
      const userId = toId(user, () => `user of row ${row}`)
      const itemId = toId(item, () => `item of row ${row}`)
      this.#rows.push(this.#users.add(userId), this.#items.add(itemId), weight, this.#timeOf(time, row))
    }
  }

  /** NaN for none. */
  #timeOf(value: InteractionInput['time'], row: number): number {
    if (value === undefined || value === null) return Number.NaN
    const isNumber = typeof value === 'number' || typeof value === 'bigint'
    const time = isNumber ? Number(value) : millisecondsOf(value)
    if (time === undefined)
      throw new KindredError(
        'ERR_VALUE',
        `time of row ${row}: expected a number, a Date or a date as text (ISO 8601, RFC 2822) but received ${show(value)}.`,
      )
    if (Number.isFinite(time)) {
      this.#units.see(time, !isNumber, row)
      return time
    }
    if (!isNumber || !Number.isNaN(time)) this.report.unreadableTimes = (this.report.unreadableTimes ?? 0) + 1
    return Number.NaN
  }

  /** @throws ERR_DATA for times of two units */
  finish(): Resumable<InteractionColumns> {
    this.#units.check('time')
    return this.#rows.finish(this.#users, this.#items)
  }
}
