import { isPromise } from 'node:util/types'
import { checkInteger, checkOptions, ownOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { checkSignal, KindredError, show } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import type { Features } from '../features.js'
import { type Resumable, runAtOnce, runYielding } from '../resumable.js'
import type { TablePath } from '../tables/files/list-files.js'
import { type Column, type ColumnType, cellOf, type TableRow } from './column.js'
import { concatColumns } from './concat-columns.js'
import { featuresFromTable, type ToFeaturesOptions, tableColumnsOf } from './features-table.js'
import { readTable } from './read-table.js'
import { checkReadTable, type ReadTableOptions } from './read-table-options.js'
import { checkTableSplit, splitTableRows, type TableSplit } from './split-table.js'
import { checkColumns, checkNames, checkRows, checkTypes, noColumn } from './table-checks.js'
import { columnsFromRecord, columnsFromRows } from './table-from.js'
import { emptyTableReport, type TableReport } from './table-report.js'
import { sliceColumn, takingRows } from './take-rows.js'
import { writeTable } from './write-table.js'

/** Rows that a function of a row sees in about a millisecond. */
const ROWS_PER_STEP = 256

/** What a {@link Table} is made of. */
export interface TableFromOptions {
  /** The types of columns by name; of the others, that of their values. */
  types?: Readonly<Record<string, ColumnType>>
}

/** Parts of a table. */
export interface TableParts {
  /** What to learn from. */
  train: Table
  /** What to judge on. */
  test: Table
  /** What to choose parameters on, where it was asked for. */
  validation?: Table
}

/**
 * Rows under named columns, each in typed arrays off the JavaScript heap ({@link Column}). A table is never changed: what
 * makes another one of it shares its arrays where it can.
 */
export class Table implements Iterable<TableRow> {
  /** Number of rows. */
  readonly rows: number
  /** Names of the columns, in order. */
  readonly columns: readonly string[]
  /** How many rows were read, and which values did not fit the types of their columns. */
  readonly report: Readonly<TableReport>
  readonly #columns: ReadonlyMap<string, Column>

  private constructor(columns: readonly Column[], report: TableReport, rows: number) {
    this.rows = rows
    this.columns = columns.map(({ name }) => name)
    this.report = report
    this.#columns = new Map(columns.map((column) => [column.name, column]))
  }

  /**
   * Reads CSV, TSV, JSONL (NDJSON) or Parquet, text files also compressed (.gz, .zst), or a file in the format of LIBSVM:
   * one file, a list, a folder or a glob ({@link TablePath}), row after row into typed arrays.
   *
   * A column's type is what all its values are, or what `columns` says: of CSV, numbers where all fields are numbers
   * as a program writes them, so that ids such as "007" stay strings; dates where all are dates; true and false; else
   * strings. Lists of JSON and Parquet are lists of strings, those of floats in Parquet vectors. Empty fields of CSV and
   * nulls are missing. What does not fit a type that was given is missing too, and counted in `report`.
   * @throws ERR_VALUE for illegal options or an unknown extension, ERR_COLUMN for a column that a file lacks, ERR_DATA for a
   * malformed file, naming its line where that is known, ERR_IO, ERR_TOO_LARGE, ERR_ABORTED
   */
  static async read(path: TablePath, options: ReadTableOptions = {}): Promise<Table> {
    options = checkReadTable(options)
    const { columns, report } = await readTable(path, options)
    return new Table(columns, report, report.read)
  }

  /**
   * Makes a table of rows (objects by the names of columns; what a row lacks, and null, is missing) or of columns by name
   * (arrays, typed arrays, or columns of another table). Numbers, booleans, dates and strings make columns of their kind,
   * arrays of strings lists, arrays of numbers of one length vectors; where values are of several kinds, strings. Typed arrays of
   * 64-bit floats are kept, not copied.
   * @throws ERR_VALUE for what is no row or no column, ERR_SHAPE for columns of several lengths
   */
  static from(data: Iterable<object> | Readonly<Record<string, unknown>>, options: TableFromOptions = {}): Table {
    options = checkOptions('Table.from', options, ['types'])
    const types = checkTypes('types', options.types)
    if (data === null || typeof data !== 'object')
      throw new KindredError('ERR_VALUE', `Table.from: expected rows, or columns by name, but received ${show(data)}.`)
    const isRows = typeof (data as Iterable<unknown>)[Symbol.iterator] === 'function'
    const { columns, report } = isRows
      ? columnsFromRows([...(data as Iterable<unknown>)], types)
      : columnsFromRecord(data as Readonly<Record<string, unknown>>, types)
    return new Table(columns, report, Math.max(report.read, checkColumns('Table.from', columns)))
  }

  /** Makes a table of columns, which are kept. @throws ERR_VALUE for one that is none or a name that comes twice, ERR_SHAPE */
  static fromColumns(columns: readonly Column[]): Table {
    if (!Array.isArray(columns))
      throw new KindredError('ERR_VALUE', `Table.fromColumns: expected columns but received ${show(columns)}.`)
    const rows = checkColumns('Table.fromColumns', columns)
    return new Table(columns, { ...emptyTableReport(), read: rows }, rows)
  }

  /** A table of vectors by id: the column `id` and one vector per row in the column `vector`. Nothing is copied but the ids. */
  static fromFeatures(features: Features): Table {
    return Table.fromColumns(tableColumnsOf(features))
  }

  /**
   * The tables below one another. Each has the same columns, of the same types, in any order.
   * @throws ERR_VALUE if there are none, ERR_COLUMN for a column that one lacks, or has of another type
   */
  static concat(tables: readonly Table[]): Table {
    if (!Array.isArray(tables) || tables.length === 0 || tables.some((table) => !(table instanceof Table)))
      throw new KindredError('ERR_VALUE', `Table.concat: expected tables but received ${show(tables)}.`)
    return Table.fromColumns(
      concatColumns(
        tables[0]!.columns,
        tables.map((table) => table.#columns),
      ),
    )
  }

  /** Whether the table has this column. */
  has(name: string): boolean {
    return this.#columns.has(name)
  }

  /** A column; its arrays are to be read, not written. @throws ERR_COLUMN, naming those that there are */
  column(name: string): Column {
    const column = this.#columns.get(name)
    if (column === undefined) throw noColumn('column', name, this.columns)
    return column
  }

  /** The given columns, in that order. @throws ERR_COLUMN, ERR_VALUE for a name that comes twice */
  select(names: readonly string[]): Table {
    return this.#with(checkNames('select', names).map((name) => this.column(name)))
  }

  /** The table without these columns. @throws ERR_COLUMN */
  drop(names: readonly string[]): Table {
    for (const name of checkNames('drop', names)) this.column(name)
    return this.#with([...this.#columns.values()].filter(({ name }) => !names.includes(name)))
  }

  /** The table with these columns further, each in place of the one of its name if there is one. @throws ERR_SHAPE, ERR_VALUE */
  with(columns: readonly Column[]): Table {
    if (!Array.isArray(columns))
      throw new KindredError('ERR_VALUE', `with: expected columns but received ${show(columns)}.`)
    checkColumns('with', columns)
    const own = new Map(this.#columns)
    for (const column of columns) own.set(column.name, column)
    return this.#with([...own.values()])
  }

  /** The table with other names of columns. @param names the new name by the old one. @throws ERR_COLUMN, ERR_VALUE */
  rename(names: Readonly<Record<string, string>>): Table {
    if (names === null || typeof names !== 'object')
      throw new KindredError('ERR_VALUE', `rename: expected new names by old ones but received ${show(names)}.`)
    const to = new Map(Object.entries(names))
    for (const name of to.keys()) this.column(name)
    return this.#with(
      [...this.#columns.values()].map((column) => ({ ...column, name: to.get(column.name) ?? column.name })),
    )
  }

  /**
   * Some of the rows.
   * @param keep the rows' numbers in the wanted order, also several times; or a function of a row that says whether to keep
   * it, slower by far since it makes an object of each row. Synchronous: {@link filterRowsAsync} lets the event loop run.
   * @throws ERR_VALUE for a row that there is not
   */
  filterRows(keep: Int32Array | ((row: TableRow, index: number) => boolean)): Table {
    return runAtOnce(this.#filtering(keep))
  }

  /** As {@link filterRows}, in steps, between which the event loop runs. @throws as that, ERR_ABORTED */
  async filterRowsAsync(
    keep: Int32Array | ((row: TableRow, index: number) => boolean),
    options: AbortOptions = {},
  ): Promise<Table> {
    options = checkOptions('filterRowsAsync', options, ['signal'])
    return runYielding(this.#filtering(keep), options.signal)
  }

  *#filtering(keep: Int32Array | ((row: TableRow, index: number) => boolean)): Resumable<Table> {
    if (typeof keep !== 'function') return yield* this.#taking(checkRows('filterRows', keep, this.rows))
    const kept = new Int32Array(this.rows)
    let count = 0
    for (let i = 0; i < this.rows; i++) {
      if (i % ROWS_PER_STEP === 0) yield
      if (saysKeep(keep(this.row(i), i))) kept[count++] = i
    }
    return yield* this.#taking(kept.subarray(0, count))
  }

  /** Rows [begin, end), as views. @throws ERR_VALUE unless 0 <= begin <= end <= rows */
  slice(begin: number, end: number = this.rows): Table {
    checkInteger('end', end, { min: 0, max: this.rows })
    checkInteger('begin', begin, { min: 0, max: end })
    return this.#with(
      [...this.#columns.values()].map((column) => sliceColumn(column, begin, end)),
      end - begin,
    )
  }

  /** Row `i`, from 0, by the names of columns. @throws ERR_VALUE if there is no such row */
  row(i: number): TableRow {
    checkInteger('row', i, { min: 0, max: this.rows - 1 })
    const row: TableRow = {}
    for (const [name, column] of this.#columns) setOwn(row, name, cellOf(column, i))
    return row
  }

  /** Every row in order. */
  *[Symbol.iterator](): Generator<TableRow, void, undefined> {
    for (let i = 0; i < this.rows; i++) yield this.row(i)
  }

  /**
   * Divides the rows into train and test, and validation where that is asked for: at random, or by time. No row is in two
   * parts; each part keeps the order of the rows, and shares the dictionaries. Synchronous: {@link splitAsync} lets the event
   * loop run.
   * @throws ERR_VALUE for illegal options, ERR_COLUMN for a column of times that there is not
   */
  split(options: TableSplit): TableParts {
    options = checkTableSplit(options)
    return runAtOnce(this.#splitting(options))
  }

  /** As {@link split}, in steps, between which the event loop runs. @throws as that, ERR_ABORTED */
  async splitAsync(options: TableSplit & AbortOptions): Promise<TableParts> {
    const { signal, ...given } = ownOptions('splitAsync', options, ['by', 'signal'])
    checkSignal(signal)
    const split = checkTableSplit(given as TableSplit)
    return runYielding(this.#splitting(split), signal)
  }

  *#splitting(options: TableSplit): Resumable<TableParts> {
    const { train, test, validation } = yield* splitTableRows(this, options)
    const parts = { train: yield* this.#taking(train), test: yield* this.#taking(test) }
    return validation === undefined ? parts : { ...parts, validation: yield* this.#taking(validation) }
  }

  /**
   * Writes the table as Parquet, CSV, TSV or JSONL, by the extension of the path; an older file is replaced whole, once the
   * new one is on the disk. Timestamps are written in UTC; lists, vectors and sparse features as lists in Parquet and JSONL, and
   * as JSON in CSV, where an empty text comes back as a missing one.
   * @throws ERR_VALUE for another extension, ERR_COLUMN for names in Parquet that differ by case alone, ERR_IO, ERR_ABORTED; an older file is then as it was
   */
  async write(path: string, options: AbortOptions = {}): Promise<void> {
    options = checkOptions('Table.write', options, ['signal'])
    await writeTable(path, this, options.signal)
  }

  /**
   * One vector per row, by the ids of a column: the numbers of columns beside one another.
   * @throws ERR_COLUMN for a column that there is not or that holds no numbers, ERR_VALUE for a row without an id, or a missing
   * value, ERR_DUPLICATE for an id that comes twice
   */
  toFeatures(options: ToFeaturesOptions): Features {
    return featuresFromTable(this, options)
  }

  *#taking(rows: Int32Array): Resumable<Table> {
    const columns: Column[] = []
    for (const column of this.#columns.values()) columns.push(yield* takingRows(column, rows))
    return this.#with(columns, rows.length)
  }

  #with(columns: readonly Column[], rows: number = this.rows): Table {
    if (checkColumns('Table', columns) !== rows && columns.length > 0)
      throw new KindredError(
        'ERR_SHAPE',
        `Table: expected columns of ${rows} rows, but ${show(columns[0]!.name)} has others.`,
      )
    return new Table(columns, this.report, rows)
  }
}

guardReceivers(Table)

/** What a function of a row said. @throws ERR_VALUE for a promise, which would keep every row */
function saysKeep(said: unknown): boolean {
  if (!isPromise(said)) return Boolean(said)
  said.catch(() => {})
  throw new KindredError(
    'ERR_VALUE',
    'filterRows: expected true or false for each row but received a promise. Await what the function needs before, and give one that is not async.',
  )
}

/** Sets a field, also one named `__proto__`. */
function setOwn(row: TableRow, name: string, value: TableRow[string]): void {
  if (name === '__proto__')
    Object.defineProperty(row, name, { value, enumerable: true, writable: true, configurable: true })
  else row[name] = value
}
