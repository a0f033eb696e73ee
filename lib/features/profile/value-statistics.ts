import { plainNumber } from '../../data/tables/duckdb/column-expressions.js'
import type { FrequentValue, LengthSummary } from './column-profile.js'
import type { ProfiledType } from './column-types.js'
import { partsOf } from './column-types.js'
import { columnsAtOnce, holds, quantilesSql } from './number-statistics.js'
import type { TypedColumn, TypedTable } from './typed-table.js'

/** Characters of a value that are shown. */
const SHOWN = 200

/** SQL for a relation with the values of a column as `v`, elements of lists one by one. */
export const valuesSql = ({ relation }: TypedTable, { sql, type }: TypedColumn) =>
  `(SELECT ${type === 'list' ? `unnest(${sql})` : sql} AS v FROM ${relation})`

/** SQL for how long the texts or lists of a column are; undefined of other types. */
export function lengthSql({ type, sql }: TypedColumn): string | undefined {
  if (type === 'string') return `length(${sql})::DOUBLE`
  return type === 'list' ? `len(${sql})::DOUBLE` : undefined
}

/** A value as it is shown. */
export function valueText(value: unknown, type: ProfiledType): string {
  if (type !== 'timestamp' || typeof value !== 'number') return String(value)
  const date = new Date(value)
  return Number.isNaN(date.getTime())
    ? String(value)
    : date.toISOString().replace(/(T00:00:00)?\.000Z$/, (_, midnight) => (midnight ? '' : 'Z'))
}

/** How many distinct values a column has, and the most frequent of them. */
export interface ValueCounts {
  distinct: number
  frequent: FrequentValue[]
}

/** SQL for the distinct values of a column, and the most frequent ones as JSON, whatever their type. */
function countsSql(table: TypedTable, column: TypedColumn, most: number, place: number): string {
  const counted = `SELECT v, count(*) AS n FROM ${valuesSql(table, column)} WHERE v IS NOT NULL GROUP BY v`
  const isText = column.type === 'string' || column.type === 'list'
  const shown = isText ? `left(s.v, ${SHOWN})` : 's.v::VARCHAR'
  const top = `list_transform(min(struct_pack(n := -n, v := v), ${most}), s -> struct_pack(n := -s.n, v := ${shown}))`
  return `SELECT ${place} AS place, count(*), ${top} FROM (${counted})`
}

/** A value that DuckDB wrote as text: 1.0 is written 1 here. */
function shownValue(text: string, { type }: TypedColumn): string {
  return type === 'number' || type === 'timestamp' ? valueText(numberOf(text), type) : text
}

const WORDS: Readonly<Record<string, number>> = { inf: Infinity, '-inf': -Infinity }
const numberOf = (text: string) => WORDS[text] ?? Number(text)

/**
 * How often values come, of columns that fit into one statement.
 * @param most how many of the most frequent values to give
 */
export async function countValues(
  table: TypedTable,
  columns: readonly TypedColumn[],
  most: number,
): Promise<ValueCounts[]> {
  const out = columns.map((): ValueCounts => ({ distinct: 0, frequent: [] }))
  const places = columns.flatMap((column, place) => (column.type === 'unknown' ? [] : [place]))
  if (places.length === 0) return out
  const rows = await table.query(
    places.map((place) => countsSql(table, columns[place]!, most, place)).join(' UNION ALL '),
  )
  for (const [place, distinct, frequent] of rows as [unknown, unknown, { n: unknown; v: string }[] | null][])
    out[Number(place)] = {
      distinct: Number(distinct),
      frequent: (frequent ?? []).map(({ n, v }) => ({
        value: shownValue(v, columns[Number(place)]!),
        count: Number(n),
      })),
    }
  return out
}

/** How many rows have a value, and how long texts and lists are. */
export interface PresentValues {
  present: number
  lengths?: LengthSummary
  padded?: number
  numeric?: number
}

/** The median of what is a number in every row with a value. */
async function medianOf({ query, relation, rows }: TypedTable, sql: string): Promise<number> {
  const [[median]] = (await query(quantilesSql(`(SELECT ${sql} AS v FROM ${relation})`, [0.5], rows))) as [[unknown]]
  return Number(median)
}

export async function presentValues(table: TypedTable, columns: readonly TypedColumn[]): Promise<PresentValues[]> {
  const out: PresentValues[] = []
  for (const some of partsOf(columns, columnsAtOnce(table.rows))) {
    const expressions = some.flatMap((column) => {
      const length = lengthSql(column) ?? 'NULL::DOUBLE'
      const isText = column.type === 'string'
      const padded = isText ? `count_if(${column.sql} <> trim(${column.sql}))` : '0'
      const numeric = isText ? `count_if(NOT isnan(${plainNumber(column.sql, '.')}))` : '0'
      return [
        `count(${column.sql})`,
        padded,
        numeric,
        `min(${length})`,
        `max(${length})`,
        `avg(${length})`,
        holds(table) ? `quantile_cont(${length}, 0.5)` : 'NULL',
      ]
    })
    const [row] = (await table.query(`SELECT ${expressions.join(', ')} FROM ${table.relation}`)) as [unknown[]]
    for (const [n, column] of some.entries()) {
      const [present, padded, numeric, min, max, mean, held] = row.slice(7 * n, 7 * n + 7).map(Number) as [
        number,
        number,
        number,
        number,
        number,
        number,
        number,
      ]
      const length = lengthSql(column)
      const median = length === undefined || holds(table) ? held : await medianOf(table, length)
      const lengths = length === undefined || present === 0 ? undefined : { min, max, mean, median }
      out.push({ present, ...(lengths && { lengths }), ...(column.type === 'string' && { padded, numeric }) })
    }
  }
  return out
}

/** How many rows are like an earlier one in every column: by a hash of 64 bits, which hardly ever errs. */
export async function countDuplicates({ columns, relation, rows, query }: TypedTable): Promise<number> {
  const hashed = `SELECT hash(${columns.map(({ sql }) => sql).join(', ')}) AS h FROM ${relation}`
  const [[distinct]] = (await query(`SELECT count(*) FROM (SELECT h FROM (${hashed}) GROUP BY h)`)) as [[unknown]]
  return rows - Number(distinct)
}
