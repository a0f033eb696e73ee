import { withCallback } from '../../native/caller-callback.js'
import { KindredError, show } from '../../native/errors.js'
import { ColumnsBuilder, type InteractionColumns } from '../log/interaction-columns.js'
import type { ReadInteractionsOptions } from '../log/interaction-options.js'
import { emptyReport, type InteractionsReport } from '../log/interactions-report.js'
import { type Resumable, runYielding } from '../resumable.js'
import { type IdExpressions, idExpressions, timeExpression, weightExpression } from './column-expressions.js'
import { IdColumnReader } from './id-column-reader.js'
import type { TablePath } from './list-files.js'
import { tableFileOptions } from './table-file-options.js'
import type { Chunk, TableReader } from './table-reader.js'
import type { Source } from './table-source.js'
import { withTable } from './with-table.js'

const CHUNKS_PER_REPORT = 64

// Of the columns selected: user and item as number and text each, weight, time.
const IS_NUMBER = [true, false, true, false, true, true]

/** Takes chunks of the columns user, item, weight and time, each id as number and text, and keeps the usable rows. */
class RowReader {
  readonly report = emptyReport()
  readonly #rows = new ColumnsBuilder()
  #users: IdColumnReader | undefined
  #items: IdColumnReader | undefined
  #rowsBefore = 0
  #anyTime = false

  /** The chunks that follow come from this file. */
  turnTo({ path }: Source, user: IdExpressions, item: IdExpressions): void {
    this.#users ??= new IdColumnReader(path, user)
    this.#items ??= new IdColumnReader(path, item)
    this.#users.turnTo(path, user)
    this.#items.turnTo(path, item)
    this.#rowsBefore = this.report.read
  }

  take(chunk: Chunk): void {
    const userNumbers = chunk.numbers(0)
    const itemNumbers = chunk.numbers(2)
    const weights = chunk.numbers(4)
    const times = chunk.numbers(5)
    const { dropped } = this.report
    for (let i = 0; i < chunk.rows; i++) {
      const row = this.report.read++ - this.#rowsBefore
      const userNumber = userNumbers[i]!
      const itemNumber = itemNumbers[i]!
      const userText = Number.isNaN(userNumber) ? chunk.text(1, i) : null
      const itemText = Number.isNaN(itemNumber) ? chunk.text(3, i) : null
      const weight = weights[i]!
      const time = times[i]!
      this.#anyTime ||= !Number.isNaN(time)
      if (Number.isNaN(userNumber) && userText === null) dropped.nullUser++
      else if (Number.isNaN(itemNumber) && itemText === null) dropped.nullItem++
      else if (Number.isNaN(weight)) dropped.nullWeight++
      else if (!Number.isFinite(Math.fround(weight))) dropped.nonFiniteWeight++
      else
        this.#rows.push(
          this.#users!.indexOf(userNumber, userText, row),
          this.#items!.indexOf(itemNumber, itemText, row),
          weight,
          Number.isFinite(time) ? time : Number.NaN,
        )
    }
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
    return this.#rows.finish(this.#users!.finish(), this.#items!.finish())
  }
}

async function readSources(
  table: TableReader,
  sources: readonly Source[],
  columns: ReadInteractionsOptions,
  onProgress: ReadInteractionsOptions['onProgress'],
): Promise<RowReader> {
  const reader = new RowReader()
  const total = sources.every(({ rows }) => rows !== undefined)
    ? sources.reduce((sum, { rows }) => sum + rows!, 0)
    : undefined
  let chunks = 0
  const report = () => onProgress?.({ done: reader.report.read, total })
  for (const source of sources) {
    const user = idExpressions(source, columns.user)
    const item = idExpressions(source, columns.item)
    const weight = columns.weight === undefined ? '1::DOUBLE' : weightExpression(source, columns.weight)
    const time = columns.time === undefined ? "'nan'::DOUBLE" : timeExpression(source, columns.time)
    const selected = [
      user.number,
      user.text ?? 'NULL::VARCHAR',
      item.number,
      item.text ?? 'NULL::VARCHAR',
      weight,
      time,
    ]
    reader.turnTo(source, user, item)
    for await (const chunk of table.chunks(selected, IS_NUMBER, source)) {
      reader.take(chunk)
      if (++chunks % CHUNKS_PER_REPORT === 0) report()
    }
  }
  report()
  return reader
}

function checkColumnName(option: string, name: unknown): void {
  if (typeof name !== 'string' || name === '')
    throw new KindredError('ERR_VALUE', `${option}: expected the name of a column but received ${show(name)}.`)
}

/** Reads the interactions of a table, uncleaned but for null and non-finite values. @throws see Interactions.read */
export async function readRows(
  path: TablePath,
  columns: ReadInteractionsOptions,
): Promise<{ rows: InteractionColumns; report: InteractionsReport }> {
  const names: string[] = []
  for (const option of ['user', 'item', 'weight', 'time'] as const) {
    const name = columns[option]
    if (name === undefined && (option === 'weight' || option === 'time')) continue
    checkColumnName(option, name)
    names.push(name!)
  }
  return withCallback(columns.onProgress, (onProgress) =>
    withTable(path, names, tableFileOptions(columns), columns.signal, async (table, sources) => {
      const reader = await readSources(table, sources, columns, onProgress)
      const [{ path: first, format }] = sources as [Source]
      if (format === 'jsonl') {
        if (reader.report.read === 0) throw new KindredError('ERR_DATA', `${first}: holds no JSON object.`)
        await table.checkJsonColumns(sources, reader.nullColumns(columns))
      }
      return { rows: await runYielding(reader.finish(), columns.signal), report: reader.report }
    }),
  )
}
