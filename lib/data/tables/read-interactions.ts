import { checkOneOf } from '../../native/argument-checks.js'
import { withCallback } from '../../native/caller-callback.js'
import { KindredError, show } from '../../native/errors.js'
import { ColumnsBuilder, type InteractionColumns } from '../log/interaction-columns.js'
import type { ReadInteractionsOptions } from '../log/interaction-options.js'
import { emptyReport, type InteractionsReport } from '../log/interactions-report.js'
import { TimeUnits } from '../log/time-units.js'
import { type Resumable, runYielding } from '../resumable.js'
import { idColumns, type SelectedColumn } from './duckdb/column-expressions.js'
import type { Chunk } from './duckdb/table-reader.js'
import type { Source } from './duckdb/table-source.js'
import { TimeColumn, WeightColumn } from './duckdb/value-columns.js'
import type { TablePath } from './files/list-files.js'
import { IdColumnReader } from './id-column-reader.js'
import { tableFileOptions } from './table-file-options.js'
import { type OpenTable, withTable } from './with-table.js'

const CHUNKS_PER_REPORT = 64

/** Takes chunks of what it selects, and keeps the usable rows. */
class RowReader {
  /** User and item as number and text each, then weight and time. */
  selection: readonly SelectedColumn[] = []
  readonly report = emptyReport()
  readonly #columns: ReadInteractionsOptions
  readonly #rows = new ColumnsBuilder()
  readonly #units = new TimeUnits()
  #users: IdColumnReader | undefined
  #items: IdColumnReader | undefined
  #weights: WeightColumn | undefined
  #times: TimeColumn | undefined
  #rowsBefore = 0
  #anyTime = false

  constructor(columns: ReadInteractionsOptions) {
    this.#columns = columns
  }

  /** The chunks that follow come from this file. @throws ERR_COLUMN for a column of a type that cannot be used */
  turnTo(source: Source): void {
    const { user, item, weight, time, decimal = '.' } = this.#columns
    const { path } = source
    const users = idColumns(source, user)
    const items = idColumns(source, item)
    this.#users ??= new IdColumnReader(path, users)
    this.#items ??= new IdColumnReader(path, items)
    this.#users.turnTo(path, users)
    this.#items.turnTo(path, items)
    this.#weights = weight === undefined ? undefined : new WeightColumn(source, weight, decimal)
    const onUnreadable = () => {
      this.report.unreadableTimes = (this.report.unreadableTimes ?? 0) + 1
    }
    this.#times = time === undefined ? undefined : new TimeColumn(source, time, decimal, this.#units, onUnreadable)
    const values = [...(this.#weights?.selected ?? []), ...(this.#times?.selected ?? [])]
    this.selection = [...users.selected, ...items.selected, ...values]
    this.#units.file = this.report.read === 0 ? '' : ` of ${path}`
    this.#rowsBefore = this.report.read
  }

  take(chunk: Chunk): void {
    const userNumbers = chunk.numbers(0)
    const itemNumbers = chunk.numbers(2)
    const weights = this.#weights
    const times = this.#times
    const weightNumbers = weights?.begin(chunk, 4)
    times?.begin(chunk, 4 + (weights?.selected.length ?? 0))
    const { dropped } = this.report
    for (let i = 0; i < chunk.rows; i++) {
      const row = this.report.read++ - this.#rowsBefore
      const userNumber = userNumbers[i]!
      const itemNumber = itemNumbers[i]!
      const userText = Number.isNaN(userNumber) ? this.#users!.textOf(chunk.text(1, i)) : null
      const itemText = Number.isNaN(itemNumber) ? this.#items!.textOf(chunk.text(3, i)) : null
      const number = weightNumbers === undefined ? 1 : weightNumbers[i]!
      const weight = Number.isNaN(number) ? weights!.odd(i) : number
      const time = times === undefined ? Number.NaN : times.at(i, row)
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
          time,
        )
    }
  }

  /** Columns that were null, or unusable, in every row. */
  nullColumns(): string[] {
    const columns = this.#columns
    const { read, dropped } = this.report
    return [
      dropped.nullUser === read ? columns.user : undefined,
      dropped.nullItem + dropped.nullUser === read ? columns.item : undefined,
      dropped.nullUser + dropped.nullItem + dropped.nullWeight === read ? columns.weight : undefined,
      this.#anyTime || this.report.unreadableTimes !== undefined ? undefined : columns.time,
    ].filter((name) => name !== undefined)
  }

  /** @param path of the first file. @throws ERR_DATA for times of two units */
  check(path: string): void {
    this.#units.check(`${path}: column ${show(this.#columns.time)}`)
  }

  finish(): Resumable<InteractionColumns> {
    return this.#rows.finish(this.#users!.finish(), this.#items!.finish())
  }
}

async function readTable(
  { sources, chunks }: OpenTable,
  columns: ReadInteractionsOptions,
  onProgress: ReadInteractionsOptions['onProgress'],
): Promise<RowReader> {
  const reader = new RowReader(columns)
  const total = sources.every(({ rows }) => rows !== undefined)
    ? sources.reduce((sum, { rows }) => sum + rows!, 0)
    : undefined
  let count = 0
  const report = () => onProgress?.({ done: reader.report.read, total })
  for (const source of sources) {
    reader.turnTo(source)
    for await (const chunk of chunks(source, reader.selection)) {
      reader.take(chunk)
      if (++count % CHUNKS_PER_REPORT === 0) report()
    }
  }
  report()
  reader.check(sources[0]!.path)
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
  if (columns.decimal !== undefined) checkOneOf('decimal', columns.decimal, ['.', ','])
  return withCallback(columns.onProgress, (onProgress) => {
    // A second reading tells its progress where it is beyond the first's.
    let told = -1
    const tell: typeof onProgress = (progress) => {
      if (progress.done > told) onProgress?.(progress)
      told = Math.max(told, progress.done)
    }
    return withTable(path, names, tableFileOptions(columns), columns.signal, async (table) => {
      const reader = await readTable(table, columns, tell)
      const [{ path: first, format }] = table.sources as [Source]
      if (format === 'jsonl' && reader.report.read === 0)
        throw new KindredError('ERR_DATA', `${first}: holds no JSON object.`)
      await table.checkNulls(reader.nullColumns())
      return { rows: await runYielding(reader.finish(), columns.signal), report: reader.report }
    })
  })
}
