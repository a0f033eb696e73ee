import { checkOneOf } from '../../native/argument-checks.js'
import { withCallback } from '../../native/caller-callback.js'
import { KindredError, show } from '../../native/errors.js'
import { ColumnsBuilder, type InteractionColumns } from '../log/interaction-columns.js'
import type { ReadInteractionsOptions } from '../log/interaction-options.js'
import { emptyReport, type InteractionsReport } from '../log/interactions-report.js'
import { type Resumable, runYielding } from '../resumable.js'
import { checkFile } from './check-file.js'
import { idColumns, type SelectedColumn } from './column-expressions.js'
import { IdColumnReader } from './id-column-reader.js'
import type { Chunk } from './table-reader.js'
import type { Source } from './table-source.js'
import { TimeColumn, WeightColumn } from './value-columns.js'
import { type Table, withTable } from './with-table.js'

const CHUNKS_PER_REPORT = 64

/** Takes chunks of what it selects, and keeps the usable rows. */
class RowReader {
  /** User and item as number and text each, then weight and time. */
  readonly selection: readonly SelectedColumn[]
  readonly report = emptyReport()
  readonly #rows = new ColumnsBuilder()
  readonly #users: IdColumnReader
  readonly #items: IdColumnReader
  readonly #weights: WeightColumn | undefined
  readonly #times: TimeColumn | undefined
  readonly #source: Source
  readonly #names: { user: string; item: string }
  #anyTime = false

  /** @throws ERR_COLUMN for a column of a type that cannot hold what is asked of it */
  constructor(source: Source, { user, item, weight, time, decimal = '.' }: ReadInteractionsOptions) {
    this.#source = source
    this.#names = { user, item }
    const users = idColumns(source, user)
    const items = idColumns(source, item)
    this.#users = new IdColumnReader(source.path, users)
    this.#items = new IdColumnReader(source.path, items)
    this.#weights = weight === undefined ? undefined : new WeightColumn(source, weight, decimal)
    this.#times = time === undefined ? undefined : new TimeColumn(source, time, decimal)
    const values = [...(this.#weights?.selected ?? []), ...(this.#times?.selected ?? [])]
    this.selection = [...users.selected, ...items.selected, ...values]
  }

  take(chunk: Chunk): void {
    const userNumbers = chunk.numbers(0)
    const itemNumbers = chunk.numbers(2)
    const weights = this.#weights
    const times = this.#times
    weights?.begin(chunk, 4)
    times?.begin(chunk, 4 + (weights?.selected.length ?? 0))
    const { dropped } = this.report
    for (let i = 0; i < chunk.rows; i++) {
      const row = this.report.read++
      const userNumber = userNumbers[i]!
      const itemNumber = itemNumbers[i]!
      const userText = Number.isNaN(userNumber) ? this.#users.textOf(chunk.text(1, i)) : null
      const itemText = Number.isNaN(itemNumber) ? this.#items.textOf(chunk.text(3, i)) : null
      if (row === 0) this.#checkNoHeader(userText, itemText)
      const weight = weights === undefined ? 1 : weights.at(i)
      const time = times === undefined ? Number.NaN : times.at(i, row)
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
          time,
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
      this.#anyTime || this.report.unreadableTimes !== undefined ? undefined : columns.time,
    ].filter((name) => name !== undefined)
  }

  /** Completes the report. @throws ERR_DATA for times of two units */
  check(): void {
    if (this.#times === undefined) return
    this.#times.check()
    if (this.#times.unreadable > 0) this.report.unreadableTimes = this.#times.unreadable
  }

  finish(): Resumable<InteractionColumns> {
    return this.#rows.finish(this.#users.finish(), this.#items.finish())
  }
}

async function readTable(
  { source, chunks }: Table,
  columns: ReadInteractionsOptions,
  onProgress: ReadInteractionsOptions['onProgress'],
): Promise<RowReader> {
  const reader = new RowReader(source, columns)
  let count = 0
  const report = () => onProgress?.({ done: reader.report.read, total: source.rows })
  for await (const chunk of chunks(reader.selection)) {
    reader.take(chunk)
    if (++count % CHUNKS_PER_REPORT === 0) report()
  }
  report()
  reader.check()
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
  if (columns.decimal !== undefined) checkOneOf('decimal', columns.decimal, ['.', ','])
  await checkFile(path)
  return withCallback(columns.onProgress, (onProgress) => {
    // A second reading tells its progress where it is beyond the first's.
    let told = -1
    const tell: typeof onProgress = (progress) => {
      if (progress.done > told) onProgress?.(progress)
      told = Math.max(told, progress.done)
    }
    return withTable(path, names, columns, async (table) => {
      const reader = await readTable(table, columns, tell)
      if (table.source.format === 'jsonl' && reader.report.read === 0)
        throw new KindredError('ERR_DATA', `${path}: holds no JSON object.`)
      await table.checkNulls(reader.nullColumns(columns))
      return { rows: await runYielding(reader.finish(), columns.signal), report: reader.report }
    })
  })
}
