import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Table } from '../../data/table/table.js'
import { quotePath, quoteText } from '../../data/tables/duckdb/duckdb.js'
import { missingColumn, type Source } from '../../data/tables/duckdb/table-source.js'
import type { TablePath } from '../../data/tables/files/list-files.js'
import type { TableFileOptions } from '../../data/tables/table-file-options.js'
import { withTable } from '../../data/tables/with-table.js'
import { KindredError, show } from '../../native/errors.js'
import { systemError } from '../../native/system-errors.js'
import { findTypes, type ProfiledType } from './column-types.js'
import { valuesOf } from './column-values.js'

/** A column of a {@link TypedTable}. */
export interface TypedColumn {
  readonly name: string
  readonly type: ProfiledType
  /** Its name in the relation. */
  readonly sql: string
}

/** A table whose columns have types, as a relation of which any DuckDB can select while it is open. */
export interface TypedTable {
  /** The first of its files, or 'a table'. */
  readonly path: string
  readonly relation: string
  readonly rows: number
  readonly columns: readonly TypedColumn[]
  /** The rows of any SQL, few enough to be held. */
  query(sql: string): Promise<unknown[][]>
  /** Streams expressions over a relation, numbers that are never null. */
  numbers(expressions: readonly string[], relation: string): AsyncGenerator<{ rows: number; columns: Float64Array[] }>
}

/** How a table is opened. */
export interface TypedTableOptions {
  file: TableFileOptions
  /** These columns alone. */
  select?: readonly string[]
  /** Whether columns of `select` may be lacking. */
  mayLack?: boolean
  /** Bytes that DuckDB may take. */
  maxBytes?: number
  signal?: AbortSignal
}

/** Columns of one statement: the text and the plan of one over hundreds would take longer than the data. */
export const COLUMNS_AT_ONCE = 40

/** The columns to look at: all, in the order of the first file that has them, or those selected. @throws ERR_COLUMN */
function namesOf(sources: readonly Source[], select: readonly string[] | undefined, mayLack: boolean): string[] {
  const all = new Set(sources.flatMap((source) => [...source.columns.keys()]))
  if (mayLack) return [...all].filter((name) => select === undefined || select.includes(name))
  for (const name of select ?? []) if (!all.has(name)) throw missingColumn(sources[0]!.path, name, [...all])
  return [...new Set(select ?? all)]
}

/** What a {@link Table} is called. */
const A_TABLE = 'a table'

function noneOf(path: string, select: readonly string[]): KindredError {
  const shown = select.slice(0, 50).map(show).join(', ')
  return new KindredError('ERR_DATA', `${path}: there are no columns of those to look at, ${shown}.`)
}

/** The columns to look at, where there are any. @throws ERR_COLUMN, ERR_DATA */
function lookedAt(table: Table, { select, mayLack = false }: TypedTableOptions): Table {
  if (table.columns.length === 0) throw new KindredError('ERR_DATA', 'the table has no columns.')
  if (table.rows === 0) throw new KindredError('ERR_DATA', `${A_TABLE}: there are no rows.`)
  if (select === undefined) return table
  const names = mayLack ? table.columns.filter((name) => select.includes(name)) : [...new Set(select)]
  if (names.length === 0) throw noneOf(A_TABLE, select)
  return table.select(names)
}

/** The table under other names where some differ by case alone, which DuckDB takes for one. */
function withDistinctNames(table: Table): Table {
  if (new Set(table.columns.map((name) => name.toLowerCase())).size === table.columns.length) return table
  return table.rename(Object.fromEntries(table.columns.map((name, n) => [name, `column ${n}`])))
}

/** The table's rows in a temporary Parquet file, as which DuckDB reads them. */
async function withTableFile<T>(table: Table, options: TypedTableOptions, work: (table: TypedTable) => Promise<T>) {
  const given = lookedAt(table, options)
  const folder = await mkdtemp(join(tmpdir(), 'kindred-profile-')).catch((cause) => {
    throw systemError(`${tmpdir()}: a temporary folder cannot be made`, cause)
  })
  try {
    const path = join(folder, 'table.parquet')
    await withDistinctNames(given).write(path, { signal: options.signal })
    return await withTypedTable(path, { ...options, select: undefined, file: {} }, (typed) => {
      const columns = typed.columns.map((column, n) => ({ ...column, name: given.columns[n]! }))
      return work({ ...typed, path: A_TABLE, columns })
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * Opens the files of a table, finds the types of its columns, and runs `work` on them. What is no Parquet is first written
 * as such, typed, into a temporary file, so that no statistic parses text again.
 * @throws ERR_DATA for a table without rows or columns, ERR_COLUMN, as {@link withTable}
 */
export async function withTypedTable<T>(
  given: TablePath | Table,
  options: TypedTableOptions,
  work: (table: TypedTable) => Promise<T>,
): Promise<T> {
  if (given instanceof Table) return withTableFile(given, options, work)
  const { file, select, mayLack = false, maxBytes, signal } = options
  return withTable(given, undefined, file, signal, async (table) => {
    const { query } = table
    const sources = await table.selectable()
    const first = sources[0]!
    await query(`SET temp_directory = ${quoteText(await table.temporary('spill'))}`)
    if (maxBytes !== undefined) await query(`SET memory_limit = '${maxBytes}B'`)
    const names = namesOf(sources, select, mayLack)
    if (names.length === 0)
      throw select === undefined
        ? new KindredError('ERR_DATA', `${first.path}: there are no columns.`)
        : noneOf(first.path, select)
    const { rows, types } = await findTypes(query, sources, names)
    if (rows === 0) throw new KindredError('ERR_DATA', `${first.path}: there are no rows.`)
    const columns = names.map((name, n) => ({ name, type: types[n]!, sql: `v${n}` }))
    let relation = `(${sources.map((source) => valuesOf(source, names, types)).join(' UNION ALL ')})`
    if (first.format !== 'parquet') {
      const target = await table.temporary('parquet')
      await query(`COPY ${relation} TO ${quoteText(target)} (FORMAT parquet, COMPRESSION zstd)`)
      relation = `read_parquet(${quotePath(target)})`
    }
    return work({
      path: first.path,
      relation,
      rows,
      columns,
      query,
      numbers: async function* (expressions, from) {
        for await (const chunk of table.numbers(expressions, from))
          yield { rows: chunk.rows, columns: expressions.map((_, n) => chunk.numbers(n)) }
      },
    })
  })
}
