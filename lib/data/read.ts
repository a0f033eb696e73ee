import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api'
import { KindredError, show } from '../native/errors.js'
import { idColumn, timeColumn, weightColumn } from './columns.js'
import { checkFile, streamChunks, withDuckDb } from './duckdb.js'
import { IdReader } from './id-reader.js'
import { emptyReport, type InteractionsReport, RowCollector, type Rows } from './rows.js'
import { checkJsonColumns, type FileFormat, openSource, type Source } from './source.js'

export interface ReadColumns {
  user: string
  item: string
  weight?: string
  time?: string
  format?: FileFormat
  delimiter?: string
  signal?: AbortSignal
  onProgress?: (progress: { rows: number }) => void
}

const CHUNKS_PER_REPORT = 64

/**
 * Column `index` of a chunk, which is DOUBLE and never null. The array under the vector is read as it is: its accessor
 * looks at a bitmap of bigints for every number, several times slower.
 */
function doubles(chunk: DuckDBDataChunk, index: number): Float64Array {
  const { items } = chunk.getColumnVector(index) as unknown as { items: unknown }
  if (items instanceof Float64Array) return items
  throw new KindredError('ERR_INTERNAL', 'DuckDB: this version of @duckdb/node-api keeps its vectors otherwise.')
}

/** Takes chunks of the columns user, item, weight and time, each id as number and text, and keeps the usable rows. */
class RowReader {
  readonly report = emptyReport()
  readonly #rows = new RowCollector()
  readonly #users: IdReader
  readonly #items: IdReader
  readonly #source: Source
  readonly #names: { user: string; item: string }
  #anyTime = false

  constructor(source: Source, names: { user: string; item: string }) {
    this.#source = source
    this.#names = names
    this.#users = new IdReader(source.path, idColumn(source, names.user))
    this.#items = new IdReader(source.path, idColumn(source, names.item))
  }

  take(chunk: DuckDBDataChunk, rows: number): void {
    const userNumbers = doubles(chunk, 0)
    const userTexts = chunk.getColumnVector(1)
    const itemNumbers = doubles(chunk, 2)
    const itemTexts = chunk.getColumnVector(3)
    const weights = doubles(chunk, 4)
    const times = doubles(chunk, 5)
    const { dropped } = this.report
    for (let i = 0; i < rows; i++) {
      const row = this.report.read++
      const userNumber = userNumbers[i]!
      const itemNumber = itemNumbers[i]!
      const userText = Number.isNaN(userNumber) ? (userTexts.getItem(i) as string | null) : null
      const itemText = Number.isNaN(itemNumber) ? (itemTexts.getItem(i) as string | null) : null
      if (row === 0) this.#checkNoHeader(userText, itemText)
      const weight = weights[i]!
      const time = times[i]!
      this.#anyTime ||= !Number.isNaN(time)
      if (Number.isNaN(userNumber) && userText === null) dropped.nullUser++
      else if (Number.isNaN(itemNumber) && itemText === null) dropped.nullItem++
      else if (Number.isNaN(weight)) dropped.nullWeight++
      else if (!Number.isFinite(Math.fround(weight))) dropped.nonFiniteWeight++
      else
        this.#rows.push(
          this.#users.indexOf(userNumber, userText, row),
          this.#items.indexOf(itemNumber, itemText, row),
          weight,
          Number.isFinite(time) ? time : Number.NaN,
        )
    }
  }

  /** DuckDB takes the header for a row if blank lines come before it. */
  #checkNoHeader(user: string | null, item: string | null): void {
    if (
      this.#source.types.get(this.#names.user) === 'VARCHAR' &&
      user === this.#names.user &&
      item === this.#names.item
    )
      throw new KindredError('ERR_DATA', `${this.#source.path}: expected the header in the first line.`)
  }

  /** Columns that were null, or unusable, in every row. */
  nullColumns(columns: ReadColumns): string[] {
    const { read, dropped } = this.report
    return [
      dropped.nullUser === read ? columns.user : undefined,
      dropped.nullItem + dropped.nullUser === read ? columns.item : undefined,
      dropped.nullUser + dropped.nullItem + dropped.nullWeight === read ? columns.weight : undefined,
      this.#anyTime ? undefined : columns.time,
    ].filter((name) => name !== undefined)
  }

  finish(): Rows {
    return this.#rows.finish(this.#users.finish(), this.#items.finish())
  }
}

async function readSource(connection: DuckDBConnection, source: Source, columns: ReadColumns): Promise<RowReader> {
  const user = idColumn(source, columns.user)
  const item = idColumn(source, columns.item)
  const weight = columns.weight === undefined ? '1::DOUBLE' : weightColumn(source, columns.weight)
  const time = columns.time === undefined ? "'nan'::DOUBLE" : timeColumn(source, columns.time)
  const selected = [user.number, user.text ?? 'NULL::VARCHAR', item.number, item.text ?? 'NULL::VARCHAR', weight, time]
  const reader = new RowReader(source, columns)
  let chunks = 0
  for await (const { chunk, rows } of streamChunks(connection, selected, source.relation, columns.signal)) {
    reader.take(chunk, rows)
    if (++chunks % CHUNKS_PER_REPORT === 0) columns.onProgress?.({ rows: reader.report.read })
  }
  columns.onProgress?.({ rows: reader.report.read })
  return reader
}

function checkColumnName(option: string, name: unknown): void {
  if (typeof name !== 'string' || name === '')
    throw new KindredError('ERR_VALUE', `${option}: expected the name of a column but received ${show(name)}.`)
}

/** Reads a file's interactions, uncleaned but for null and non-finite values. @throws see Interactions.read */
export async function readRows(
  path: string,
  columns: ReadColumns,
): Promise<{ rows: Rows; report: InteractionsReport }> {
  const wanted: string[] = []
  for (const option of ['user', 'item', 'weight', 'time'] as const) {
    const name = columns[option]
    if (name === undefined && (option === 'weight' || option === 'time')) continue
    checkColumnName(option, name)
    wanted.push(name!)
  }
  if (columns.delimiter !== undefined) checkColumnName('delimiter', columns.delimiter)
  await checkFile(path)
  return withDuckDb(path, columns.signal, async (connection) => {
    const source = await openSource(connection, path, wanted, columns)
    const reader = await readSource(connection, source, columns)
    if (source.format === 'jsonl') {
      if (reader.report.read === 0) throw new KindredError('ERR_DATA', `${path}: holds no JSON object.`)
      await checkJsonColumns(connection, source, reader.nullColumns(columns))
    }
    return { rows: reader.finish(), report: reader.report }
  })
}
