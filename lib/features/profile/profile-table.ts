import { Table } from '../../data/table/table.js'
import type { TablePath } from '../../data/tables/files/list-files.js'
import { TABLE_FILE_OPTIONS, type TableFileOptions, tableFileOptions } from '../../data/tables/table-file-options.js'
import { checkInteger, checkNumber, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions, Progress } from '../../native/call-options.js'
import { withCallback } from '../../native/caller-callback.js'
import { KindredError, show } from '../../native/errors.js'
import { correlationsOf } from './associations.js'
import { columnDrift, type DriftSettings } from './column-drift.js'
import type { ColumnProfile } from './column-profile.js'
import { partsOf } from './column-types.js'
import { columnsAtOnce, numberSummaries } from './number-statistics.js'
import type { ColumnDrift, TableDrift } from './table-drift.js'
import { TableProfile } from './table-profile.js'
import { type TypedColumn, type TypedTable, withTypedTable } from './typed-table.js'
import { countDuplicates, countValues, presentValues } from './value-statistics.js'

/** Options of {@link profileTable}; those of files are of both tables. */
export interface ProfileTableOptions extends TableFileOptions, AbortOptions {
  /** The columns to look at; default all. */
  select?: readonly string[]
  /** Another table to compare with, the reference: what the data was when a model was trained, say. */
  against?: TablePath | Table
  /** How many of the most frequent values to list; default 10. */
  frequent?: number
  /** How many columns to correlate, the first that can be; default 30. 0: none. */
  correlations?: number
  /** Drift: how many bins numbers have, between the reference's quantiles; default 10. */
  bins?: number
  /** Drift: how many values have a bin of their own, the reference's most frequent ones; default 50. */
  categories?: number
  /** Drift: the share that a bin counts as at least in the population stability index; default 1e-4. */
  floor?: number
  /**
   * DuckDB's own limit, in bytes, for each table: sorts and groups beyond it go to temporary files. The process takes more.
   * Default: 80 % of the memory.
   */
  maxBytes?: number
  /** Called after each column. */
  onProgress?: (progress: Progress) => void
}

const OWN = ['select', 'against', 'frequent', 'correlations', 'bins', 'categories', 'floor', 'maxBytes'] as const
const LEGAL = [...TABLE_FILE_OPTIONS, ...OWN, 'signal', 'onProgress']

/** DuckDB does not start with less. */
const LEAST_BYTES = 64 * 2 ** 20

function checkSelect(select: unknown): void {
  if (select === undefined) return
  if (!Array.isArray(select) || select.length === 0 || select.some((name) => typeof name !== 'string'))
    throw new KindredError('ERR_VALUE', `select: expected names of columns but received ${show(select)}.`)
}

/** @throws ERR_VALUE for an illegal option */
function profileSettings(options: ProfileTableOptions) {
  options = checkOptions('profileTable', options, LEGAL)
  const { select, against, signal, onProgress, maxBytes, frequent = 10, correlations = 30 } = options
  const { bins = 10, categories = 50, floor = 1e-4 } = options
  checkSelect(select)
  return {
    against,
    onProgress,
    signal,
    frequent: checkInteger('frequent', frequent, { min: 1, max: 1000 }),
    correlations: checkInteger('correlations', correlations, { min: 0, max: 500 }),
    drift: {
      bins: checkInteger('bins', bins, { min: 2, max: 1000 }),
      categories: checkInteger('categories', categories, { min: 1, max: 10_000 }),
      floor: checkNumber('floor', floor, { min: Number.MIN_VALUE, max: 1 }),
    } satisfies DriftSettings,
    table: {
      file: tableFileOptions(options),
      select,
      signal,
      maxBytes: maxBytes === undefined ? undefined : checkInteger('maxBytes', maxBytes, { min: LEAST_BYTES }),
    },
  }
}

/** @throws ERR_VALUE for an option of files where there are none */
function refuseFileOptions(table: unknown, against: unknown, file: TableFileOptions): void {
  const given = TABLE_FILE_OPTIONS.find((name) => file[name] !== undefined)
  if (given !== undefined && table instanceof Table && (against === undefined || against instanceof Table))
    throw new KindredError('ERR_VALUE', `${given}: of files, but what is given is a Table.`)
}

type Settings = ReturnType<typeof profileSettings>

/** Counts columns as they are done. */
type Step = () => void

async function columnsOf(table: TypedTable, { frequent }: Settings, step: Step): Promise<ColumnProfile[]> {
  const isNumeric = ({ type }: TypedColumn) => type === 'number' || type === 'timestamp'
  const present = await presentValues(table, table.columns)
  const summaries = await numberSummaries(table, table.columns.filter(isNumeric))
  const out: ColumnProfile[] = []
  for (const some of partsOf(table.columns, columnsAtOnce(table.rows))) {
    const counts = await countValues(table, some, frequent)
    for (const [n, { name, type }] of some.entries()) {
      const { present: count, ...texts } = present[out.length]!
      const numbers = summaries.get(name)
      const missing = table.rows - count
      out.push({ name, type, present: count, missing, ...counts[n]!, ...(numbers && { numbers }), ...texts })
      step()
    }
  }
  return out
}

async function driftOf(
  table: TypedTable,
  reference: TypedTable,
  { drift: settings }: Settings,
  step: Step,
): Promise<TableDrift> {
  const known = new Map(reference.columns.map((column) => [column.name, column]))
  const columns: ColumnDrift[] = []
  const retyped: TableDrift['retyped'] = []
  for (const is of table.columns) {
    const was = known.get(is.name)
    step()
    if (was === undefined) continue
    if (was.type !== is.type && was.type !== 'unknown' && is.type !== 'unknown')
      retyped.push({ column: is.name, reference: was.type, current: is.type })
    else columns.push(await columnDrift(reference, table, [was, is], settings))
  }
  const own = new Set(table.columns.map(({ name }) => name))
  return {
    against: reference.path,
    rows: reference.rows,
    columns,
    gone: reference.columns.flatMap(({ name }) => (own.has(name) ? [] : [name])),
    added: table.columns.flatMap(({ name }) => (known.has(name) ? [] : [name])),
    retyped,
  }
}

async function profileOf(
  table: TypedTable,
  reference: TypedTable | undefined,
  settings: Settings,
  tell: ((progress: Progress) => void) | undefined,
): Promise<TableProfile> {
  const total = table.columns.length * (reference === undefined ? 1 : 2)
  let done = 0
  const step = () => tell?.({ done: ++done, total })
  const columns = await columnsOf(table, settings, step)
  const duplicates = await countDuplicates(table)
  const correlations = await correlationsOf(table, columns, settings.correlations, settings.signal)
  const drift = reference === undefined ? undefined : await driftOf(table, reference, settings, step)
  return new TableProfile({ table: table.path, rows: table.rows, duplicates, columns, correlations, drift })
}

/**
 * Looks at a table: types, what is missing, distinct and most frequent values, distributions, correlations, duplicates; and,
 * with another table as the reference, how each column has changed. DuckDB reads it from its files, which need not fit in
 * memory; other formats than Parquet are written as such into the folder of temporary files first.
 *
 * All figures are those of all rows, but for correlations of tables of more than 100,000, which are those of as many of
 * them; see {@link Correlations}.
 * @param table CSV, TSV, JSONL or Parquet: a file, a list, a folder or a glob; or a {@link Table}, which is written into a
 * temporary file
 * @throws ERR_VALUE for illegal options or an unknown extension, ERR_COLUMN for a selected column that is not there,
 * ERR_DATA for a table without rows or a malformed file, ERR_IO, ERR_OUT_OF_MEMORY, ERR_ABORTED
 *
 * @example
 * const profile = await profileTable('ratings.csv', { against: 'ratings-of-june.csv' })
 * console.log(String(profile))
 * await profile.save('ratings.html')
 */
export async function profileTable(table: TablePath | Table, options: ProfileTableOptions = {}): Promise<TableProfile> {
  const settings = profileSettings(options)
  const { against, onProgress, table: how } = settings
  refuseFileOptions(table, against, how.file)
  return withCallback(onProgress, (tell) =>
    withTypedTable(table, how, (current) => {
      if (against === undefined) return profileOf(current, undefined, settings, tell)
      return withTypedTable(against, { ...how, mayLack: true }, (reference) =>
        profileOf(current, reference, settings, tell),
      )
    }),
  )
}
