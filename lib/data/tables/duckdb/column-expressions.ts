import { KindredError, show } from '../../../native/errors.js'
import type { DecimalMark } from '../../number-text.js'
import type { Source } from './table-source.js'

/**
 * How the ids that are no small integers come out of SQL:
 * - csv: the field's text, an id of the whole column's type
 * - json: JSON text, whose type is the id's
 * - text: the id itself
 * - digits: an integer beyond 2^53
 * - refused: a number that is no integer
 */
export type IdEncoding = 'csv' | 'json' | 'text' | 'digits' | 'refused'

/**
 * What is selected of a column of the file: its plain numbers, its plain dates, or its text, which counts where those that
 * stand directly before it are NaN.
 */
export interface SelectedColumn {
  readonly name: string
  readonly sql: string
  readonly part: 'number' | 'date' | 'text'
}

export const numbers = (name: string, sql: string): SelectedColumn => ({ name, sql, part: 'number' })
export const dates = (name: string, sql: string): SelectedColumn => ({ name, sql, part: 'date' })
export const text = (name: string, sql: string): SelectedColumn => ({ name, sql, part: 'text' })

/** An id column as two: numbers (NaN if not an integer within 2^53) and text. */
export interface IdColumns {
  readonly name: string
  readonly kind: IdEncoding
  readonly selected: readonly SelectedColumn[]
}

const NO_TEXT = 'NULL::VARCHAR'
export const NAN = "'nan'::DOUBLE"
const INFINITE = "'inf'::DOUBLE"
const SMALL_INTEGER = /^U?(?:TINYINT|SMALLINT|INTEGER)$/
export const LARGE_INTEGER = /^(?:U?BIGINT|U?HUGEINT|BIGNUM|DECIMAL\(\d+,0\))$/
const FRACTIONAL = /^(?:FLOAT|DOUBLE|DECIMAL\(.*\))$/
const TEXT = /^(?:VARCHAR|UUID|ENUM\(.*\))$/
export const TIMESTAMP = /^(?:DATE|TIMESTAMP[^[]*)$/

export function isNumeric(type: string): boolean {
  return SMALL_INTEGER.test(type) || LARGE_INTEGER.test(type) || FRACTIONAL.test(type)
}

/** What a column of this DuckDB type holds, as far as parts of one table must agree. */
export function columnKind(type: string): string {
  if (isNumeric(type)) return 'number'
  return TEXT.test(type) ? 'text' : TIMESTAMP.test(type) ? 'time' : type
}

export function isText(type: string): boolean {
  return type === 'JSON' || TEXT.test(type)
}

function unusable({ path }: Source, name: string, type: string, expected: string): KindredError {
  const advice = /^STRUCT\(.*\)$/.test(type) ? ` Name one of its fields by its path, as ${show(`${name}.id`)}.` : ''
  return new KindredError(
    'ERR_COLUMN',
    `${path}: column ${show(name)} has type ${type}; expected ${expected}.${advice}`,
  )
}

export const within = (integer: string) => `${integer} BETWEEN -9007199254740991 AND 9007199254740991`

/** @throws ERR_COLUMN if the column's type holds no ids */
export function idColumns(source: Source, name: string): IdColumns {
  const type = source.types.get(name)!
  const column = source.columns.get(name)!
  const as = (kind: IdEncoding, number: string, written: string): IdColumns => ({
    name,
    kind,
    selected: [numbers(name, number), text(name, written)],
  })
  if (source.format !== 'parquet') {
    const written = `${column}::VARCHAR`
    const integer = `try_cast(${written} AS BIGINT)`
    const isNumber = `(${within(integer)} AND ${integer}::VARCHAR = ${written})`
    return as(
      source.format === 'jsonl' ? 'json' : 'csv',
      `CASE WHEN ${isNumber} THEN ${integer}::DOUBLE ELSE ${NAN} END`,
      written,
    )
  }
  if (SMALL_INTEGER.test(type)) return as('digits', `coalesce(${column}::DOUBLE, ${NAN})`, NO_TEXT)
  if (TEXT.test(type)) return as('text', NAN, `${column}::VARCHAR`)
  const isLarge = LARGE_INTEGER.test(type)
  if (!isLarge && !FRACTIONAL.test(type)) throw unusable(source, name, type, 'integers or strings')
  // pandas writes the nulls of an integer column as NaN. No comparison finds it: DuckDB decides those by the file's
  // least and greatest value, which leave NaN out.
  const value = `${column}::DOUBLE`
  const isNone = isLarge ? `${column} IS NULL` : `(${column} IS NULL OR isnan(${value}))`
  const isNumber = isLarge
    ? within(column)
    : `(NOT isnan(${value}) AND ${within(value)} AND ${value} = trunc(${value}))`
  return as(
    isLarge ? 'digits' : 'refused',
    `CASE WHEN ${isNumber} THEN ${value} ELSE ${NAN} END`,
    `CASE WHEN ${isNumber} OR ${isNone} THEN NULL ELSE ${column}::VARCHAR END`,
  )
}

// How most dates begin: LIKE and contains cost a tenth of a regular expression, or of a cast that fails.
const isDateLike = (text: string) => `${text} LIKE '____-__-__%'`

/** SQL for text that is a decimal number as DOUBLE, NaN for any other, which is left to numberFromText. */
export function plainNumber(text: string, decimal: DecimalMark): string {
  // DuckDB reads 1_000 as 1000, and +-3 as -3.
  const marks = decimal === ',' ? ['_', '+-', '.'] : ['_', '+-']
  const isOther = marks.map((mark) => `contains(${text}, '${mark}')`).join(' OR ')
  const written = decimal === ',' ? `replace(${text}, ',', '.')` : text
  return `coalesce(try_cast(CASE WHEN ${isOther} OR ${isDateLike(text)} THEN NULL ELSE ${written} END AS DOUBLE), ${NAN})`
}

/** SQL for a timestamp as milliseconds since 1970 to a microsecond, as dateFromText: towards 0, and the rest of them. */
export const milliseconds = (timestamp: string) => `epoch_ms(${timestamp}) + (epoch_us(${timestamp}) % 1000) / 1000.0`

/** SQL for dates as most write them, as milliseconds; NaN for any other text, which is left to dateFromText. */
export function plainDate(text: string): string {
  const day = '[0-9]{4}-[0-9]{2}-[0-9]{2}'
  const time = '[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?'
  const offset = '[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?'
  const is = (form: string) => `${isDateLike(text)} AND regexp_full_match(${text}, '${form}')`
  // To TIMESTAMP is three times as fast, but passes over offsets.
  const date = `CASE WHEN ${is(`${day}([ T]${time}Z?)?`)} THEN try_cast(${text} AS TIMESTAMP) WHEN ${is(`${day}[ T]${time}${offset}`)} THEN try_cast(${text} AS TIMESTAMPTZ)::TIMESTAMP END`
  return `coalesce(${milliseconds(`(${date})`)}, ${NAN})`
}

/** SQL for what is written in a text, or in a JSON string. */
export const writtenIn = (type: string, column: string) =>
  type === 'JSON' ? `(${column} ->> '$')` : `${column}::VARCHAR`

/**
 * Weights: numbers (NaN for null and for what is left to the text, infinite for what is no finite number), and text where
 * the column holds any.
 * @throws ERR_COLUMN if the column's type holds no weights
 */
export function weightColumns(source: Source, name: string, decimal: DecimalMark): SelectedColumn[] {
  const type = source.types.get(name)!
  const column = source.columns.get(name)!
  if (isNumeric(type) || type === 'BOOLEAN') {
    const value = `${column}::DOUBLE`
    const number = `CASE WHEN ${column} IS NULL THEN ${NAN} WHEN isfinite(${value}) THEN ${value} ELSE ${INFINITE} END`
    return [numbers(name, number)]
  }
  if (!isText(type)) throw unusable(source, name, type, 'numbers or booleans')
  return [numbers(name, plainNumber(writtenIn(type, column), decimal)), text(name, `${column}::VARCHAR`)]
}

/**
 * Times: numbers, dates as milliseconds since 1970 UTC (each NaN for null and for what is left to the others), and text;
 * those of them that the column can hold.
 * @throws ERR_COLUMN if the column's type holds no times
 */
export function timeColumns(source: Source, name: string, decimal: DecimalMark): SelectedColumn[] {
  const type = source.types.get(name)!
  const column = source.columns.get(name)!
  if (isNumeric(type)) return [numbers(name, `coalesce(${column}::DOUBLE, ${NAN})`)]
  if (TIMESTAMP.test(type)) {
    const timestamp = type === 'TIMESTAMP WITH TIME ZONE' ? column : `${column}::TIMESTAMP`
    const date = `CASE WHEN ${column} IS NULL THEN ${NAN} WHEN isfinite(${timestamp}) THEN ${milliseconds(timestamp)} ELSE ${INFINITE} END`
    return [dates(name, date)]
  }
  if (!isText(type)) throw unusable(source, name, type, 'numbers, dates or timestamps')
  const written = writtenIn(type, column)
  return [
    numbers(name, plainNumber(written, decimal)),
    dates(name, plainDate(written)),
    text(name, `${column}::VARCHAR`),
  ]
}
