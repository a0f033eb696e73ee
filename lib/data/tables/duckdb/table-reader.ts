import type { PreparedFile } from '../files/prepare-file.js'
import type { Source } from './table-source.js'

/** Some rows of a selection. */
export interface Chunk {
  readonly rows: number
  /** A column of numbers [at least rows] that are never null. */
  numbers(column: number): Float64Array
  /** One value of a column of text. */
  text(column: number, row: number): string | null
}

/** Reads the files of a table: with DuckDB in this process, or in a child process. */
export interface TableReader {
  open(file: PreparedFile, names: readonly string[]): Promise<Source>
  /**
   * The rows of any SQL, few enough to be held, as DuckDB writes them in JSON: integers of 64 bits and more are texts.
   * @param path the table, as errors name it
   */
  query(sql: string, path: string): Promise<unknown[][]>
  /**
   * Streams a selection of a file in the order of its rows; `isNumber`: for each expression, whether it is a number; text
   * otherwise, which may be null where one of the numbers directly before it is not NaN.
   */
  chunks(
    expressions: readonly string[],
    isNumber: readonly boolean[],
    source: Source,
  ): AsyncGenerator<Chunk, void, undefined>
}
