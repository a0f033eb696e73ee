import { isMainThread } from 'node:worker_threads'
import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api'
import { KindredError } from '../../native/errors.js'
import { streamChunks, withDuckDb } from './duckdb.js'
import { withChildTables } from './table-reader-process.js'
import { checkJsonColumns, openSource, type Source, type SourceOptions } from './table-source.js'

/** Some rows of a selection. */
export interface Chunk {
  readonly rows: number
  /** A column of numbers [at least rows] that are never null. */
  numbers(column: number): Float64Array
  /** One value of a column of text. */
  text(column: number, row: number): string | null
}

/** Reads one file as a table. */
export interface Tables {
  open(wanted: readonly string[], options: SourceOptions): Promise<Source>
  /** Streams a selection in the order of its rows; `isNumber` tells for each expression whether it is a number. */
  chunks(
    expressions: readonly string[],
    isNumber: readonly boolean[],
    relation: string,
  ): AsyncGenerator<Chunk, void, undefined>
  checkJsonColumns(source: Source, suspects: readonly string[]): Promise<void>
}

class DuckDbChunk implements Chunk {
  readonly rows: number
  readonly #chunk: DuckDBDataChunk

  constructor(chunk: DuckDBDataChunk, rows: number) {
    this.#chunk = chunk
    this.rows = rows
  }

  /**
   * The array under the vector is read as it is: its accessor looks at a bitmap of bigints for every number, several
   * times slower.
   */
  numbers(column: number): Float64Array {
    const { items } = this.#chunk.getColumnVector(column) as unknown as { items: unknown }
    if (items instanceof Float64Array) return items
    throw new KindredError('ERR_INTERNAL', 'DuckDB: this version of @duckdb/node-api keeps its vectors otherwise.')
  }

  text(column: number, row: number): string | null {
    return this.#chunk.getColumnVector(column).getItem(row) as string | null
  }
}

/** The tables of a DuckDB in this process. */
export function localTables(connection: DuckDBConnection, path: string, signal?: AbortSignal): Tables {
  return {
    open: (wanted, options) => openSource(connection, path, wanted, options, signal),
    async *chunks(expressions, _isNumber, relation) {
      for await (const { chunk, rows } of streamChunks(connection, expressions, relation, signal))
        yield new DuckDbChunk(chunk, rows)
    },
    checkJsonColumns: (source, suspects) => checkJsonColumns(connection, source, suspects),
  }
}

/**
 * Runs `work` with the tables of one file. In a worker thread DuckDB runs in a child process: a worker that is
 * terminated while DuckDB owes it an answer would abort the whole process (`Napi::Error`, exit code 134).
 * @throws whatever `work` throws, DuckDB's errors as ERR_DATA naming the file, ERR_ABORTED
 */
export async function withTables<T>(
  path: string,
  signal: AbortSignal | undefined,
  work: (tables: Tables) => Promise<T>,
): Promise<T> {
  if (!isMainThread) return withChildTables(path, signal, work)
  return withDuckDb(path, signal, (connection) => work(localTables(connection, path, signal)))
}
