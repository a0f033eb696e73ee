import { withCallback } from '../../native/caller-callback.js'
import { KindredError, show } from '../../native/errors.js'
import { ColumnsBuilder, type InteractionColumns } from '../log/interaction-columns.js'
import type { ReadInteractionsOptions } from '../log/interaction-options.js'
import { emptyReport, type InteractionsReport } from '../log/interactions-report.js'
import { type Resumable, runYielding } from '../resumable.js'
import { checkFile } from './check-file.js'
import { idExpressions, timeExpression, weightExpression } from './column-expressions.js'
import { IdColumnReader } from './id-column-reader.js'
import type { Chunk, TableReader } from './table-reader.js'
import type { Source } from './table-source.js'
import { withTableReader } from './with-table-reader.js'

const CHUNKS_PER_REPORT = 64

// Of the columns selected: user and item as number and text each, weight, time.
const IS_NUMBER = [true, false, true, false, true, true]

/** Takes chunks of the columns user, item, weight and time, each id as number and text, and keeps the usable rows. */
class RowReader {
  readonly report = emptyReport()
  readonly #rows = new ColumnsBuilder()
  readonly #users: IdColumnReader
  readonly #items: IdColumnReader
  readonly #source: Source
  readonly #names: { user: string; item: string }
  #anyTime = false

  constructor(source: Source, names: { user: string; item: string }) {
    this.#source = source
    this.#names = names
    this.#users = new IdColumnReader(source.path, idExpressions(source, names.user))
    this.#items = new IdColumnReader(source.path, idExpressions(source, names.item))
  }

  take(chunk: Chunk): void {
    const userNumbers = chunk.numbers(0)
    const itemNumbers = chunk.numbers(2)
    const weights = chunk.numbers(4)
    const times = chunk.numbers(5)
    const { dropped } = this.report
    for (let i = 0; i < chunk.rows; i++) {
      const row = this.report.read++
      const userNumber = userNumbers[i]!
      const itemNumber = itemNumbers[i]!
      const userText = Number.isNaN(userNumber) ? chunk.text(1, i) : null
      const itemText = Number.isNaN(itemNumber) ? chunk.text(3, i) : null
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
  nullColumns(columns: ReadInteractionsOptions): string[] {
    const { read, dropped } = this.report
    return [
      dropped.nullUser === read ? columns.user : undefined,
      dropped.nullItem + dropped.nullUser === read ? columns.item : undefined,
      dropped.nullUser + dropped.nullItem + dropped.nullWeight === read ? columns.weight : undefined,
      this.#anyTime ? undefined : columns.time,
    ].filter((name) => name !== undefined)
  }

  finish(): Resumable<InteractionColumns> {
    return this.#rows.finish(this.#users.finish(), this.#items.finish())
  }
}

async function readSource(
  table: TableReader,
  source: Source,
  columns: ReadInteractionsOptions,
  onProgress: ReadInteractionsOptions['onProgress'],
): Promise<RowReader> {
  const user = idExpressions(source, columns.user)
  const item = idExpressions(source, columns.item)
  const weight = columns.weight === undefined ? '1::DOUBLE' : weightExpression(source, columns.weight)
  const time = columns.time === undefined ? "'nan'::DOUBLE" : timeExpression(source, columns.time)
  const selected = [user.number, user.text ?? 'NULL::VARCHAR', item.number, item.text ?? 'NULL::VARCHAR', weight, time]
  const reader = new RowReader(source, columns)
  let chunks = 0
  const report = () => onProgress?.({ done: reader.report.read, total: source.rows })
  for await (const chunk of table.chunks(selected, IS_NUMBER, source.relation)) {
    reader.take(chunk)
    if (++chunks % CHUNKS_PER_REPORT === 0) report()
  }
  report()
  return reader
}

function checkColumnName(option: string, name: unknown): void {
  if (typeof name !== 'string' || name === '')
    throw new KindredError('ERR_VALUE', `${option}: expected the name of a column but received ${show(name)}.`)
}

/** Reads a file's interactions, uncleaned but for null and non-finite values. @throws see Interactions.read */
export async function readRows(
  path: string,
  columns: ReadInteractionsOptions,
): Promise<{ rows: InteractionColumns; report: InteractionsReport }> {
  const names: string[] = []
  for (const option of ['user', 'item', 'weight', 'time'] as const) {
    const name = columns[option]
    if (name === undefined && (option === 'weight' || option === 'time')) continue
    checkColumnName(option, name)
    names.push(name!)
  }
  if (columns.delimiter !== undefined) checkColumnName('delimiter', columns.delimiter)
  await checkFile(path)
  return withCallback(columns.onProgress, (onProgress) =>
    withTableReader(path, columns.signal, async (table) => {
      const { format, delimiter } = columns
      const source = await table.open(names, { format, delimiter })
      const reader = await readSource(table, source, columns, onProgress)
      if (source.format === 'jsonl') {
        if (reader.report.read === 0) throw new KindredError('ERR_DATA', `${path}: holds no JSON object.`)
        await table.checkJsonColumns(source, reader.nullColumns(columns))
      }
      return { rows: await runYielding(reader.finish(), columns.signal), report: reader.report }
    }),
  )
}
