import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { correlationRatio, cramersV, pearsonCorrelation } from './association-measures.js'
import type { ColumnProfile } from './column-profile.js'
import type { TypedTable } from './typed-table.js'

/** Rows of the sample that correlations are computed on. */
const MOST_ROWS = 100_000

/** Categories of a column that has correlations: with one a row it would go with everything. */
const MOST_CATEGORIES = 100

/** How columns go together. */
export interface Correlations {
  /** The columns that are compared. */
  columns: string[]
  /**
   * [columns, columns], symmetric: of two columns of numbers or timestamps Pearson's correlation, of two of categories
   * Cramér's V, of one of each the correlation ratio; null where there is none, as of constant values. Of the rows in which
   * both have a value.
   */
  values: (number | null)[][]
  /** Rows of the sample that they are computed on: all of up to 100,000, else as many at random, the same each time. */
  rows: number
  /** Columns that were left out because there were more of them than the option `correlations` allows. */
  left: string[]
}

const isNumeric = ({ type }: ColumnProfile) => type === 'number' || type === 'timestamp'

/** Whether a column's values can go with others: numbers that differ, or categories that come again. */
function isComparable(column: ColumnProfile): boolean {
  if (column.distinct < 2) return false
  if (isNumeric(column)) return column.numbers !== undefined
  return column.type === 'boolean' || (column.type === 'string' && column.distinct <= MOST_CATEGORIES)
}

/** Each distinct number as a category, NaN as none. */
function codesOf(values: Float64Array): { codes: Int32Array; size: number } {
  const known = new Map<number, number>()
  const codes = new Int32Array(values.length)
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (Number.isNaN(value)) {
      codes[i] = -1
      continue
    }
    const code = known.get(value) ?? known.size
    if (code === known.size) known.set(value, code)
    codes[i] = code
  }
  return { codes, size: known.size }
}

/** A column of the sample. */
type Sampled = { numbers: Float64Array } | { codes: Int32Array; size: number }

/** The sample: numbers as they are, categories by a hash. */
async function sample(
  table: TypedTable,
  places: readonly number[],
  profiles: readonly ColumnProfile[],
): Promise<Sampled[]> {
  const share = table.rows / MOST_ROWS
  const relation =
    share <= 1
      ? table.relation
      : `(SELECT * FROM (SELECT *, row_number() OVER () AS row FROM ${table.relation}) WHERE hash(row) % 1000000 < ${Math.round(1e6 / share)})`
  const expressions = places.map((place) => {
    const { sql } = table.columns[place]!
    const value = isNumeric(profiles[place]!) ? sql : `(hash(${sql}) >> 11)::DOUBLE`
    return `CASE WHEN ${sql} IS NULL THEN 'nan'::DOUBLE ELSE ${value} END`
  })
  const parts: Float64Array[][] = places.map(() => [])
  for await (const { rows, columns } of table.numbers(expressions, relation))
    for (const [n, values] of columns.entries()) parts[n]!.push(values.slice(0, rows))
  return places.map((place, n) => {
    const rows = parts[n]!.reduce((sum, part) => sum + part.length, 0)
    const numbers = new Float64Array(rows)
    let at = 0
    for (const part of parts[n]!) {
      numbers.set(part, at)
      at += part.length
    }
    return isNumeric(profiles[place]!) ? { numbers } : codesOf(numbers)
  })
}

function associate(a: Sampled, b: Sampled): number {
  if ('numbers' in a) {
    if ('numbers' in b) return pearsonCorrelation(a.numbers, b.numbers)
    return correlationRatio(b.codes, a.numbers, b.size)
  }
  if ('numbers' in b) return correlationRatio(a.codes, b.numbers, a.size)
  return cramersV(a.codes, b.codes, [a.size, b.size])
}

/**
 * The correlations of the first `most` columns that can have any.
 * @throws ERR_ABORTED
 */
export async function correlationsOf(
  table: TypedTable,
  profiles: readonly ColumnProfile[],
  most: number,
  signal: AbortSignal | undefined,
): Promise<Correlations> {
  const comparable = profiles.flatMap((profile, place) => (isComparable(profile) ? [place] : []))
  const places = comparable.slice(0, most)
  const names = (some: readonly number[]) => some.map((place) => profiles[place]!.name)
  const left = names(comparable.slice(most))
  if (places.length < 2) return { columns: [], values: [], rows: 0, left }
  const columns = await sample(table, places, profiles)
  const values = places.map((_, n) => places.map((__, m): number | null => (n === m ? 1 : null)))
  const yielder = new LoopYielder(signal)
  for (const [n, a] of columns.entries())
    for (const [m, b] of columns.entries()) {
      if (m <= n) continue
      const value = associate(a, b)
      if (!Number.isNaN(value)) values[n]![m] = values[m]![n] = value
      if (yielder.due) await yielder.yieldToLoop()
    }
  const [first] = columns as [Sampled]
  const rows = 'numbers' in first ? first.numbers.length : first.codes.length
  return { columns: names(places), values, rows, left }
}
