import { isDate } from 'node:util/types'
import { KindredError, show } from '../../native/errors.js'
import { type Id, IdMap, toId } from '../id-map.js'
import type { Resumable } from '../resumable.js'
import { ColumnsBuilder, type InteractionColumns } from './interaction-columns.js'
import { emptyReport } from './interactions-report.js'

/** One interaction as a caller gives it. */
export interface InteractionInput {
  /** Who; a row without one is dropped and counted. */
  user: Id | bigint | null | undefined
  /** What; a row without one is dropped and counted. */
  item: Id | bigint | null | undefined
  /** 1 if absent; a row whose weight is null or not finite is dropped and counted. */
  weight?: number | null
  /** Any number that grows with time; a Date becomes milliseconds since 1970. */
  time?: number | bigint | Date | null
}

function timeOf(value: unknown, row: number): number {
  if (value === undefined || value === null) return Number.NaN
  if (isDate(value)) return value.getTime()
  if (typeof value === 'number' || typeof value === 'bigint') {
    const time = Number(value)
    return Number.isFinite(time) ? time : Number.NaN
  }
  throw new KindredError('ERR_VALUE', `time of row ${row}: expected a number or a Date but received ${show(value)}.`)
}

/** Collects rows that a caller hands over one by one. */
export class InteractionCollector {
  readonly report = emptyReport()
  readonly #users = new IdMap()
  readonly #items = new IdMap()
  readonly #rows = new ColumnsBuilder()

  /** @throws ERR_VALUE for a value of the wrong type, naming the row (from 0) */
  push(input: InteractionInput): void {
    const row = this.report.read++
    if (input === null || typeof input !== 'object')
      throw new KindredError(
        'ERR_VALUE',
        `row ${row}: expected { user, item, weight?, time? } but received ${show(input)}.`,
      )
    const { user, item, weight = 1, time } = input
    const { dropped } = this.report
    if (user === null || user === undefined) dropped.nullUser++
    else if (item === null || item === undefined) dropped.nullItem++
    else if (weight === null) dropped.nullWeight++
    else if (typeof weight !== 'number')
      throw new KindredError('ERR_VALUE', `weight of row ${row}: expected a number but received ${show(weight)}.`)
    else if (!Number.isFinite(Math.fround(weight))) dropped.nonFiniteWeight++
    else {
      const userId = toId(user, () => `user of row ${row}`)
      const itemId = toId(item, () => `item of row ${row}`)
      this.#rows.push(this.#users.add(userId), this.#items.add(itemId), weight, timeOf(time, row))
    }
  }

  finish(): Resumable<InteractionColumns> {
    return this.#rows.finish(this.#users, this.#items)
  }
}
