import { isMainThread } from 'node:worker_threads'
import { withDuckDb } from './duckdb.js'
import { duckDbReader } from './duckdb-reader.js'
import type { TableReader } from './table-reader.js'
import { withReaderProcess } from './table-reader-process.js'

/**
 * Runs `work` with a reader of one file. In a worker thread DuckDB runs in a child process: a worker that is
 * terminated while DuckDB owes it an answer would abort the whole process (`Napi::Error`, exit code 134).
 * @throws whatever `work` throws, DuckDB's errors as ERR_DATA naming the file, ERR_ABORTED
 */
export async function withTableReader<T>(
  path: string,
  signal: AbortSignal | undefined,
  work: (reader: TableReader) => Promise<T>,
): Promise<T> {
  if (!isMainThread) return withReaderProcess(path, signal, work)
  return withDuckDb(path, signal, (connection) => work(duckDbReader(connection, path, signal)))
}
