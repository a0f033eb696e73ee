import { KindredError, show } from '../../native/errors.js'
import type { Column } from './column.js'

/** Gives the text of a column's cell in row `i`. */
export type CellText = (i: number) => string

/** Between which ISO 8601 writes years with four digits. */
const FIRST_MOMENT = Date.parse('0001-01-01T00:00:00Z')
const LAST_MOMENT = Date.parse('9999-12-31T23:59:59.999Z') + 1

/** ISO 8601 in UTC, to a microsecond where milliseconds do not do. */
function timestampText(name: string, milliseconds: number): string {
  if (!(milliseconds >= FIRST_MOMENT && milliseconds < LAST_MOMENT))
    throw new KindredError(
      'ERR_VALUE',
      `Table.write: column ${show(name)} holds ${milliseconds}, which as milliseconds since 1970 is no year from 1 to 9999.`,
    )
  const whole = Math.floor(milliseconds)
  const text = new Date(whole).toISOString()
  const microseconds = Math.round((milliseconds - whole) * 1000)
  return microseconds === 0 ? text : `${text.slice(0, -1)}${String(Math.min(999, microseconds)).padStart(3, '0')}Z`
}

/** -0 has decimals, since readers of JSON take it for an integer without. */
const numberText = (value: number) => (Object.is(value, -0) ? '-0.0' : String(value))

/** Texts of numbers [begin, end) as a JSON list. */
function numbersText(values: Int32Array | Float32Array, begin: number, end: number): string {
  let text = '['
  for (let n = begin; n < end; n++) text += n === begin ? numberText(values[n]!) : `,${numberText(values[n]!)}`
  return `${text}]`
}

/** What `write` makes of each text of a dictionary, by its code; made when it is first asked for. */
function eachOnce(dictionary: readonly string[], write: (text: string) => string): (code: number) => string {
  const texts = new Array<string | undefined>(dictionary.length)
  return (code) => {
    texts[code] ??= write(dictionary[code]!)
    return texts[code]
  }
}

/** Cells as JSON; null where missing. */
export function jsonCell(column: Column): CellText {
  switch (column.type) {
    case 'number': {
      const { values } = column
      return (i) => (Number.isNaN(values[i]!) ? 'null' : numberText(values[i]!))
    }
    case 'boolean': {
      const { values } = column
      return (i) => (Number.isNaN(values[i]!) ? 'null' : values[i] === 0 ? 'false' : 'true')
    }
    case 'timestamp': {
      const { values, name } = column
      return (i) => (Number.isNaN(values[i]!) ? 'null' : `"${timestampText(name, values[i]!)}"`)
    }
    case 'string': {
      const { codes, dictionary } = column
      const textOf = eachOnce(dictionary, JSON.stringify)
      return (i) => (codes[i]! < 0 ? 'null' : textOf(codes[i]!))
    }
    case 'list': {
      const { offsets, codes, dictionary } = column
      const textOf = eachOnce(dictionary, JSON.stringify)
      return (i) => `[${Array.from(codes.subarray(offsets[i]!, offsets[i + 1]!), textOf).join(',')}]`
    }
    case 'sparse': {
      const { offsets, indices, values } = column
      return (i) => {
        const [begin, end] = [offsets[i]!, offsets[i + 1]!]
        return `{"indices":${numbersText(indices, begin, end)},"values":${numbersText(values, begin, end)}}`
      }
    }
    case 'vector': {
      const { values, width } = column
      return (i) => (Number.isNaN(values[i * width]!) ? 'null' : numbersText(values, i * width, (i + 1) * width))
    }
  }
}

/** A field of CSV in quotes where it needs them, or where it would be taken for a missing one. */
function quoted(text: string): string {
  return text === '' || /[",\t\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Cells as fields of CSV or TSV; empty where missing; lists as JSON. */
export function csvCell(column: Column): CellText {
  switch (column.type) {
    case 'string': {
      const { codes, dictionary } = column
      const textOf = eachOnce(dictionary, quoted)
      return (i) => (codes[i]! < 0 ? '' : textOf(codes[i]!))
    }
    case 'timestamp': {
      const { values, name } = column
      return (i) => (Number.isNaN(values[i]!) ? '' : timestampText(name, values[i]!))
    }
    case 'number':
    case 'boolean': {
      const json = jsonCell(column)
      return (i) => (Number.isNaN(column.values[i]!) ? '' : json(i))
    }
    case 'list': {
      const json = jsonCell(column)
      return (i) => (column.offsets[i] === column.offsets[i + 1] ? '' : quoted(json(i)))
    }
    default: {
      const json = jsonCell(column)
      return (i) => {
        const text = json(i)
        return text === 'null' ? '' : quoted(text)
      }
    }
  }
}

/** The header of CSV. */
export const csvHeader = (names: readonly string[], delimiter: string) => `${names.map(quoted).join(delimiter)}\n`
