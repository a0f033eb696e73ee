import type { DuckDBConnection } from '@duckdb/node-api'
import { KindredError, show } from '../../../native/errors.js'
import { nearestSpelling } from '../../../native/nearest-spelling.js'
import { STAND_IN } from '../files/convert-text.js'
import type { CsvLayout } from '../files/csv-layout.js'
import { MAX_LINE } from '../files/max-line.js'
import type { PreparedFile } from '../files/prepare-file.js'
import type { FileFormat } from '../table-file-options.js'
import { quoteName, quotePath, quoteText } from './duckdb.js'
import { structField, type TypedSql } from './struct-fields.js'

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
  /** Of JSONL: SQL for the lines as they are, one column `line`, null where blank. */
  readonly lines?: string
}

/** The error of a column that is not there. `hint` begins with a space. */
export function missingColumn(path: string, column: string, existing: readonly string[], hint = ''): KindredError {
  const shown = existing.slice(0, 50).map(show).join(', ')
  const nearest = nearestSpelling(column, existing)
  const meant = nearest === undefined ? '' : ` Did you mean ${show(nearest)}?`
  return new KindredError(
    'ERR_COLUMN',
    `${path}: there is no column ${show(column)}. The file has: ${shown}${existing.length > 50 ? ', ...' : ''}.${meant}${hint}`,
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

/** Digits of the widest decimals that DuckDB reads as they are. */
const WIDEST_DECIMAL = 38

/** A column of a Parquet file. */
interface ParquetColumn {
  /** As it is written: DuckDB renames those that differ in case only. */
  name: string
  /** Digits of the widest decimals in it, 0 if there are none. */
  digits: number
}

async function parquetColumns(connection: DuckDBConnection, file: string): Promise<ParquetColumn[]> {
  const schema = `SELECT name, num_children, precision FROM parquet_schema(${file})`
  const [, ...nodes] = await rowsOf(connection, schema)
  const columns: ParquetColumn[] = []
  for (let at = 0; at < nodes.length; ) {
    const column = { name: String(nodes[at]![0]), digits: 0 }
    for (let open = 1; open > 0; at++) {
      open += Number(nodes[at]![1] ?? 0) - 1
      column.digits = Math.max(column.digits, Number(nodes[at]![2] ?? 0))
    }
    columns.push(column)
  }
  return columns
}

/** DuckDB reads wider decimals as other numbers. @throws ERR_COLUMN */
function checkDigits(path: string, { name, digits }: ParquetColumn): void {
  if (digits > WIDEST_DECIMAL)
    throw new KindredError(
      'ERR_COLUMN',
      `${path}: column ${show(name)} holds decimals of ${digits} digits; expected at most ${WIDEST_DECIMAL}. Write it as floats or integers.`,
    )
}

async function openParquet(connection: DuckDBConnection, path: string, names: readonly string[]): Promise<Source> {
  const file = quotePath(path)
  const relation = `read_parquet(${file}, hive_partitioning = false, binary_as_string = true)`
  const described = await rowsOf(connection, `DESCRIBE SELECT * FROM ${relation}`)
  const all = await parquetColumns(connection, file)
  const written = all.map(({ name }) => name)
  const fields = new Map<string, TypedSql>()
  for (const name of names) {
    const isField = !written.includes(name)
    const at = written.indexOf(isField ? name.split('.', 1)[0]! : name)
    if (at >= 0) checkDigits(path, all[at]!)
    if (at < 0 || !isField) continue
    const [column, type] = described[at]!.map(String) as [string, string]
    const fieldPath = name.split('.').slice(1)
    const field = await structField(connection, relation, { sql: quoteName(column), type }, fieldPath)
    if (field !== undefined) fields.set(name, field)
  }
  const positions = positionsOf(
    path,
    written,
    names.filter((name) => !fields.has(name)),
  )
  const [[rows]] = (await rowsOf(connection, `SELECT num_rows::DOUBLE FROM parquet_file_metadata(${file})`)) as [
    [number],
  ]
  return {
    path,
    format: 'parquet',
    relation,
    columns: new Map([
      ...mapOf(positions, (position) => quoteName(String(described[position]![0]))),
      ...Array.from(fields, ([name, { sql }]) => [name, sql] as const),
    ]),
    types: new Map([
      ...mapOf(positions, (position) => String(described[position]![1])),
      ...Array.from(fields, ([name, { type }]) => [name, type] as const),
    ]),
    names: written,
    rows: Number(rows),
  }
}

function openJsonl(file: PreparedFile, names: readonly string[]): Source {
  const { path, format, compression } = file
  const readable = quotePath(file.readable)
  const common = `hive_partitioning = false, compression = '${compression}'`
  const distinct = [...new Set(names)]
  const types = new Map(names.map((name) => [name, 'JSON']))
  const fields = distinct.map((name) => `${quoteName(name)}: 'JSON'`).join(', ')
  const relation = `read_json(${readable}, format = 'newline_delimited', records = 'true', columns = {${fields}}, ${common})`
  const columns = new Map(distinct.map((name) => [name, quoteName(name)]))
  // JSON escapes the delimiter.
  const lines = `read_csv(${readable}, auto_detect = false, header = false, columns = {line: 'VARCHAR'}, delim = '\u0002', quote = '', escape = '', skip = 0, comment = '', strict_mode = false, max_line_size = ${MAX_LINE}, ${common})`
  return { path, format, relation, columns, types, lines }
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
 * @throws ERR_COLUMN for a column that a CSV or Parquet file lacks (JSONL is not looked into) or has twice
 */
export async function openSource(
  connection: DuckDBConnection,
  file: PreparedFile,
  names: readonly string[],
): Promise<Source> {
  if (file.format === 'parquet') return openParquet(connection, file.path, names)
  return file.format === 'jsonl' ? openJsonl(file, names) : openCsv(file, names)
}
