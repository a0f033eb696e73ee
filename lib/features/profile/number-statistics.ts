import type { NumberSummary, Quantiles } from './column-profile.js'
import { partsOf } from './column-types.js'
import { COLUMNS_AT_ONCE, type TypedColumn, type TypedTable } from './typed-table.js'

const SHARES = { p01: 0.01, p05: 0.05, p25: 0.25, p50: 0.5, p75: 0.75, p95: 0.95, p99: 0.99 } as const

/** Up to so many rows DuckDB's quantiles, which hold a column; beyond, a sort that can go to disk. */
const MOST_HELD = 5_000_000

const BINS = 30

/** How many columns of so many rows are looked at in one statement, which may hold all their values. */
export const columnsAtOnce = (rows: number) => Math.max(1, Math.min(COLUMNS_AT_ONCE, Math.floor(MOST_HELD / rows)))

/** Whether DuckDB's own quantiles are taken. */
export const holds = ({ rows }: TypedTable) => rows <= MOST_HELD

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

/** SQL for the counts of a column's bins, by the number of edges that are at most the value: 0 is below all. */
function binsSql({ relation }: TypedTable, { sql }: TypedColumn, edges: readonly number[], place: number): string {
  const last = edges.at(-1)!
  const passed = edges.slice(0, -1).map((edge) => `(v >= ${sqlNumber(edge)})::INTEGER`)
  const bin = `${passed.join(' + ')} + (v > ${sqlNumber(last)})::INTEGER`
  return `SELECT ${place} AS place, bin, count(*) FROM (SELECT ${bin} AS bin FROM (SELECT ${sql} AS v FROM ${relation}) WHERE isfinite(v)) GROUP BY bin`
}

/** Without the last digits, which depend on the order in which threads come to add up. */
const settled = (value: number) => Number(value.toPrecision(12))

/** Great numbers are scaled before they are summed, so that no sum of squares is infinite. */
function scaleOf({ min, max }: Extent): number {
  const greatest = Math.max(Math.abs(min), Math.abs(max))
  return greatest > 1e100 || (greatest < 1e-100 && greatest > 0) ? greatest : 1
}

/** Mean, deviation and quantiles of columns that fit into one statement. */
async function figuresOf(
  table: TypedTable,
  columns: readonly TypedColumn[],
  extents: readonly Extent[],
): Promise<Pick<NumberSummary, 'mean' | 'deviation' | 'quantiles'>[]> {
  const shares = Object.values(SHARES)
  const expressions = columns.flatMap((_, n) => {
    const scaled = `f${n} / ${sqlNumber(scaleOf(extents[n]!))}`
    const quantiles = holds(table) ? `quantile_cont(f${n}, [${shares.join(', ')}])` : 'NULL'
    return [`avg(${scaled})`, `stddev_samp(${scaled})`, quantiles]
  })
  const values = columns.map(({ sql }, n) => `${finite(sql)} AS f${n}`)
  const [row] = (await table.query(
    `SELECT ${expressions.join(', ')} FROM (SELECT ${values.join(', ')} FROM ${table.relation})`,
  )) as [unknown[]]
  const out = []
  for (const [n, { sql }] of columns.entries()) {
    const [average, spread, held] = row.slice(3 * n, 3 * n + 3) as [number, number | null, number[] | null]
    const { min, max } = extents[n]!
    const scale = scaleOf(extents[n]!)
    // Rounding may put the mean of equal numbers beside them.
    const mean = Math.min(max, Math.max(min, settled(average) * scale))
    const deviation = min === max ? 0 : settled(spread ?? 0) * scale
    const sorted = `(SELECT ${finite(sql)} AS v FROM ${table.relation})`
    const found = held ?? ((await table.query(quantilesSql(sorted, shares, table.rows)))[0] as number[])
    const quantiles = Object.fromEntries(Object.keys(SHARES).map((name, m) => [name, Number(found[m])]))
    out.push({ mean, deviation, quantiles: quantiles as unknown as Quantiles })
  }
  return out
}

/** The summaries of columns of numbers and timestamps by their names; one without a finite value has none. */
export async function numberSummaries(
  table: TypedTable,
  columns: readonly TypedColumn[],
): Promise<Map<string, NumberSummary>> {
  const found = await extentsOf(table, columns)
  const known = columns.flatMap((column, n) => {
    const extent = found[n]
    return extent === undefined ? [] : [{ column, extent }]
  })
  const out = new Map<string, NumberSummary>()
  for (const some of partsOf(known, columnsAtOnce(table.rows))) {
    const of = some.map(({ column }) => column)
    const figures = await figuresOf(
      table,
      of,
      some.map(({ extent }) => extent),
    )
    const edges = figures.map(({ quantiles }, n) => histogramEdges(some[n]!.extent, quantiles))
    const bins = await table.query(of.map((column, n) => binsSql(table, column, edges[n]!, n)).join(' UNION ALL '))
    const counts = edges.map((all) => new Array<number>(all.length + 1).fill(0))
    for (const [place, bin, count] of bins) counts[Number(place)]![Number(bin)] = Number(count)
    for (const [n, { column, extent }] of some.entries()) {
      const [below, above] = [counts[n]![0]!, counts[n]!.at(-1)!]
      const histogram = { edges: edges[n]!, counts: counts[n]!.slice(1, -1), below, above }
      out.set(column.name, { ...extent, ...figures[n]!, histogram })
    }
  }
  return out
}
