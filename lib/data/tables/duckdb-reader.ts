import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api'
import { KindredError } from '../../native/errors.js'
import { streamChunks } from './duckdb.js'
import type { Chunk, TableReader } from './table-reader.js'
import { checkJsonColumns, openSource } from './table-source.js'

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

/** Reads the file at `path` over a connection of this process. */
export function duckDbReader(connection: DuckDBConnection, path: string, signal?: AbortSignal): TableReader {
  return {
    open: (names, options) => openSource(connection, path, names, options, signal),
    async *chunks(expressions, _isNumber, relation) {
      for await (const { chunk, rows } of streamChunks(connection, expressions, relation, signal))
        yield new DuckDbChunk(chunk, rows)
    },
    checkJsonColumns: (source, suspects) => checkJsonColumns(connection, source, suspects),
  }
}
