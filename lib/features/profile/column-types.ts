import {
  columnKind,
  isNumeric,
  milliseconds,
  plainDate,
  plainNumber,
} from '../../data/tables/duckdb/column-expressions.js'
import type { Source } from '../../data/tables/duckdb/table-source.js'

/**
 * What the values of a column are. Of CSV and JSONL, what all of them are: 'number' where each is one as programs write
 * them ("007" is none, nor is an integer beyond 2^53, which is an id), 'boolean', 'timestamp' where each is a date, 'list'
 * where each is an array, else 'string'. Of Parquet, what the file says. 'unknown': there is no value.
 */
export type ProfiledType = 'number' | 'boolean' | 'timestamp' | 'string' | 'list' | 'unknown'

/** How a column is read of one source: its SQL, and what DuckDB holds it as. */
interface SourceColumn {
  readonly sql: string
  readonly kind: 'text' | 'json' | 'number' | 'boolean' | 'time' | 'list' | 'other'
}

const MISSING: SourceColumn = { sql: 'NULL::VARCHAR', kind: 'other' }

/** How many values of a column are of each kind. */
export interface TypeEvidence {
  values: number
  /** Numbers, written as programs do or not. */
  numbers: number
  /** Of them, those that are ids rather: zeros before the first digit, integers beyond 2^53. */
  ids: number
  truths: number
  dates: number
  lists: number
}

export const NO_EVIDENCE: TypeEvidence = { values: 0, numbers: 0, ids: 0, truths: 0, dates: 0, lists: 0 }

function kindOf({ format }: Source, type: string): SourceColumn['kind'] {
  if (type === 'JSON') return 'json'
  if (format !== 'parquet') return 'text'
  if (type.endsWith(']')) return 'list'
  if (isNumeric(type)) return 'number'
  if (type === 'BOOLEAN') return 'boolean'
  return columnKind(type) === 'time' ? 'time' : 'other'
}

/** A column of a source, missing in every row where JSONL does not have it. Blank fields and JSON's null are missing. */
function sourceColumn(source: Source, name: string): SourceColumn {
  const column = source.columns.get(name)
  if (column === undefined) return MISSING
  const kind = kindOf(source, source.types.get(name)!)
  if (kind === 'text') return { sql: `CASE WHEN trim(${column}) = '' THEN NULL ELSE ${column} END`, kind }
  if (kind === 'json') return { sql: `CASE WHEN ${column}::VARCHAR = 'null' THEN NULL ELSE ${column} END`, kind }
  return { sql: column, kind }
}

const countIf = (condition: string) => `count_if(${condition})::DOUBLE`
const isNumber = (text: string) =>
  `(NOT isnan(${plainNumber(text, '.')}) OR lower(trim(${text})) IN ('nan', '+nan', '-nan'))`
const isWide = (number: string) => `${number} NOT BETWEEN -9007199254740991 AND 9007199254740991`
const isDate = (text: string) => `NOT isnan(${plainDate(text)})`

/** A plus, zeros before other digits, or more digits than a double holds. */
function isId(text: string): string {
  const isPadded = `(substr(ltrim(${text}, ' +-'), 1, 1) = '0' AND substr(ltrim(${text}, ' +-'), 2, 1) BETWEEN '0' AND '9')`
  const isLong = `(length(${text}) >= 16 AND ${isWide(`try_cast(${text} AS DOUBLE)`)} AND NOT regexp_matches(${text}, '[.einEIN]'))`
  return `(ltrim(${text}) LIKE '+%' OR ${isPadded} OR ${isLong})`
}

/** SQL that counts the {@link TypeEvidence}, in the order of its fields, over rows that hold the column as `x`. */
function evidenceSql(kind: SourceColumn['kind'], x: string): string[] {
  const none = '0::DOUBLE'
  const all = `count(${x})::DOUBLE`
  switch (kind) {
    case 'text':
      return [
        all,
        countIf(isNumber(x)),
        countIf(isId(x)),
        countIf(`lower(trim(${x})) IN ('true', 'false')`),
        countIf(isDate(x)),
        none,
      ]
    case 'json': {
      const [type, text] = [`json_type(${x})`, `(${x} ->> '$')`]
      const isJsonNumber = `${type} IN ('UBIGINT', 'BIGINT', 'DOUBLE', 'HUGEINT', 'UHUGEINT')`
      return [
        all,
        countIf(isJsonNumber),
        countIf(`${isJsonNumber} AND ${isId(text)}`),
        countIf(`${type} = 'BOOLEAN'`),
        countIf(`${type} = 'VARCHAR' AND ${isDate(text)}`),
        countIf(`${type} = 'ARRAY'`),
      ]
    }
    case 'number':
      return [all, all, countIf(`${x} = trunc(${x}) AND isfinite(${x}::DOUBLE) AND ${isWide(x)}`), none, none, none]
    case 'boolean':
      return [all, none, none, all, none, none]
    case 'time':
      return [all, none, none, none, all, none]
    case 'list':
      return [all, none, none, none, none, all]
    default:
      return [all, none, none, none, none, none]
  }
}

/** One value a field of {@link TypeEvidence}, of each of `names`: aggregates over the rows of a source. */
export function evidenceOf(source: Source, names: readonly string[]): string[] {
  return names.flatMap((name) => {
    const { sql, kind } = sourceColumn(source, name)
    return evidenceSql(kind, `(${sql})`)
  })
}

/** How many expressions {@link evidenceOf} has of each column. */
export const EVIDENCE_FIELDS = 6

/** Evidence of several sources together, given what {@link evidenceOf} gave of one. */
export function addEvidence(sum: TypeEvidence, counts: readonly unknown[]): TypeEvidence {
  const [values, numbers, ids, truths, dates, lists] = counts.map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  return {
    values: sum.values + values,
    numbers: sum.numbers + numbers,
    ids: sum.ids + ids,
    truths: sum.truths + truths,
    dates: sum.dates + dates,
    lists: sum.lists + lists,
  }
}

/** What all values of a column are. */
export function typeOf({ values, numbers, ids, truths, dates, lists }: TypeEvidence): ProfiledType {
  if (values === 0) return 'unknown'
  if (truths === values) return 'boolean'
  if (numbers === values && ids === 0) return 'number'
  if (dates === values) return 'timestamp'
  return lists === values ? 'list' : 'string'
}

const orNull = (number: string) => `CASE WHEN isnan(${number}) THEN NULL ELSE ${number} END`

/**
 * SQL for the values of a column of this type, NULL where missing: DOUBLE for numbers and timestamps (milliseconds since
 * 1970), BOOLEAN, VARCHAR, VARCHAR[] for lists.
 */
export function valueSql(source: Source, name: string, type: ProfiledType): string {
  const { sql, kind } = sourceColumn(source, name)
  const x = `(${sql})`
  const text = kind === 'json' ? `(${x} ->> '$')` : x
  const isWritten = kind === 'json' || kind === 'text'
  if (type === 'unknown') return 'NULL::VARCHAR'
  if (type === 'string') return `${text}::VARCHAR`
  if (kind === 'other')
    return type === 'list' ? 'NULL::VARCHAR[]' : type === 'boolean' ? 'NULL::BOOLEAN' : 'NULL::DOUBLE'
  if (type === 'boolean') return isWritten ? `(lower(trim(${text})) = 'true')` : x
  if (type === 'list') return kind === 'json' ? `json_extract_string(${x}, '$[*]')` : `${x}::VARCHAR[]`
  if (type === 'number') return orNull(isWritten ? plainNumber(text, '.') : `${x}::DOUBLE`)
  if (isWritten) return orNull(plainDate(text))
  const time = `${x}::TIMESTAMP`
  return `CASE WHEN isfinite(${time}) THEN ${milliseconds(`(${time})`)} WHEN ${x} IS NOT NULL THEN 'inf'::DOUBLE END`
}
