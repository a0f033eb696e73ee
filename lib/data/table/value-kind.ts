import { dateFromText } from '../date-text.js'
import { idFromInteger, isCanonicalInteger } from '../id-map.js'
import { type DecimalMark, numberFromText } from '../number-text.js'
import { parseJson } from '../tables/files/json-text.js'

/** What a value of a file shows of its column's type; undefined for what is missing. */
export type ValueKind = 'number' | 'boolean' | 'timestamp' | 'string' | 'list' | undefined

/** A leading zero, or a plus: an id rather than a number. */
const PADDED = /^-?0\d|^\+/

/** A year first, as ISO 8601 has it: of other forms a number or a name may be one. */
const DATE = /^\d{4}-\d\d-\d\d/

/** Of the text of a field of CSV, or of a string of JSON, where numbers are strings. */
function textKind(text: string, decimal: DecimalMark, isJson: boolean): ValueKind {
  const trimmed = text.trim()
  if (trimmed === '') return isJson ? 'string' : undefined
  if (DATE.test(trimmed) && !Number.isNaN(dateFromText(trimmed))) return 'timestamp'
  if (isJson) return 'string'
  if (/^(?:true|false)$/i.test(trimmed)) return 'boolean'
  if (PADDED.test(trimmed)) return 'string'
  const number = numberFromText(trimmed, decimal)
  if (number === undefined) return 'string'
  if (Number.isNaN(number)) return undefined
  return isCanonicalInteger(trimmed) && !Number.isSafeInteger(number) ? 'string' : 'number'
}

/** Numbers that JavaScript may write otherwise than the text does. */
const LONG_NUMBER = /\d{16}|\d[eE][-+\d]/

/** JSON as JSON.parse takes it, which is several times as fast; else as parseJson does. @throws JsonFault */
function parsed(text: string): unknown {
  if (!LONG_NUMBER.test(text))
    try {
      return JSON.parse(text) as unknown
    } catch {
      // NaN, or a comma too many.
    }
  return parseJson(text)
}

/** The value that a text of JSON stands for. */
export function jsonValue(text: string): unknown {
  if (text.startsWith('"')) return text.includes('\\') ? (JSON.parse(text) as unknown) : text.slice(1, -1)
  if (isCanonicalInteger(text)) return idFromInteger(text)
  if (/^-?(?:nan|inf)/i.test(text))
    return Number(text.toLowerCase().startsWith('-i') ? -Infinity : /n$/i.test(text) ? Number.NaN : Infinity)
  const value = parsed(text)
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? asObject(value) : value
}

/** Sparse features as such; other objects as their JSON. */
function asObject(value: object): unknown {
  if ('indices' in value && 'values' in value) return value
  return JSON.stringify(value, (_key, inner) => (typeof inner === 'bigint' ? String(inner) : inner))
}

/** What a value of CSV, or of JSON, shows. */
export function kindOf(text: string, isJson: boolean, decimal: DecimalMark): ValueKind {
  if (!isJson) return textKind(text, decimal, false)
  const value = jsonValue(text)
  switch (typeof value) {
    case 'number':
      return Number.isNaN(value) ? undefined : 'number'
    case 'boolean':
      return 'boolean'
    case 'string':
      return text.startsWith('"') ? textKind(value, decimal, true) : 'string'
    default:
      return value === null ? undefined : Array.isArray(value) ? 'list' : 'string'
  }
}

/** The type of a column with values of both kinds. */
export function mergeKinds(a: ValueKind, b: ValueKind): ValueKind {
  if (a === undefined || b === undefined || a === b) return a ?? b
  return a === 'list' || b === 'list' ? 'list' : 'string'
}
