import type { DuckDBConnection } from '@duckdb/node-api'
import { checkOneOf } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import { checkCompressed } from './check-compressed.js'
import { quoteName, quotePath, quoteText } from './duckdb.js'
import { describe, withStructFields } from './struct-fields.js'

/** `jsonl` is one JSON object per line (also known as NDJSON). */
export type FileFormat = 'csv' | 'tsv' | 'jsonl' | 'parquet'

export const FILE_FORMATS: readonly FileFormat[] = ['csv', 'tsv', 'jsonl', 'parquet']

/** How a file holds its table. */
export interface TableFileOptions {
  /** What the file is; by its extension if absent. */
  format?: FileFormat
  /** Between the fields of a CSV file; a comma, or a tab for TSV. */
  delimiter?: string
}

/** A file as a relation that SQL can select from. */
export interface Source {
  readonly path: string
  readonly format: FileFormat
  /** SQL for the rows, in file order. */
  readonly relation: string
  /** The DuckDB type of each requested column: VARCHAR in CSV, JSON in JSONL, as declared in Parquet. */
  readonly types: ReadonlyMap<string, string>
  /** Of JSONL: SQL for the lines as they are, one column `line`, null where blank. */
  readonly lines?: string
  /** Number of rows, where the file stores it. */
  readonly rows?: number
}

const EXTENSION = /\.(csv|tsv|jsonl|ndjson|parquet)(?:\.(gz|gzip|zst|zstd))?$/i
const COMPRESSION = /\.(?:(gz|gzip)|(zst|zstd))$/i

function formatOf(path: string, format: FileFormat | undefined): FileFormat {
  if (format !== undefined) return checkOneOf('format', format, FILE_FORMATS)
  const extension = EXTENSION.exec(path)?.[1]?.toLowerCase()
  if (extension === undefined || (extension === 'parquet' && COMPRESSION.test(path)))
    throw new KindredError(
      'ERR_VALUE',
      `${path}: expected a file name ending in .csv, .tsv, .jsonl, .ndjson (each also .gz or .zst) or .parquet. Name the format with the option format: ${FILE_FORMATS.join(', ')}.`,
    )
  return extension === 'ndjson' ? 'jsonl' : (extension as FileFormat)
}

function compressionOf(path: string): 'gzip' | 'zstd' | 'uncompressed' {
  const [, gzip, zstd] = COMPRESSION.exec(path) ?? []
  return gzip ? 'gzip' : zstd ? 'zstd' : 'uncompressed'
}

/** The error of a column that a file does not have. */
export function missingColumn(path: string, column: string, existing: readonly string[]): KindredError {
  const shown = existing.slice(0, 50).map(show).join(', ')
  return new KindredError(
    'ERR_COLUMN',
    `${path}: there is no column ${show(column)}. The file has: ${shown}${existing.length > 50 ? ', ...' : ''}.`,
  )
}

async function countParquetRows(connection: DuckDBConnection, file: string): Promise<number> {
  const [row] = await (
    await connection.run(`SELECT num_rows::DOUBLE FROM parquet_file_metadata(${file})`)
  ).getRowsJson()
  return Number(row![0])
}

/** The types of the columns `names`. @throws ERR_COLUMN for one that is not there */
function typesOf(path: string, existing: ReadonlyMap<string, string>, names: readonly string[]): Map<string, string> {
  return new Map(
    names.map((name) => {
      const type = existing.get(name)
      if (type === undefined) throw missingColumn(path, name, [...existing.keys()])
      return [name, type]
    }),
  )
}

/**
 * @internal Opens a file for the columns `names`. No value is interpreted: CSV fields are text, JSON fields are JSON.
 * @throws ERR_VALUE for an unknown extension, ERR_COLUMN for a column that a CSV or Parquet file lacks (JSONL is not
 * looked into), ERR_DATA for compressed data that is cut short
 */
export async function openSource(
  connection: DuckDBConnection,
  path: string,
  names: readonly string[],
  options: TableFileOptions,
  signal?: AbortSignal,
): Promise<Source> {
  const format = formatOf(path, options.format)
  const file = quotePath(path)
  if (format === 'parquet') {
    const columns = `read_parquet(${file}, hive_partitioning = false, binary_as_string = true)`
    const whole = { relation: columns, types: await describe(connection, `* FROM ${columns}`) }
    const { relation, types } = await withStructFields(connection, whole, names)
    return {
      path,
      format,
      relation,
      types: typesOf(path, types, names),
      rows: await countParquetRows(connection, file),
    }
  }
  const compression = compressionOf(path)
  if (compression !== 'uncompressed') await checkCompressed(path, compression, signal)
  const common = `hive_partitioning = false, compression = '${compression}'`
  if (format === 'jsonl') {
    const columns = [...new Set(names)].map((name) => `${quoteName(name)}: 'JSON'`).join(', ')
    const relation = `read_json(${file}, format = 'newline_delimited', records = 'true', columns = {${columns}}, ${common})`
    // A line has no mark that JSON does not escape.
    const lines = `read_csv(${file}, auto_detect = false, header = false, columns = {line: 'VARCHAR'}, delim = '\u0002', quote = '', escape = '', skip = 0, comment = '', strict_mode = false, max_line_size = 16777216, ${common})`
    return { path, format, relation, types: new Map(names.map((name) => [name, 'JSON'])), lines }
  }
  const delimiter = quoteText(options.delimiter ?? (format === 'tsv' ? '\t' : ','))
  const dialect = `header = true, delim = ${delimiter}, quote = '"', escape = '"', skip = 0, comment = '', max_line_size = 16777216, ${common}`
  // The header alone is sniffed: a dialect that is given cannot be guessed wrong.
  const header = await describe(connection, `* FROM read_csv(${file}, all_varchar = true, sample_size = 1, ${dialect})`)
  const types = typesOf(path, header, names)
  const columns = [...header.keys()].map((name) => `${quoteName(name)}: 'VARCHAR'`).join(', ')
  return { path, format, relation: `read_csv(${file}, auto_detect = false, columns = {${columns}}, ${dialect})`, types }
}
