import { isDate } from 'node:util/types'
import { dateFromText } from '../../data/date-text.js'
import { type Id, toId } from '../../data/id-map.js'
import { ownFields, unknownName } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'

/** What somebody did, as a caller gives it; no other fields. */
export interface EventInput {
  /** Who: a string, or an integer. */
  user: Id | bigint
  /** With what: a string, or an integer. */
  item: Id | bigint
  /** How much, a finite 32-bit number; 1 where models learn from an event without one. */
  weight?: number | null
  /** Any number that grows with time; a Date, or a date as text, becomes milliseconds since 1970. */
  time?: number | bigint | Date | string | null
  /** What kind of event it is, such as 'view'; models do not read it. */
  type?: string | null
}

/** An event as it is kept: what was not given is absent. */
export interface LogEvent {
  /** Who, exactly as it was given: `42` and `'42'` are two. */
  user: Id
  /** With what. */
  item: Id
  /** How much. */
  weight?: number
  /** When. */
  time?: number
  /** What kind of event. */
  type?: string
}

/** An event of a log. */
export interface StoredEvent extends LogEvent {
  /** Its number among all events that the log ever had, from 0. */
  sequence: number
}

const FIELDS = ['user', 'item', 'weight', 'time', 'type'] as const

/** Text of more units than this is no id and no name of a type. */
const MAX_TEXT = 1 << 16

const isAbsent = (value: unknown) => value === undefined || value === null

function timeOf(value: unknown, where: string): number {
  const isNumber = typeof value === 'number' || typeof value === 'bigint'
  const time = isNumber ? Number(value) : isDate(value) ? value.getTime() : dateFromText(String(value))
  if ((isNumber || isDate(value) || typeof value === 'string') && Number.isFinite(time)) return time
  throw new KindredError(
    'ERR_VALUE',
    `time of ${where}: expected a finite number, a Date or a date as text (ISO 8601, RFC 2822) but received ${show(value)}.`,
  )
}

function idOf(value: unknown, what: string, where: string): Id {
  const id = toId(value, () => `${what} of ${where}`)
  if (typeof id === 'string' && id.length > MAX_TEXT)
    throw new KindredError('ERR_VALUE', `${what} of ${where}: expected an id of at most ${MAX_TEXT} characters.`)
  return id
}

/** @throws ERR_VALUE for a field of another name or a value of the wrong type, naming the event (from 0) */
function checkEvent(input: unknown, position: number): LogEvent {
  const where = `event ${position}`
  if (input === null || typeof input !== 'object')
    throw new KindredError(
      'ERR_VALUE',
      `${where}: expected { user, item, weight?, time?, type? } but received ${show(input)}.`,
    )
  for (const name in input)
    if (!FIELDS.includes(name as never) && Object.hasOwn(input, name)) throw unknownName(where, 'field', name, FIELDS)
  const { user, item, weight, time, type } = ownFields(input as EventInput, FIELDS)
  const event: LogEvent = { user: idOf(user, 'user', where), item: idOf(item, 'item', where) }
  if (!isAbsent(weight)) {
    if (typeof weight !== 'number' || !Number.isFinite(Math.fround(weight)))
      throw new KindredError(
        'ERR_VALUE',
        `weight of ${where}: expected a finite 32-bit number but received ${show(weight)}.`,
      )
    event.weight = weight
  }
  if (!isAbsent(time)) event.time = timeOf(time, where)
  if (!isAbsent(type)) {
    if (typeof type !== 'string' || type.length > MAX_TEXT)
      throw new KindredError(
        'ERR_VALUE',
        `type of ${where}: expected a string of at most ${MAX_TEXT} characters but received ${show(type)}.`,
      )
    event.type = type
  }
  return event
}

/** @throws ERR_VALUE for what is no list of events */
export function checkEvents(events: unknown): LogEvent[] {
  if (typeof events !== 'object' || events === null || !(Symbol.iterator in events))
    throw new KindredError('ERR_VALUE', `events: expected a list of events but received ${show(events)}.`)
  return Array.from(events as Iterable<unknown>, checkEvent)
}
