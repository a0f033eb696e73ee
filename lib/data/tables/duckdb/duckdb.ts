import { resolve } from 'node:path'
import { isNativeError } from 'node:util/types'
import type { DuckDBConnection, DuckDBDataChunk, DuckDBInstance } from '@duckdb/node-api'
import { backendInfo } from '../../../native/backend.js'
import { abortError, KindredError, throwIfAborted } from '../../../native/errors.js'
import { checkNotBundled } from '../../../native/package-file.js'
import { checkDescriptors, isExhausted, systemError } from '../../../native/system-errors.js'
import { textReason } from '../files/text-error.js'

/** An identifier for SQL. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A string literal for SQL. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** A file's path for SQL: absolute, so that no part of it is a URL scheme, its wildcards taken literally. */
export function quotePath(path: string): string {
  return quoteText(resolve(path).replace(/[[*?]/g, (wildcard) => `[${wildcard}]`))
}

/** What is being done with the file that errors name. */
export type Doing = 'read' | 'written'

/** What is said of a column of bytes in Parquet, which is read as text. */
function bytesReason(message: string): string | undefined {
  if (!message.includes('Invalid string encoding found in Parquet')) return undefined
  return 'a column of bytes holds what is no UTF-8 text. Name the other columns with the option that says which to read, such as columns'
}

function translate(path: string, error: unknown, doing: Doing, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return abortError(signal)
  if (error instanceof KindredError || !isNativeError(error)) return error
  if (error.message.startsWith('Out of Memory'))
    return new KindredError('ERR_OUT_OF_MEMORY', `${path}: out of memory while it is ${doing}.`, { cause: error })
  if (isExhausted(error)) return systemError(`${path}: cannot be ${doing}`, error)
  const reason =
    textReason(error.message) ??
    bytesReason(error.message) ??
    (error.message.includes('No magic bytes') ? 'it is no Parquet file, or one that is cut short' : undefined) ??
    error.message
      .split(/\n\s*(?:\n|LINE|Possible|Try|file = )/, 1)[0]!
      .replaceAll('\n', '; ')
      .slice(0, 400)
  const code = doing === 'written' && error.message.startsWith('IO Error') ? 'ERR_IO' : 'ERR_DATA'
  return new KindredError(code, `${path}: cannot be ${doing}: ${reason.replace(/[. ]+$/, '')}.`, { cause: error })
}

/** The error for one of DuckDB's, or of ours, that came while the file `path` was read. */
export const readError = (path: string, error: unknown, signal: AbortSignal | undefined) =>
  translate(path, error, 'read', signal)

async function openDuckDb(): Promise<DuckDBInstance> {
  checkNotBundled()
  checkDescriptors()
  // Node keeps a failed import() for good, and tries a failed require() again.
  const { DuckDBInstance } = require('@duckdb/node-api') as typeof import('@duckdb/node-api')
  // No prototype: DuckDB takes inherited properties for options too.
  const options = Object.assign(Object.create(null), {
    threads: String(backendInfo().threads.count),
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  return DuckDBInstance.create(':memory:', options)
}

/**
 * Runs `work` with a DuckDB of its own, in memory, that reaches no network; closed afterwards, interrupted on abort.
 * @param doing what is done with the file `path`
 * @throws whatever `work` throws, with DuckDB's errors turned into ERR_DATA naming the file, or ERR_IO where it cannot be
 * written; ERR_RESOURCES, ERR_IO if DuckDB cannot be opened; ERR_ABORTED
 */
export async function withDuckDb<T>(
  path: string,
  signal: AbortSignal | undefined,
  work: (connection: DuckDBConnection) => Promise<T>,
  doing: Doing = 'read',
): Promise<T> {
  throwIfAborted(signal)
  const instance = await openDuckDb().catch((cause) => {
    throw systemError(`${path}: DuckDB, by which it is ${doing}, cannot be opened`, cause)
  })
  try {
    const connection = await instance.connect()
    const interrupt = () => connection.interrupt()
    signal?.addEventListener('abort', interrupt, { once: true })
    try {
      // A timestamp without a zone is taken as UTC, whatever the machine's zone.
      await connection.run("SET TimeZone = 'UTC'")
      return await work(connection)
    } catch (error) {
      throw translate(path, error, doing, signal)
    } finally {
      signal?.removeEventListener('abort', interrupt)
      connection.closeSync()
    }
  } finally {
    instance.closeSync()
  }
}

/**
 * Streams a selection in the order of its rows, as chunks of which the first `rows` rows count.
 *
 * A DuckDB stream that fails midway ends like one that is complete, without an error. So a last row is added that marks
 * the end; if it is missing, the selection is run again, unstreamed, for its error.
 * @throws DuckDB's errors; ERR_DATA, ERR_ABORTED
 */
export async function* streamChunks(
  connection: DuckDBConnection,
  expressions: readonly string[],
  relation: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<{ chunk: DuckDBDataChunk; rows: number }, void, undefined> {
  const selection = `SELECT ${expressions.map((sql, i) => `${sql} AS c${i}`).join(', ')}`
  const end = `SELECT ${expressions.map(() => 'NULL').join(', ')}, true`
  const result = await connection.stream(`${selection}, false FROM ${relation} UNION ALL ${end}`)
  for (;;) {
    const chunk = await result.fetchChunk()
    throwIfAborted(signal)
    if (chunk === null || chunk.rowCount === 0) break
    const isEnd = chunk.getColumnVector(expressions.length).getItem(chunk.rowCount - 1) === true
    yield { chunk, rows: isEnd ? chunk.rowCount - 1 : chunk.rowCount }
    if (isEnd) return
  }
  await connection.run(`SELECT count(COLUMNS(*)) FROM (${selection} FROM ${relation})`)
  throw new Error('reading stopped before the end')
}
