import { shortNumber } from '../../data/number-axis.js'
import { driftVerdict, stabilityByChance } from '../drift/drift-verdict.js'
import { jensenShannon } from '../drift/jensen-shannon.js'
import { type KolmogorovSmirnovTest, kolmogorovPValue } from '../drift/kolmogorov-smirnov.js'
import { populationStabilityIndex } from '../drift/population-stability-index.js'
import type { ProfiledType } from './column-types.js'
import { quantilesSql, sqlNumber } from './number-statistics.js'
import type { ColumnDrift, DriftBin } from './table-drift.js'
import type { TypedColumn, TypedTable } from './typed-table.js'
import { valueFormat } from './value-format.js'
import { lengthSql, valuesSql, valueText } from './value-statistics.js'

/** How columns are binned. */
export interface DriftSettings {
  /** Bins of numbers. */
  bins: number
  /** Values that have a bin of their own; the others share one. */
  categories: number
  /** See {@link populationStabilityIndex}. */
  floor: number
}

/** A column of both tables, as relations with one column `v`. */
interface Pair {
  reference: string
  current: string
  type: ProfiledType
  rows: number
  query: TypedTable['query']
}

interface Sizes {
  present: number
  missing: number
}

/** Rows with a value, and without. Of lists, whose elements count, a missing one is a row without elements. */
async function sizesOf({ query, type }: Pair, relation: string, rows: number): Promise<Sizes> {
  const [[present]] = (await query(`SELECT count(v) FROM ${relation}`)) as [[unknown]]
  if (type !== 'list') return { present: Number(present), missing: rows - Number(present) }
  return { present: Number(present), missing: 0 }
}

const missingBin = (reference: Sizes, current: Sizes): DriftBin => ({
  label: 'missing',
  reference: reference.missing,
  current: current.missing,
})

/** How many distinct values the reference has. */
async function distinctOf({ query, reference }: Pair): Promise<number> {
  const distinct = `SELECT v FROM ${reference} WHERE v IS NOT NULL GROUP BY v`
  const [[count]] = (await query(`SELECT count(*) FROM (${distinct})`)) as [[unknown]]
  return Number(count)
}

/** How many values, of all rows, the reference does not have. */
async function unseenOf({ query, reference, current }: Pair): Promise<number> {
  const present = (relation: string) => `FROM ${relation} WHERE v IS NOT NULL`
  const [[count]] = (await query(
    `SELECT count(*) FROM (SELECT v ${present(current)}) c ANTI JOIN (SELECT DISTINCT v ${present(reference)}) r ON c.v = r.v`,
  )) as [[unknown]]
  return Number(count)
}

/** The most frequent values of the reference, the others together, and what is missing. */
async function valueBins(pair: Pair, most: number, sizes: [Sizes, Sizes]): Promise<DriftBin[]> {
  const isText = pair.type === 'string' || pair.type === 'list'
  const top = `SELECT v, count(*) AS n FROM ${pair.reference} WHERE v IS NOT NULL GROUP BY v ORDER BY n DESC, v LIMIT ${most}`
  const both = `SELECT top.v AS v, any_value(top.n) AS n, count(c.v) AS m FROM top LEFT JOIN ${pair.current} c ON c.v = top.v GROUP BY top.v`
  const known = await pair.query(
    `WITH top AS MATERIALIZED (${top}) SELECT ${isText ? 'left(v, 60)' : 'v'}, n, m FROM (${both}) ORDER BY n DESC, v`,
  )
  if (pair.type === 'number' || pair.type === 'timestamp') known.sort(([a], [b]) => Number(a) - Number(b))
  const bins = known.map(
    ([value, n, m]): DriftBin => ({
      label: valueText(value, pair.type),
      reference: Number(n),
      current: Number(m),
    }),
  )
  const [reference, current] = sizes
  const rest = (present: number, side: 'reference' | 'current') =>
    present - bins.reduce((sum, bin) => sum + bin[side], 0)
  const other: DriftBin = {
    label: 'other',
    reference: rest(reference.present, 'reference'),
    current: rest(current.present, 'current'),
  }
  return [...bins, other, missingBin(reference, current)]
}

const rangeLabel = (edges: readonly number[], bin: number, text: (value: number) => string) => {
  if (bin === 0) return `up to ${text(edges[0]!)}`
  return bin === edges.length ? `over ${text(edges.at(-1)!)}` : `${text(edges[bin - 1]!)} to ${text(edges[bin]!)}`
}

/** Bins (-∞, e1], (e1, e2], ... (en, ∞) between the quantiles of the reference, those that are equal taken once. */
async function quantileBins(pair: Pair, count: number, sizes: [Sizes, Sizes]): Promise<DriftBin[]> {
  const shares = Array.from({ length: count - 1 }, (_, n) => (n + 1) / count)
  const finite = `(SELECT v FROM ${pair.reference} WHERE isfinite(v))`
  const [found] = (await pair.query(quantilesSql(finite, shares, pair.rows))) as [(number | null)[]]
  const edges = [...new Set(found.filter((edge) => edge !== null))] as number[]
  const bin = edges.map((edge) => `(v > ${sqlNumber(edge)})::INTEGER`).join(' + ') || '0'
  const counted = (relation: string) =>
    pair.query(`SELECT ${bin} AS bin, count(*) FROM ${relation} WHERE v IS NOT NULL GROUP BY bin`)
  const text = pair.type === 'timestamp' ? valueFormat(pair.type) : shortNumber
  const bins: DriftBin[] = Array.from({ length: edges.length + 1 }, (_, n) => ({
    label: edges.length === 0 ? 'any' : rangeLabel(edges, n, text),
    reference: 0,
    current: 0,
  }))
  for (const side of ['reference', 'current'] as const)
    for (const [at, n] of await counted(pair[side])) bins[Number(at)]![side] = Number(n)
  return [...bins, missingBin(...sizes)]
}

/** The greatest difference of the distribution functions, over all values of both. */
async function kolmogorovSmirnovOf(
  pair: Pair,
  [reference, current]: [Sizes, Sizes],
): Promise<KolmogorovSmirnovTest | undefined> {
  if (reference.present === 0 || current.present === 0) return undefined
  const side = (relation: string, a: number, b: number) =>
    `SELECT v, ${a} AS a, ${b} AS b FROM ${relation} WHERE v IS NOT NULL`
  const counts = `SELECT v, sum(a) AS a, sum(b) AS b FROM (${side(pair.reference, 1, 0)} UNION ALL ${side(pair.current, 0, 1)}) GROUP BY v`
  const sums = `SELECT sum(a) OVER (ORDER BY v) AS a, sum(b) OVER (ORDER BY v) AS b FROM (${counts})`
  const [[statistic]] = (await pair.query(
    `SELECT max(abs(a::DOUBLE / ${reference.present} - b::DOUBLE / ${current.present})) FROM (${sums})`,
  )) as [[number]]
  return { statistic, pValue: kolmogorovPValue(statistic, reference.present, current.present) }
}

/** Whether the reference has at most so many distinct values. */
async function hasFewValues({ query, reference }: Pair, most: number): Promise<boolean> {
  const distinct = `SELECT DISTINCT v FROM ${reference} WHERE v IS NOT NULL LIMIT ${most + 1}`
  const [[count]] = (await query(`SELECT count(*) FROM (${distinct})`)) as [[unknown]]
  return Number(count) <= most
}

const OWN_TYPE: Readonly<Partial<Record<ProfiledType, string>>> = {
  number: 'DOUBLE',
  timestamp: 'DOUBLE',
  boolean: 'BOOLEAN',
}

/** The values of a column; those of one without any, as if it had the other's type. */
function relationOf(table: TypedTable, column: TypedColumn, type: ProfiledType): string {
  if (column.type !== 'unknown') return valuesSql(table, column)
  return `(SELECT NULL::${OWN_TYPE[type] ?? 'VARCHAR'} AS v FROM ${table.relation})`
}

/**
 * Compares a column of a table with that of a reference, of the same type or without values.
 * @param settings how it is binned
 */
export async function columnDrift(
  reference: TypedTable,
  current: TypedTable,
  [was, is]: readonly [TypedColumn, TypedColumn],
  { bins: count, categories, floor }: DriftSettings,
): Promise<ColumnDrift> {
  const type = is.type === 'unknown' ? was.type : is.type
  const pair: Pair = {
    reference: relationOf(reference, was, type),
    current: relationOf(current, is, type),
    type,
    rows: reference.rows,
    query: current.query,
  }
  const sizes: [Sizes, Sizes] = [
    await sizesOf(pair, pair.reference, reference.rows),
    await sizesOf(pair, pair.current, current.rows),
  ]
  const isNumeric = type === 'number' || type === 'timestamp'
  if (isNumeric && !(await hasFewValues(pair, count)))
    return judged(is.name, 'quantiles', await quantileBins(pair, count, sizes), floor, {
      kolmogorovSmirnov: await kolmogorovSmirnovOf(pair, sizes),
    })
  // Texts of which most come once, such as names and reviews, are no categories.
  const isText = was.type === 'string' && is.type === 'string'
  const distinct = isText ? await distinctOf(pair) : 0
  if (distinct > categories && distinct > sizes[0].present / 2) {
    const lengths = (table: TypedTable, column: TypedColumn) =>
      `(SELECT ${lengthSql(column)} AS v FROM ${table.relation})`
    const byLength: Pair = {
      ...pair,
      type: 'number',
      reference: lengths(reference, was),
      current: lengths(current, is),
    }
    return judged(is.name, 'lengths', await quantileBins(byLength, count, sizes), floor, {})
  }
  const bins = await valueBins(pair, categories, sizes)
  const unseen = await unseenOf(pair)
  const kolmogorovSmirnov = isNumeric ? await kolmogorovSmirnovOf(pair, sizes) : undefined
  return judged(is.name, 'values', bins, floor, { unseen, ...(kolmogorovSmirnov && { kolmogorovSmirnov }) })
}

function judged(
  column: string,
  by: ColumnDrift['by'],
  all: DriftBin[],
  floor: number,
  more: Pick<ColumnDrift, 'kolmogorovSmirnov' | 'unseen'>,
): ColumnDrift {
  const bins = all.filter(({ reference, current }) => reference + current > 0)
  const [p, q] = (['reference', 'current'] as const).map((side) => bins.map((bin) => bin[side])) as [number[], number[]]
  const [n, m] = [p, q].map((counts) => counts.reduce((sum, one) => sum + one, 0)) as [number, number]
  const isEmpty = n === 0 || m === 0
  const index = isEmpty ? 0 : populationStabilityIndex(p, q, { floor })
  return {
    column,
    by,
    bins,
    populationStabilityIndex: index,
    jensenShannon: isEmpty ? 0 : jensenShannon(p, q),
    ...more,
    verdict: driftVerdict(index),
    byChance: isEmpty ? 0 : stabilityByChance(bins.length, n, m),
  }
}
