import type { NumberHistogram, NumberSummary, Quantiles } from './column-profile.js'
import { COLUMNS_AT_ONCE, partsOf, type TypedColumn, type TypedTable } from './typed-table.js'

const SHARES = { p01: 0.01, p05: 0.05, p25: 0.25, p50: 0.5, p75: 0.75, p95: 0.95, p99: 0.99 } as const

/** Up to so many rows DuckDB's quantiles, which hold a column; beyond, a sort that can go to disk. */
const MOST_HELD = 5_000_000

const BINS = 30

/** A double for SQL, exactly: a literal would be a decimal. */
export const sqlNumber = (value: number) => `'${value}'::DOUBLE`

const finite = (v: string) => `CASE WHEN isfinite(${v}) THEN ${v} END`

/**
 * SQL for a row of quantiles of the column `v` of a relation, one a share; NULL where it has no value.
 * @param rows at most so many are in it: of more than {@link MOST_HELD}, the least value that so great a share does not exceed
 */
export function quantilesSql(relation: string, shares: readonly number[], rows: number): string {
  if (rows <= MOST_HELD)
    return `SELECT ${shares.map((_, n) => `q[${n + 1}]`).join(', ')} FROM (SELECT quantile_cont(v, [${shares.join(', ')}]) AS q FROM ${relation})`
  const cumulated = `SELECT v, sum(n) OVER (ORDER BY v) / sum(n) OVER () AS share FROM (SELECT v, count(*) AS n FROM ${relation} WHERE v IS NOT NULL GROUP BY v)`
  return `SELECT ${shares.map((share) => `min(v) FILTER (share >= ${share})`).join(', ')} FROM (${cumulated})`
}

/** What is known of a column before its bins can be chosen. */
interface Extent {
  min: number
  max: number
  zeros: number
  negatives: number
  infinite: number
  isInteger: boolean
}

async function extentsOf(table: TypedTable, columns: readonly TypedColumn[]): Promise<(Extent | undefined)[]> {
  const out: (Extent | undefined)[] = []
  for (const some of partsOf(columns, COLUMNS_AT_ONCE)) {
    const expressions = some.flatMap(({ sql }) => {
      const f = finite(sql)
      const counts = [`${sql} = 0`, `${f} < 0`, `isinf(${sql})`, `${f} <> trunc(${f})`].map((is) => `count_if(${is})`)
      return [`min(${f})`, `max(${f})`, ...counts]
    })
    const [row] = (await table.query(`SELECT ${expressions.join(', ')} FROM ${table.relation}`)) as [unknown[]]
    for (let n = 0; n < some.length; n++) {
      const [min, max, ...counts] = row.slice(6 * n, 6 * n + 6)
      const [zeros, negatives, infinite, fractions] = counts.map(Number) as [number, number, number, number]
      const isNone = min === null || min === undefined
      out.push(
        isNone
          ? undefined
          : { min: min as number, max: max as number, zeros, negatives, infinite, isInteger: fractions === 0 },
      )
    }
  }
  return out
}

/** The edges of bins: one a number where there are few integers, else equally wide ones, of the middle where few lie far out. */
export function histogramEdges({ min, max, isInteger }: Extent, { p01, p99 }: Quantiles): number[] {
  if (min === max) return [min, max]
  if (isInteger && max - min < BINS) return Array.from({ length: max - min + 2 }, (_, n) => min + n - 0.5)
  const isFar = p99 > p01 && max - min > 5 * (p99 - p01)
  const [low, high] = isFar ? [p01, p99] : [min, max]
  // Half of each, since the difference of the greatest numbers is none.
  const at = (n: number) => low * (1 - n / BINS) + high * (n / BINS)
  const edges = Array.from({ length: BINS + 1 }, (_, n) => (n === 0 ? low : n === BINS ? high : at(n)))
  return edges.every((edge, n) => n === 0 || edge > edges[n - 1]!) ? edges : [low, high]
}

/** Counts by the number of edges that are at most the value: 0 is below all. */
async function histogramOf(
  table: TypedTable,
  { sql }: TypedColumn,
  edges: readonly number[],
): Promise<NumberHistogram> {
  const last = edges.at(-1)!
  const passed = edges.slice(0, -1).map((edge) => `(v >= ${sqlNumber(edge)})::INTEGER`)
  const bin = `${passed.join(' + ')} + (v > ${sqlNumber(last)})::INTEGER`
  const rows = await table.query(
    `SELECT bin, count(*) FROM (SELECT ${bin} AS bin FROM (SELECT ${sql} AS v FROM ${table.relation}) WHERE isfinite(v)) GROUP BY bin`,
  )
  const counts = new Array<number>(edges.length + 1).fill(0)
  for (const [at, count] of rows) counts[Number(at)] = Number(count)
  return { edges: [...edges], counts: counts.slice(1, -1), below: counts[0]!, above: counts.at(-1)! }
}

/** Mean and deviation. Great numbers are scaled first, so that no sum of squares is infinite. */
async function momentsOf(table: TypedTable, { sql }: TypedColumn, { min, max }: Extent): Promise<[number, number]> {
  const greatest = Math.max(Math.abs(min), Math.abs(max))
  const scale = greatest > 1e100 || (greatest < 1e-100 && greatest > 0) ? greatest : 1
  const scaled = `(${finite(sql)}) / ${sqlNumber(scale)}`
  const [[mean, deviation]] = (await table.query(
    `SELECT avg(${scaled}), stddev_samp(${scaled}) FROM ${table.relation}`,
  )) as [[number, number | null]]
  // Rounding may put the mean of equal numbers beside them.
  return [Math.min(max, Math.max(min, mean * scale)), min === max ? 0 : (deviation ?? 0) * scale]
}

async function quantilesOf(table: TypedTable, { sql }: TypedColumn): Promise<Quantiles> {
  const values = `(SELECT ${finite(sql)} AS v FROM ${table.relation})`
  const [row] = (await table.query(quantilesSql(values, Object.values(SHARES), table.rows))) as [number[]]
  return Object.fromEntries(Object.keys(SHARES).map((name, n) => [name, Number(row[n])])) as unknown as Quantiles
}

/** The summaries of columns of numbers and timestamps; undefined for one without a finite value. */
export async function numberSummaries(
  table: TypedTable,
  columns: readonly TypedColumn[],
): Promise<(NumberSummary | undefined)[]> {
  const out: (NumberSummary | undefined)[] = []
  const extents = await extentsOf(table, columns)
  for (const [n, column] of columns.entries()) {
    const extent = extents[n]
    if (extent === undefined) {
      out.push(undefined)
      continue
    }
    const [mean, deviation] = await momentsOf(table, column, extent)
    const quantiles = await quantilesOf(table, column)
    const histogram = await histogramOf(table, column, histogramEdges(extent, quantiles))
    out.push({ ...extent, mean, deviation, quantiles, histogram })
  }
  return out
}
