import { KindredError, show } from '../../native/errors.js'
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

/** An id column as two: `number` (DOUBLE, NaN if not an integer within 2^53) and `text` (VARCHAR, null if one). */
export interface IdExpressions {
  readonly name: string
  readonly number: string
  readonly text: string | null
  readonly kind: IdEncoding
}

const NAN = "'nan'::DOUBLE"
const SMALL_INTEGER = /^U?(?:TINYINT|SMALLINT|INTEGER)$/
const LARGE_INTEGER = /^(?:U?BIGINT|U?HUGEINT|BIGNUM|DECIMAL\(\d+,0\))$/
const FRACTIONAL = /^(?:FLOAT|DOUBLE|DECIMAL\(.*\))$/
const TEXT = /^(?:VARCHAR|UUID|ENUM\(.*)$/
const TIMESTAMP = /^(?:DATE|TIMESTAMP.*)$/

function isNumeric(type: string): boolean {
  return SMALL_INTEGER.test(type) || LARGE_INTEGER.test(type) || FRACTIONAL.test(type)
}

/** What a column of this DuckDB type holds, as far as parts of one table must agree. */
export function columnKind(type: string): string {
  if (isNumeric(type)) return 'number'
  return TEXT.test(type) ? 'text' : TIMESTAMP.test(type) ? 'time' : type
}

function unusable({ path }: Source, name: string, type: string, expected: string): KindredError {
  return new KindredError('ERR_COLUMN', `${path}: column ${show(name)} has type ${type}; expected ${expected}.`)
}

const within = (integer: string) => `${integer} BETWEEN -9007199254740991 AND 9007199254740991`

/** @throws ERR_COLUMN if the column's type holds no ids */
export function idExpressions(source: Source, name: string): IdExpressions {
  const type = source.types.get(name)!
  const column = source.columns.get(name)!
  if (source.format !== 'parquet') {
    const text = `${column}::VARCHAR`
    const integer = `try_cast(${text} AS BIGINT)`
    const isNumber = `(${within(integer)} AND ${integer}::VARCHAR = ${text})`
    return {
      name,
      number: `CASE WHEN ${isNumber} THEN ${integer}::DOUBLE ELSE ${NAN} END`,
      text: `CASE WHEN ${isNumber} THEN NULL ELSE ${text} END`,
      kind: source.format === 'jsonl' ? 'json' : 'csv',
    }
  }
  if (SMALL_INTEGER.test(type))
    return { name, number: `coalesce(${column}::DOUBLE, ${NAN})`, text: null, kind: 'digits' }
  if (TEXT.test(type)) return { name, number: NAN, text: `${column}::VARCHAR`, kind: 'text' }
  const isLarge = LARGE_INTEGER.test(type)
  if (!isLarge && !FRACTIONAL.test(type)) throw unusable(source, name, type, 'integers or strings')
  // pandas writes the nulls of an integer column as NaN.
  const present = isLarge ? column : `nullif(${column}::DOUBLE, ${NAN})`
  const isNumber = isLarge ? within(column) : `(${within(present)} AND ${present} = trunc(${present}))`
  return {
    name,
    number: `CASE WHEN ${isNumber} THEN ${column}::DOUBLE ELSE ${NAN} END`,
    text: `CASE WHEN ${isNumber} OR ${present} IS NULL THEN NULL ELSE ${column}::VARCHAR END`,
    kind: isLarge ? 'digits' : 'refused',
  }
}

/** SQL for a weight as DOUBLE: NaN for null, infinity for what is no finite number. @throws ERR_COLUMN */
export function weightExpression(source: Source, name: string): string {
  const type = source.types.get(name)!
  const column = source.columns.get(name)!
  if (source.format === 'parquet' && type !== 'VARCHAR' && !isNumeric(type))
    throw unusable(source, name, type, 'numbers')
  const value = `try_cast(${type === 'JSON' ? `(${column} ->> '$')` : column} AS DOUBLE)`
  return `CASE WHEN ${column} IS NULL THEN ${NAN} WHEN isfinite(${value}) THEN ${value} ELSE 'inf'::DOUBLE END`
}

/** SQL for a time as DOUBLE, dates as milliseconds since 1970 UTC; NaN for none. @throws ERR_COLUMN */
export function timeExpression(source: Source, name: string): string {
  const type = source.types.get(name)!
  const column = source.columns.get(name)!
  const milliseconds = (timestamp: string) =>
    `CASE WHEN isfinite(${timestamp}) THEN epoch_us(${timestamp}) / 1000.0 ELSE ${NAN} END`
  if (isNumeric(type)) return `coalesce(${column}::DOUBLE, ${NAN})`
  if (TIMESTAMP.test(type)) return milliseconds(`${column}::TIMESTAMPTZ`)
  if (type !== 'VARCHAR' && type !== 'JSON') throw unusable(source, name, type, 'numbers, dates or timestamps')
  const text = type === 'JSON' ? `(${column} ->> '$')` : column
  return `coalesce(try_cast(${text} AS DOUBLE), ${milliseconds(`try_cast(${text} AS TIMESTAMPTZ)`)})`
}
