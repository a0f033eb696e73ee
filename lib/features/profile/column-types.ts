import { plainDate, plainNumber } from '../../data/tables/duckdb/column-expressions.js'
import type { Source } from '../../data/tables/duckdb/table-source.js'
import { type CellKind, cellsOf, isWritten, textOf } from './column-cells.js'

/**
 * What the values of a column are. Of CSV and JSONL, what all of them are: 'number' where each is one as programs write
 * them ("007" is none, nor is an integer beyond 2^53, which is an id), 'boolean', 'timestamp' where each is a date, 'list'
 * where each is an array, else 'string'. Of Parquet, what the file says. 'unknown': there is no value.
 */
export type ProfiledType = 'number' | 'boolean' | 'timestamp' | 'string' | 'list' | 'unknown'

/** How many values of a column are of each kind. */
interface TypeEvidence {
  values: number
  /** Numbers, written as programs do or not. */
  numbers: number
  /** Of them, those that are ids rather: a plus or zeros before the first digit, integers beyond 2^53. */
  ids: number
  truths: number
  lists: number
  dates: number
}

/** Rows that were looked at, and the type of each column. */
export interface FoundTypes {
  rows: number
  types: ProfiledType[]
}

/** Runs SQL; its rows. */
type Query = (sql: string) => Promise<unknown[][]>

/** Columns of one statement. */
const AT_ONCE = 100

const countIf = (condition: string) => `count_if(${condition})::DOUBLE`
const isWide = (number: string) => `${number} NOT BETWEEN -9007199254740991 AND 9007199254740991`

/** Whether text that is a number is an id rather. */
function isId(text: string, number: string): string {
  const digits = `ltrim(${text}, ' +-')`
  const isPadded = `(substr(${digits}, 1, 1) = '0' AND substr(${digits}, 2, 1) BETWEEN '0' AND '9')`
  const isLong = `(length(${text}) >= 16 AND isfinite(${number}) AND ${isWide(number)} AND NOT regexp_matches(${text}, '[.eE]'))`
  return `(ltrim(${text}) LIKE '+%' OR ${isPadded} OR ${isLong})`
}

/** SQL for the number that a text is, as `n0`, ..., and, for JSON, what type it has there, as `j0`, .... */
function parsedSql(kind: CellKind, n: number): string[] {
  if (!isWritten(kind)) return []
  const number = `${plainNumber(textOf(kind, n), '.')} AS n${n}`
  return kind === 'json' ? [number, `json_type(x${n}) AS j${n}`] : [number]
}

const COUNTS = 5

/** SQL that counts all of the evidence but dates, in its order. */
function countsSql(kind: CellKind, n: number): string[] {
  const none = '0::DOUBLE'
  const x = `x${n}`
  const all = `count(${x})::DOUBLE`
  switch (kind) {
    case 'text': {
      const isNumber = `NOT isnan(n${n}) OR lower(trim(${x})) IN ('nan', '+nan', '-nan')`
      return [
        all,
        countIf(isNumber),
        countIf(`NOT isnan(n${n}) AND ${isId(x, `n${n}`)}`),
        countIf(`lower(trim(${x})) IN ('true', 'false')`),
        none,
      ]
    }
    case 'json': {
      const isNumber = `j${n} IN ('UBIGINT', 'BIGINT', 'DOUBLE', 'HUGEINT', 'UHUGEINT')`
      return [
        all,
        countIf(isNumber),
        countIf(`${isNumber} AND ${isId(`t${n}`, `n${n}`)}`),
        countIf(`j${n} = 'BOOLEAN'`),
        countIf(`j${n} = 'ARRAY'`),
      ]
    }
    case 'number':
      return [all, all, countIf(`isfinite(${x}::DOUBLE) AND ${x} = trunc(${x}) AND ${isWide(x)}`), none, none]
    case 'boolean':
      return [all, none, none, all, none]
    case 'list':
      return [all, none, none, none, all]
    default:
      return [all, none, none, none, none]
  }
}

/** What all values of a column are. */
function typeOf({ values, numbers, ids, truths, lists, dates }: TypeEvidence): ProfiledType {
  if (values === 0) return 'unknown'
  if (truths === values) return 'boolean'
  if (numbers === values && ids === 0) return 'number'
  if (lists === values) return 'list'
  return dates === values ? 'timestamp' : 'string'
}

/** Parts of a list of at most so many. */
export function* partsOf<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let begin = 0; begin < items.length; begin += size) yield items.slice(begin, begin + size)
}

/** Adds the dates of a source to the evidence of columns that may hold nothing else. */
async function countDates(query: Query, source: Source, names: readonly string[], evidence: readonly TypeEvidence[]) {
  for (const some of partsOf([...names.keys()], AT_ONCE)) {
    const { relation, kinds } = cellsOf(
      source,
      some.map((at) => names[at]!),
    )
    // Without a count among them, the selection would have every row of the source.
    if (!kinds.some((kind) => kind === 'time' || isWritten(kind))) continue
    const counts = kinds.map((kind, n) => {
      if (kind === 'time') return `count(x${n})::DOUBLE`
      if (!isWritten(kind)) return '0::DOUBLE'
      const isText = kind === 'json' ? `json_type(x${n}) = 'VARCHAR' AND ` : ''
      return countIf(`${isText}NOT isnan(${plainDate(textOf(kind, n))})`)
    })
    const [found] = (await query(`SELECT ${counts.join(', ')} FROM ${relation}`)) as [unknown[]]
    for (const [n, at] of some.entries()) evidence[at]!.dates += Number(found[n])
  }
}

/** The types of the columns `names` of several sources, which hold one table. */
export async function findTypes(
  query: Query,
  sources: readonly Source[],
  names: readonly string[],
): Promise<FoundTypes> {
  const evidence = names.map((): TypeEvidence => ({ values: 0, numbers: 0, ids: 0, truths: 0, lists: 0, dates: 0 }))
  let rows = 0
  for (const source of sources) {
    let begin = 0
    for (const some of partsOf(names, AT_ONCE)) {
      const { relation, kinds } = cellsOf(source, some)
      const parsed = `(SELECT ${['*', ...kinds.flatMap(parsedSql)].join(', ')} FROM ${relation})`
      const counts = ['count(*)', ...kinds.flatMap(countsSql)]
      const [[count, ...found]] = (await query(`SELECT ${counts.join(', ')} FROM ${parsed}`)) as [unknown[]]
      if (begin === 0) rows += Number(count)
      for (let n = 0; n < some.length; n++) {
        const sum = evidence[begin + n]!
        const own = found.slice(n * COUNTS, (n + 1) * COUNTS).map(Number)
        for (const [field, add] of (['values', 'numbers', 'ids', 'truths', 'lists'] as const).map(
          (key, at) => [key, own[at]!] as const,
        ))
          sum[field] += add
      }
      begin += some.length
    }
  }
  // A pattern of dates costs as much as all else: most columns need none.
  const open = names.flatMap((_, n) => (typeOf(evidence[n]!) === 'string' ? [n] : []))
  for (const source of sources)
    await countDates(
      query,
      source,
      open.map((n) => names[n]!),
      open.map((n) => evidence[n]!),
    )
  return { rows, types: evidence.map(typeOf) }
}
