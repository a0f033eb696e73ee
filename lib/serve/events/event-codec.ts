import type { Id } from '../../data/id-map.js'
import { KindredError } from '../../native/errors.js'
import type { LogEvent } from './event.js'

/*
 * An event: a byte of flags, a byte of forms, then the fields that are there, little endian.
 * Flags: 1 weight (float64), 2 time (float64), 4 type (text).
 * Forms, two bits each, of user, item and type: 0 an integer (float64), 1 UTF-8, 2 UTF-16, for text with half of a surrogate pair.
 * Text is its length in bytes (uint32) and its bytes.
 */
const [WEIGHT, TIME, TYPE] = [1, 2, 4]
const [INTEGER, UTF8, UTF16] = [0, 1, 2]
const LONE_SURROGATE = /\p{Surrogate}/u

/** Bytes of an event without its text, at most. */
const FIXED_BYTES = 2 + 3 * 4 + 2 * 8 + 2 * 8

const formOf = (value: Id) => (typeof value === 'number' ? INTEGER : LONE_SURROGATE.test(value) ? UTF16 : UTF8)
// UTF-8 takes at most three bytes for a UTF-16 unit.
const mostBytes = (value: Id | undefined) => (typeof value === 'string' ? 3 * value.length : 0)

function put(into: Buffer, at: number, value: Id, form: number): number {
  if (form === INTEGER) return into.writeDoubleLE(value as number, at)
  const length = into.write(value as string, at + 4, form === UTF8 ? 'utf8' : 'utf16le')
  into.writeUInt32LE(length, at)
  return at + 4 + length
}

/** Events as bytes, `skip` bytes left free before them. */
export function encodeEvents(events: readonly LogEvent[], skip: number): Buffer {
  let most = skip
  for (const { user, item, type } of events) most += FIXED_BYTES + mostBytes(user) + mostBytes(item) + mostBytes(type)
  const into = Buffer.allocUnsafe(most)
  let at = skip
  for (const { user, item, weight, time, type } of events) {
    const forms = [formOf(user), formOf(item), type === undefined ? INTEGER : formOf(type)] as const
    into[at++] = (weight === undefined ? 0 : WEIGHT) | (time === undefined ? 0 : TIME) | (type === undefined ? 0 : TYPE)
    into[at++] = forms[0] | (forms[1] << 2) | (forms[2] << 4)
    at = put(into, at, user, forms[0])
    at = put(into, at, item, forms[1])
    if (weight !== undefined) at = into.writeDoubleLE(weight, at)
    if (time !== undefined) at = into.writeDoubleLE(time, at)
    if (type !== undefined) at = put(into, at, type, forms[2])
  }
  return into.subarray(0, at)
}

/** @throws ERR_DATA for bytes that {@link encodeEvents} did not write */
export function decodeEvents(bytes: Buffer, count: number, where: string): LogEvent[] {
  let at = 0
  const take = (length: number) => {
    if (length > bytes.length - at)
      throw new KindredError('ERR_DATA', `${where}: a record of events ends before they do. A newer release wrote it?`)
    at += length
    return at - length
  }
  const number = () => bytes.readDoubleLE(take(8))
  const value = (form: number): Id => {
    if (form === INTEGER) return number()
    const length = bytes.readUInt32LE(take(4))
    const begin = take(length)
    return bytes.toString(form === UTF16 ? 'utf16le' : 'utf8', begin, begin + length)
  }
  const events: LogEvent[] = []
  for (let n = 0; n < count; n++) {
    const flags = bytes[take(1)]!
    const forms = bytes[take(1)]!
    const event: LogEvent = { user: value(forms & 3), item: value((forms >> 2) & 3) }
    if (flags & WEIGHT) event.weight = number()
    if (flags & TIME) event.time = number()
    if (flags & TYPE) event.type = value((forms >> 4) & 3) as string
    events.push(event)
  }
  return events
}
