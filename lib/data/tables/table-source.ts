import type { DuckDBConnection } from '@duckdb/node-api'
import { KindredError, show } from '../../native/errors.js'
import { STAND_IN } from './convert-text.js'
import type { CsvLayout } from './csv-layout.js'
import { quoteName, quotePath, quoteText } from './duckdb.js'
import { MAX_LINE } from './max-line.js'
import type { PreparedFile } from './prepare-file.js'
import type { FileFormat } from './table-file-options.js'

/** A file as a relation that SQL can select from. */
export interface Source {
  readonly path: string
  readonly format: FileFormat
  /** SQL for the rows, in file order. */
  readonly relation: string
  /** SQL for each requested column: DuckDB's own names do not tell upper from lower case. */
  readonly columns: ReadonlyMap<string, string>
  /** The DuckDB type of each requested column: VARCHAR in CSV, JSON in JSONL, as declared in Parquet. */
  readonly types: ReadonlyMap<string, string>
  /** The names of all columns, where the file lists them. */
  readonly names?: readonly string[]
  /** Number of rows, where the file stores it. */
  readonly rows?: number
  /** Of JSONL: SQL for its objects, as the column `json`. */
  readonly objects?: string
}

/** The error of a column that is not there. `hint` begins with a space. */
function missingColumn(path: string, column: string, existing: readonly string[], hint = ''): KindredError {
  const shown = existing.slice(0, 50).map(show).join(', ')
  return new KindredError(
    'ERR_COLUMN',
    `${path}: there is no column ${show(column)}. The file has: ${shown}${existing.length > 50 ? ', ...' : ''}.${hint}`,
  )
}

/** The column of each of `names` among `existing`. @throws ERR_COLUMN for one that is not there, or comes twice */
function positionsOf(
  path: string,
  existing: readonly string[],
  names: readonly string[],
  hint?: string,
): Map<string, number> {
  return new Map(
    names.map((name) => {
      const position = existing.indexOf(name)
      if (position < 0) throw missingColumn(path, name, existing, hint)
      if (existing.indexOf(name, position + 1) >= 0)
        throw new KindredError('ERR_COLUMN', `${path}: there are several columns ${show(name)}. Rename all but one.`)
      return [name, position]
    }),
  )
}

const mapOf = <Value>(positions: ReadonlyMap<string, number>, value: (position: number) => Value) =>
  new Map(Array.from(positions, ([name, position]): [string, Value] => [name, value(position)]))

async function rowsOf(connection: DuckDBConnection, sql: string) {
  return (await connection.run(sql)).getRowsJson()
}

/** The names of the columns of a Parquet file as they are written: DuckDB renames those that differ in case only. */
async function parquetNames(connection: DuckDBConnection, file: string): Promise<string[]> {
  const [, ...nodes] = await rowsOf(connection, `SELECT name, num_children FROM parquet_schema(${file})`)
  const names: string[] = []
  for (let at = 0; at < nodes.length; ) {
    names.push(String(nodes[at]![0]))
    for (let open = 1; open > 0; at++) open += Number(nodes[at]![1] ?? 0) - 1
  }
  return names
}

async function openParquet(connection: DuckDBConnection, path: string, names: readonly string[]): Promise<Source> {
  const file = quotePath(path)
  const relation = `read_parquet(${file}, hive_partitioning = false, binary_as_string = true)`
  const described = await rowsOf(connection, `DESCRIBE SELECT * FROM ${relation}`)
  const written = await parquetNames(connection, file)
  const positions = positionsOf(path, written, names)
  const [[rows]] = (await rowsOf(connection, `SELECT num_rows::DOUBLE FROM parquet_file_metadata(${file})`)) as [
    [number],
  ]
  return {
    path,
    format: 'parquet',
    relation,
    columns: mapOf(positions, (position) => quoteName(String(described[position]![0]))),
    types: mapOf(positions, (position) => String(described[position]![1])),
    names: written,
    rows: Number(rows),
  }
}

const isAmbiguous = (names: readonly string[]) =>
  new Set(names.map((name) => name.toLowerCase())).size < new Set(names).size

function openJsonl(file: PreparedFile, names: readonly string[]): Source {
  const { path, format, compression } = file
  const readable = quotePath(file.readable)
  const common = `hive_partitioning = false, compression = '${compression}'`
  const distinct = [...new Set(names)]
  const objects = `read_ndjson_objects(${readable}, compression = '${compression}')`
  const types = new Map(names.map((name) => [name, 'JSON']))
  if (isAmbiguous(names)) {
    const selected = distinct.map((name, i) => {
      const pointer = quoteText(`/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`)
      return `CASE WHEN json_type(json, ${pointer}) <> 'NULL' THEN json_extract(json, ${pointer}) END AS c${i}`
    })
    const columns = new Map(distinct.map((name, i) => [name, `c${i}`]))
    return { path, format, relation: `(SELECT ${selected.join(', ')} FROM ${objects})`, columns, types, objects }
  }
  const fields = distinct.map((name) => `${quoteName(name)}: 'JSON'`).join(', ')
  const relation = `read_json(${readable}, format = 'newline_delimited', records = 'true', columns = {${fields}}, ${common})`
  const columns = new Map(distinct.map((name) => [name, quoteName(name)]))
  return { path, format, relation, columns, types, objects }
}

/** What may be the matter where a CSV file lacks a column. */
function csvHint({ names, delimiter, hasHeader }: CsvLayout): string {
  if (!hasHeader) return ' These are the names that the option columns gives.'
  const other = [';', '\t', '|', '::', ',', ' '].find((mark) => mark !== delimiter && names[0]!.includes(mark))
  if (names.length === 1 && other !== undefined)
    return ` Is ${show(other)} the delimiter? Give it with the option delimiter.`
  return ' If it has no header, name its columns with the option columns.'
}

function openCsv(file: PreparedFile, names: readonly string[]): Source {
  const { path, format, isDelimiterLong } = file
  const layout = file.layout!
  const lineEnd = layout.lineEnd === 'mixed' || layout.skipsQuotes ? '\n' : layout.lineEnd
  const positions = positionsOf(path, layout.names, names, csvHint(layout))
  const count = layout.names.length + (layout.hasExtraDelimiter ? 1 : 0)
  const columns = Array.from({ length: count }, (_, i) => `c${i}: 'VARCHAR'`).join(', ')
  const dialect = [
    `header = ${layout.hasHeader}`,
    `skip = ${layout.skip}`,
    `delim = ${quoteText(isDelimiterLong ? STAND_IN : layout.delimiter)}`,
    `quote = ${quoteText(layout.quote)}`,
    `escape = ${quoteText(layout.escape)}`,
    `comment = ${quoteText(layout.comment)}`,
    `new_line = ${quoteText(JSON.stringify(lineEnd).slice(1, -1))}`,
    `max_line_size = ${MAX_LINE}`,
    `compression = '${file.compression}'`,
  ]
  const csv = `read_csv(${quotePath(file.readable)}, auto_detect = false, hive_partitioning = false, columns = {${columns}}, ${dialect.join(', ')})`
  const extra = `c${count - 1}`
  const tooLong = `'line ' || (r + ${layout.linesBefore}) || ' holds ' || ${extra} || ' behind its last field: expected ${count - 1} fields'`
  const relation = layout.hasExtraDelimiter
    ? `(SELECT * FROM (SELECT *, row_number() OVER () AS r FROM ${csv}) WHERE CASE WHEN ${extra} IS NULL THEN true ELSE error(${tooLong}) END)`
    : csv
  return {
    path,
    format,
    relation,
    columns: mapOf(positions, (position) =>
      isDelimiterLong
        ? `replace(c${position}, ${quoteText(STAND_IN)}, ${quoteText(layout.delimiter)})`
        : `c${position}`,
    ),
    types: mapOf(positions, () => 'VARCHAR'),
    names: layout.names,
  }
}

/**
 * @internal Opens a file for the columns `names`. No value is interpreted: CSV fields are text, JSON fields are JSON.
 * @throws ERR_COLUMN for a column that a CSV or Parquet file lacks (for JSONL see {@link checkJsonColumns}) or has twice
 */
export async function openSource(
  connection: DuckDBConnection,
  file: PreparedFile,
  names: readonly string[],
): Promise<Source> {
  if (file.format === 'parquet') return openParquet(connection, file.path, names)
  return file.format === 'jsonl' ? openJsonl(file, names) : openCsv(file, names)
}

/**
 * @internal JSON objects may leave fields out, so a missing column looks like one of nulls until all objects have been read.
 * @param suspects columns that came out null in every row of all sources
 * @throws ERR_COLUMN for a suspect that is a field of no object
 */
export async function checkJsonColumns(
  connection: DuckDBConnection,
  sources: readonly Source[],
  suspects: readonly string[],
): Promise<void> {
  if (suspects.length === 0) return
  const existing = new Set<string>()
  for (const { objects } of sources)
    for (const [name] of await rowsOf(
      connection,
      `SELECT DISTINCT unnest(json_keys(json)) AS name FROM ${objects} ORDER BY name`,
    ))
      existing.add(String(name))
  for (const name of suspects) if (!existing.has(name)) throw missingColumn(sources[0]!.path, name, [...existing])
}
