import type { FrequentValue, LengthSummary } from './column-profile.js'
import type { ProfiledType } from './column-types.js'
import { quantilesSql } from './number-statistics.js'
import { COLUMNS_AT_ONCE, partsOf, type TypedColumn, type TypedTable } from './typed-table.js'

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

/** @param most how many of the most frequent values to give */
export async function countValues(table: TypedTable, column: TypedColumn, most: number): Promise<ValueCounts> {
  if (column.type === 'unknown') return { distinct: 0, frequent: [] }
  const counted = `SELECT v, count(*) AS n FROM ${valuesSql(table, column)} WHERE v IS NOT NULL GROUP BY v`
  const isText = column.type === 'string' || column.type === 'list'
  const shown = isText ? `left(s.v, ${SHOWN})` : 's.v'
  const top = `list_transform(min(struct_pack(n := -n, v := v), ${most}), s -> struct_pack(n := -s.n, v := ${shown}))`
  const [[distinct, frequent]] = (await table.query(`SELECT count(*), ${top} FROM (${counted})`)) as [
    [unknown, { n: unknown; v: unknown }[] | null],
  ]
  return {
    distinct: Number(distinct),
    frequent: (frequent ?? []).map(({ n, v }) => ({ value: valueText(v, column.type), count: Number(n) })),
  }
}

/** How many rows have a value, and how long texts and lists are. */
export interface PresentValues {
  present: number
  lengths?: LengthSummary
  padded?: number
}

/** The median of what is a number in every row with a value. */
async function medianOf({ query, relation, rows }: TypedTable, sql: string): Promise<number> {
  const [[median]] = (await query(quantilesSql(`(SELECT ${sql} AS v FROM ${relation})`, [0.5], rows))) as [[unknown]]
  return Number(median)
}

export async function presentValues(table: TypedTable, columns: readonly TypedColumn[]): Promise<PresentValues[]> {
  const out: PresentValues[] = []
  for (const some of partsOf(columns, COLUMNS_AT_ONCE)) {
    const expressions = some.flatMap((column) => {
      const length = lengthSql(column) ?? 'NULL::DOUBLE'
      const padded = column.type === 'string' ? `count_if(${column.sql} <> trim(${column.sql}))` : '0'
      return [`count(${column.sql})`, padded, `min(${length})`, `max(${length})`, `avg(${length})`]
    })
    const [row] = (await table.query(`SELECT ${expressions.join(', ')} FROM ${table.relation}`)) as [unknown[]]
    for (const [n, column] of some.entries()) {
      const [present, padded, min, max, mean] = row.slice(5 * n, 5 * n + 5).map(Number) as [
        number,
        number,
        number,
        number,
        number,
      ]
      const length = lengthSql(column)
      const lengths =
        length === undefined || present === 0 ? undefined : { min, max, mean, median: await medianOf(table, length) }
      out.push({ present, ...(lengths && { lengths }), ...(column.type === 'string' && { padded }) })
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
