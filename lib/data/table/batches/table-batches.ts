import { KindredError } from '../../../native/errors.js'
import { runYielding } from '../../resumable.js'
import type { TablePath } from '../../tables/files/list-files.js'
import { type OpenTable, withTable } from '../../tables/with-table.js'
import { LoopYielder } from '../../yield-to-event-loop.js'
import { type Column, type ColumnSource, isMissing, rowsOf } from '../column.js'
import { type ColumnPlan, ColumnReader } from '../column-reader.js'
import { isLibsvm } from '../libsvm/read-libsvm.js'
import { fileOptions, planOf, rowsIn } from '../read-table.js'
import { type ReadTableOptions, wantedColumns } from '../read-table-options.js'
import { noColumn } from '../table-checks.js'

/** Some of a table's rows, in their order. */
export interface TableBatch extends ColumnSource {
  /** The number of the first of them. */
  readonly begin: number
}

/** How far the work on a file has come. */
export interface TableFileProgress {
  /** 'types': what the values of columns are; 'learn': what is taken from them; 'write': the new file. */
  phase: 'types' | 'learn' | 'write'
  /** Rows of this pass that were read. */
  done: number
  /** Rows that there are, where they are known. */
  total: number | undefined
}

/** How {@link withTableBatches} reads. */
export interface BatchOptions extends Omit<ReadTableOptions, 'onProgress'> {
  /** Most rows of a batch. */
  batchRows: number
}

/** Rows of a batch where nothing is said. */
export const BATCH_ROWS = 1 << 16

/** A table in files, whose rows are read some at a time, as often as they are needed. */
export class TableBatches {
  /** Rows, where they are known: the files say it, or a pass has counted them. */
  total: number | undefined
  readonly #table: OpenTable
  readonly #options: BatchOptions
  #plans: readonly ColumnPlan[]

  private constructor(table: OpenTable, plans: readonly ColumnPlan[], options: BatchOptions) {
    this.#table = table
    this.#plans = plans
    this.#options = options
    this.total = rowsIn(table.sources)
  }

  /** Finds the types of the columns, which the values of all rows say: one pass or more unless they are known. */
  static async open(
    table: OpenTable,
    options: BatchOptions,
    onProgress: (progress: TableFileProgress) => void,
  ): Promise<TableBatches> {
    const batches = new TableBatches(table, await planOf(table, options), options)
    while (batches.#plans.some(({ isGiven }) => !isGiven)) {
      const readers = batches.#readers()
      for await (const rows of batches.#read(readers)) {
        onProgress({ phase: 'types', done: rows, total: batches.total })
        for (const reader of readers) reader.restart()
      }
      if (readers.every(({ changed }) => changed === undefined)) break
      batches.#plans = batches.#plans.map((plan, n) => ({ ...plan, type: readers[n]!.changed ?? plan.type }))
    }
    return batches
  }

  /** Names of the columns. */
  get columns(): string[] {
    return this.#plans.map(({ name }) => name)
  }

  /** @throws ERR_COLUMN for a column that there is not */
  check(names: Iterable<string>): void {
    for (const name of names) if (!this.columns.includes(name)) throw noColumn('column', name, this.columns)
  }

  /** Makes a path for a file of that extension, which is removed at the end. */
  temporary(extension: string): Promise<string> {
    return this.#table.temporary(extension)
  }

  /** One pass over all rows; of a table without rows one batch of none. @throws ERR_COLUMN, ERR_DATA, ERR_ABORTED */
  async *pass(onRows: (done: number) => void = () => {}): AsyncGenerator<TableBatch, void, undefined> {
    const readers = this.#readers()
    const isFound = readers.map(() => false)
    let begin = 0
    for await (const end of this.#read(readers)) {
      const columns: Column[] = []
      for (const reader of readers) {
        columns.push(await runYielding(reader.builder.finish(), this.#options.signal))
        reader.restart()
      }
      for (const [n, column] of columns.entries()) isFound[n] ||= hasValue(column)
      yield batchOf(columns, begin, end - begin)
      onRows(end)
      begin = end
    }
    this.total = begin
    if (this.#options.columns !== undefined) await this.#table.checkNulls(this.columns.filter((_, n) => !isFound[n]))
  }

  #readers(): ColumnReader[] {
    const { decimal = '.', separator = '|' } = this.#options
    return this.#plans.map((plan) => new ColumnReader(plan, decimal, separator))
  }

  /** Lets the readers take the rows; after each batch of them how many were read. */
  async *#read(readers: readonly ColumnReader[]): AsyncGenerator<number, void, undefined> {
    const yielder = new LoopYielder(this.#options.signal)
    let rows = 0
    let told = -1
    for (const source of this.#table.sources) {
      for (const reader of readers) reader.turnTo(source)
      const selection = readers.flatMap(({ selected }) => selected)
      for await (const chunk of this.#table.chunks(source, selection)) {
        let first = 0
        for (const reader of readers) {
          reader.take(chunk, first)
          first += reader.selected.length
          if (yielder.due) await yielder.yieldToLoop()
        }
        rows += chunk.rows
        if (rows - Math.max(told, 0) < this.#options.batchRows) continue
        told = rows
        yield rows
      }
    }
    if (rows !== told) yield rows
  }
}

function hasValue(column: Column): boolean {
  for (let row = 0; row < rowsOf(column); row++) if (!isMissing(column, row)) return true
  return false
}

function batchOf(columns: readonly Column[], begin: number, rows: number): TableBatch {
  const byName = new Map(columns.map((column) => [column.name, column]))
  return { begin, rows, columns: [...byName.keys()], column: (name) => byName.get(name)! }
}

/**
 * Opens the files of a table and runs `work` on their rows, a batch at a time: types are those that `Table.read` finds.
 * Where the files turn out to need another way of reading, `work` runs again from the start.
 * @throws ERR_NOT_SUPPORTED for the format of LIBSVM, and what `Table.read` throws
 */
export async function withTableBatches<T>(
  where: string,
  path: TablePath,
  options: BatchOptions,
  onProgress: (progress: TableFileProgress) => void,
  work: (batches: TableBatches) => Promise<T>,
): Promise<T> {
  if (isLibsvm(path, options))
    throw new KindredError(
      'ERR_NOT_SUPPORTED',
      `${where}: expected CSV, TSV, JSONL or Parquet, but the file is of LIBSVM; Table.read reads it.`,
    )
  const wanted = wantedColumns(options.columns)
  return withTable(path, wanted && [...wanted.keys()], fileOptions(options), options.signal, async (table) =>
    work(await TableBatches.open(table, options, onProgress)),
  )
}
