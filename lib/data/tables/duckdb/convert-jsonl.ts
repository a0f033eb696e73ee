import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { quoteName, quotePath, quoteText, withDuckDb } from './duckdb.js'

/** Tables that {@link convertJsonl} writes. */
export type TableFormat = 'csv' | 'parquet'

/** What a JSONL file holds, and what it is to become. */
export interface ConvertOptions {
  /** The DuckDB type of each field. */
  columns: Readonly<Record<string, string>>
  format: TableFormat
  /** The file that errors name; `from` and `to` may be temporary. Default `to`. */
  name?: string
  signal?: AbortSignal
}

const COPY = { csv: 'FORMAT csv, HEADER true', parquet: 'FORMAT parquet, COMPRESSION zstd' } as const

/**
 * Copies the rows of a JSONL file, in their order, into a CSV or Parquet file, which is flushed to disk. Neither is held
 * in memory.
 * @throws ERR_IO or ERR_DATA naming the file, ERR_ABORTED
 */
export async function convertJsonl(
  from: string,
  to: string,
  { columns, format, name = to, signal }: ConvertOptions,
): Promise<void> {
  const types = Object.entries(columns).map(([name, type]) => `${quoteText(name)}: ${quoteText(type)}`)
  const names = Object.keys(columns).map(quoteName)
  const rows = `read_json(${quotePath(from)}, format = 'newline_delimited', columns = {${types.join(', ')}})`
  const copy = `COPY (SELECT ${names.join(', ')} FROM ${rows}) TO ${quoteText(resolve(to))} (${COPY[format]})`
  await withDuckDb(
    name,
    signal,
    (connection) =>
      connection.run(copy).catch((cause: Error) => {
        const message = [from, to].reduce((text, path) => text.replaceAll(resolve(path), name), cause.message)
        throw new Error(message, { cause })
      }),
    'written',
  )
  const file = await open(to, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
