import type { DecimalMark } from '../../number-text.js'
import { fieldColumn } from '../field-column.js'
import {
  isNumeric,
  isText,
  LARGE_INTEGER,
  milliseconds,
  NAN,
  numbers,
  plainDate,
  plainNumber,
  type SelectedColumn,
  TIMESTAMP,
  text,
  within,
  writtenIn,
} from './column-expressions.js'
import type { Source } from './table-source.js'

/** What a column is read as. */
export type ReadType = 'number' | 'boolean' | 'timestamp' | 'string' | 'list' | 'sparse' | 'vector'

/**
 * How a column is selected: numbers, NaN where missing and for what is left to the text behind them; or the text alone.
 * `isJson`: the text is JSON.
 */
export interface TypedColumn {
  readonly selected: readonly SelectedColumn[]
  readonly isJson: boolean
}

/** Digits beyond which an integer may not be a JavaScript number. */
const EXACT_DIGITS = 15

/**
 * SQL for text that is a number as a program writes it: no leading zero ("007") or plus, no integer beyond 2^53, all of
 * which other texts would become equal to.
 */
function canonicalNumber(written: string, decimal: DecimalMark): string {
  const begins = (prefix: string) => `(${written} >= '${prefix}0' AND ${written} < '${prefix}:')`
  const isPlus = `(${written} >= '+' AND ${written} < ',')`
  const isLong = `(length(${written}) > ${EXACT_DIGITS} AND coalesce(abs(try_cast(CASE WHEN regexp_full_match(${written}, '-?[0-9]+') THEN ${written} END AS HUGEINT)), CASE WHEN regexp_full_match(${written}, '-?[0-9]+') THEN 9007199254740992 ELSE 0 END) > 9007199254740991)`
  return `CASE WHEN ${begins('0')} OR ${begins('-0')} OR ${isPlus} OR ${isLong} THEN ${NAN} ELSE ${plainNumber(written, decimal)} END`
}

const truth = (written: string) =>
  `CASE lower(trim(${written})) WHEN 'true' THEN 1.0::DOUBLE WHEN 'false' THEN 0.0::DOUBLE ELSE ${NAN} END`

function numericOf(source: Source, name: string, type: ReadType, isGiven: boolean, decimal: DecimalMark): string {
  const column = source.columns.get(name)!
  const declared = source.types.get(name)!
  if (LARGE_INTEGER.test(declared) && type === 'number' && !isGiven)
    return `CASE WHEN ${within(column)} THEN ${column}::DOUBLE ELSE ${NAN} END`
  if (isNumeric(declared) || declared === 'BOOLEAN')
    return type === 'boolean'
      ? `CASE WHEN ${column} IN (0, 1) THEN ${column}::DOUBLE ELSE ${NAN} END`
      : `CASE WHEN isfinite(${column}::DOUBLE) THEN ${column}::DOUBLE ELSE ${NAN} END`
  if (TIMESTAMP.test(declared)) {
    if (type !== 'timestamp') return NAN
    const timestamp = declared === 'TIMESTAMP WITH TIME ZONE' ? column : `${column}::TIMESTAMP`
    return `CASE WHEN isfinite(${timestamp}) THEN ${milliseconds(timestamp)} ELSE ${NAN} END`
  }
  if (!isText(declared)) return NAN
  const written = writtenIn(declared, column)
  if (declared === 'JSON' && !isGiven && type !== 'timestamp') {
    // A JSON string is no number, whatever it says.
    const own = type === 'boolean' ? 'BOOLEAN' : 'VARCHAR'
    const isOther =
      type === 'boolean' ? `json_type(${column}) <> '${own}'` : `json_type(${column}) IN ('VARCHAR', 'BOOLEAN')`
    return `CASE WHEN ${isOther} THEN ${NAN} ELSE ${type === 'boolean' ? truth(written) : canonicalNumber(written, '.')} END`
  }
  if (type === 'boolean') return truth(written)
  if (type === 'timestamp') return plainDate(written)
  return isGiven ? plainNumber(written, decimal) : canonicalNumber(written, decimal)
}

/**
 * How a column is read as a type.
 * @param isGiven whether the caller gave the type; else only values that are of it count, and the others come as text
 */
export function typedColumn(
  source: Source,
  name: string,
  type: ReadType,
  isGiven: boolean,
  decimal: DecimalMark,
): TypedColumn {
  const { sql, isJson } = fieldColumn(source, name)
  if (type !== 'number' && type !== 'boolean' && type !== 'timestamp') return { selected: [text(name, sql)], isJson }
  const number = `coalesce(${numericOf(source, name, type, isGiven, decimal)}, ${NAN})`
  // Integers of JSON that is read line by line come as numbers only where the part is 'number'.
  const part = { ...numbers(name, number), part: type === 'number' ? ('number' as const) : ('date' as const) }
  return { selected: [part, text(name, `CASE WHEN isnan(${number}) THEN ${sql} END`)], isJson }
}

const LIST = /^(.*)\[\d*\]$/
const FRACTIONAL = /^(?:FLOAT|DOUBLE)$/

/** What a column is by its declaration; undefined for CSV and JSON, whose values say it. */
export function declaredType(source: Source, name: string): ReadType | undefined {
  if (source.format !== 'parquet') return undefined
  const type = source.types.get(name)!
  if (isNumeric(type)) return 'number'
  if (type === 'BOOLEAN') return 'boolean'
  if (TIMESTAMP.test(type)) return 'timestamp'
  const element = LIST.exec(type)?.[1]
  if (element !== undefined) return FRACTIONAL.test(element) ? 'vector' : 'list'
  return /^STRUCT\("?indices"? INTEGER\[\], "?values"? FLOAT\[\]\)$/.test(type) ? 'sparse' : 'string'
}
