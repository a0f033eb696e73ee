import type { DuckDBConnection } from '@duckdb/node-api'
import { checkOneOf } from '../../native/check.js'
import { KindredError, show } from '../../native/errors.js'
import { checkCompressed } from './check-compressed.js'
import { quoteName, quotePath, quoteText } from './duckdb.js'

/** `jsonl` is one JSON object per line (also known as NDJSON). */
export type FileFormat = 'csv' | 'tsv' | 'jsonl' | 'parquet'

const FILE_FORMATS: readonly FileFormat[] = ['csv', 'tsv', 'jsonl', 'parquet']

export interface SourceOptions {
  /** By the file's extension if absent. */
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

function missingColumn(path: string, column: string, existing: readonly string[]): KindredError {
  const shown = existing.slice(0, 50).map(show).join(', ')
  return new KindredError(
    'ERR_COLUMN',
    `${path}: there is no column ${show(column)}. The file has: ${shown}${existing.length > 50 ? ', ...' : ''}.`,
  )
}

/** Rows [columns, type] of a relation. */
async function describe(connection: DuckDBConnection, relation: string): Promise<Map<string, string>> {
  const rows = await (await connection.run(`DESCRIBE SELECT * FROM ${relation}`)).getRowsJson()
  return new Map(rows.map(([name, type]) => [String(name), String(type)]))
}

function pick(path: string, existing: ReadonlyMap<string, string>, wanted: readonly string[]): Map<string, string> {
  return new Map(
    wanted.map((name) => {
      const type = existing.get(name)
      if (type === undefined) throw missingColumn(path, name, [...existing.keys()])
      return [name, type]
    }),
  )
}

/**
 * @internal Opens a file for the columns wanted. No value is interpreted: CSV fields are text, JSON fields are JSON.
 * @throws ERR_VALUE for an unknown extension, ERR_COLUMN for a column that a CSV or Parquet file lacks (for JSONL see
 * {@link checkJsonColumns}), ERR_DATA for compressed data that is cut short
 */
export async function openSource(
  connection: DuckDBConnection,
  path: string,
  wanted: readonly string[],
  options: SourceOptions,
  signal?: AbortSignal,
): Promise<Source> {
  const format = formatOf(path, options.format)
  const file = quotePath(path)
  if (format === 'parquet') {
    const relation = `read_parquet(${file}, hive_partitioning = false, binary_as_string = true)`
    return { path, format, relation, types: pick(path, await describe(connection, relation), wanted) }
  }
  const compression = compressionOf(path)
  if (compression !== 'uncompressed') await checkCompressed(path, compression, signal)
  const common = `hive_partitioning = false, compression = '${compression}'`
  if (format === 'jsonl') {
    const columns = [...new Set(wanted)].map((name) => `${quoteName(name)}: 'JSON'`).join(', ')
    const relation = `read_json(${file}, format = 'newline_delimited', records = 'true', columns = {${columns}}, ${common})`
    return { path, format, relation, types: new Map(wanted.map((name) => [name, 'JSON'])) }
  }
  const delimiter = quoteText(options.delimiter ?? (format === 'tsv' ? '\t' : ','))
  const dialect = `header = true, delim = ${delimiter}, quote = '"', escape = '"', skip = 0, comment = '', max_line_size = 16777216, ${common}`
  // The header alone is sniffed: a dialect that is told cannot be guessed wrong.
  const header = await describe(connection, `read_csv(${file}, all_varchar = true, sample_size = 1, ${dialect})`)
  const types = pick(path, header, wanted)
  const columns = [...header.keys()].map((name) => `${quoteName(name)}: 'VARCHAR'`).join(', ')
  return { path, format, relation: `read_csv(${file}, auto_detect = false, columns = {${columns}}, ${dialect})`, types }
}

/**
 * @internal JSON objects may leave fields out, so only a look at all of them tells a missing column from one of nulls.
 * @param suspects columns that came out null in every row
 * @throws ERR_COLUMN for a suspect that is a field of no object
 */
export async function checkJsonColumns(
  connection: DuckDBConnection,
  { path }: Source,
  suspects: readonly string[],
): Promise<void> {
  if (suspects.length === 0) return
  const objects = `read_ndjson_objects(${quotePath(path)}, compression = '${compressionOf(path)}')`
  const rows = await (
    await connection.run(`SELECT DISTINCT unnest(json_keys(json)) AS name FROM ${objects} ORDER BY name`)
  ).getRowsJson()
  const existing = rows.map(([name]) => String(name))
  for (const name of suspects) if (!existing.includes(name)) throw missingColumn(path, name, existing)
}
