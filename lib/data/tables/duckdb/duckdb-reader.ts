import { isDataView, isFloat64Array } from 'node:util/types'
import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api'
import { KindredError, throwIfAborted } from '../../../native/errors.js'
import { readError, streamChunks } from './duckdb.js'
import type { Chunk, TableReader } from './table-reader.js'
import { openSource } from './table-source.js'

const otherVectors = () =>
  new KindredError('ERR_INTERNAL', 'DuckDB: this version of @duckdb/node-api keeps its vectors otherwise.')

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
    if (isFloat64Array(items)) return items
    throw otherVectors()
  }

  /**
   * The package decodes each value as a text of its own, and so drops U+FEFF at its begin, which it takes for the mark of
   * a file. Of each value of 16 bytes the first four are its length in bytes, the next three its first bytes.
   */
  text(column: number, row: number): string | null {
    const vector = this.#chunk.getColumnVector(column)
    const text = vector.getItem(row) as string | null
    if (text === null) return null
    const { dataView } = vector as unknown as { dataView: unknown }
    if (!isDataView(dataView)) throw otherVectors()
    const length = dataView.getUint32(16 * row, true)
    return length >= 3 && (dataView.getUint32(16 * row + 4, true) & 0xffffff) === 0xbfbbef ? `\uFEFF${text}` : text
  }
}

/** Reads files over a connection of this process. */
export function duckDbReader(connection: DuckDBConnection, signal?: AbortSignal): TableReader {
  return {
    open: (file, names) =>
      openSource(connection, file, names).catch((error) => {
        throw readError(file.path, error, signal)
      }),
    async query(sql, path) {
      throwIfAborted(signal)
      try {
        return (await connection.run(sql)).getRowsJson()
      } catch (error) {
        throw readError(path, error, signal)
      }
    },
    async *chunks(expressions, _isNumber, source) {
      try {
        for await (const { chunk, rows } of streamChunks(connection, expressions, source.relation, signal))
          yield new DuckDbChunk(chunk, rows)
      } catch (error) {
        throw readError(source.path, error, signal)
      }
    },
  }
}
