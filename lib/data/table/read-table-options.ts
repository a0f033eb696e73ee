import { checkOneOf, checkOptions, checkString } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import type { DecimalMark } from '../number-text.js'
import type { TableFileOptions } from '../tables/table-file-options.js'
import type { ColumnType } from './column.js'
import { checkNames, checkTypes } from './table-checks.js'

/** What a file of a {@link Table} is. `libsvm`: a label and `index:value` pairs a line. */
export type TableFormat = 'csv' | 'tsv' | 'jsonl' | 'parquet' | 'libsvm'

/** How far the reading of a table has come. */
export interface ReadTableProgress {
  /** Rows read. */
  done: number
  /** Rows that there are, where the files say so. */
  total: number | undefined
}

/** How {@link Table.read} reads. */
export interface ReadTableOptions extends Omit<TableFileOptions, 'format' | 'columns'>, AbortOptions {
  /** What the files are; by their extension if absent (.libsvm and .svm too). */
  format?: TableFormat
  /**
   * Which columns, in this order: their names, or their types by name ('number', 'string', ...; 'auto' for what their values
   * are). All, as they are found, if absent. Fields within JSON objects and Parquet structs are named by their path, as
   * 'user.id'.
   */
  columns?: readonly string[] | Readonly<Record<string, ColumnType | 'auto'>>
  /** Of CSV: the names of all columns in a file without a header. */
  header?: readonly string[]
  /** What stands before the decimals of numbers in text; a point if absent. */
  decimal?: DecimalMark
  /** Of CSV: what stands between the texts of a 'list'; `|` if absent. A field that begins with `[` is read as JSON. */
  separator?: string
  /** Called now and then with the number of rows read. */
  onProgress?: (progress: ReadTableProgress) => void
}

const TABLE_FORMATS: readonly TableFormat[] = ['csv', 'tsv', 'jsonl', 'parquet', 'libsvm']

/** The names of the options of {@link ReadTableOptions}. */
export const READ_TABLE_OPTIONS = [
  ...(['format', 'columns', 'header', 'delimiter', 'quote', 'escape', 'comment', 'skip', 'encoding'] as const),
  ...(['decimal', 'separator', 'signal', 'onProgress'] as const),
]

/** Own options, checked as far as they do not depend on the files. @throws ERR_VALUE */
export function checkReadTable(options: ReadTableOptions): ReadTableOptions {
  options = checkOptions('Table.read', options, READ_TABLE_OPTIONS)
  return checkReading(options)
}

/** @throws ERR_VALUE for illegal values */
export function checkReading(options: ReadTableOptions): ReadTableOptions {
  if (options.format !== undefined) checkOneOf('format', options.format, TABLE_FORMATS)
  if (options.decimal !== undefined) checkOneOf('decimal', options.decimal, ['.', ','])
  if (options.separator !== undefined) checkString('separator', options.separator)
  wantedColumns(options.columns)
  return options
}

/** The columns wanted, each with its type where one is given; undefined for all. @throws ERR_VALUE */
export function wantedColumns(columns: ReadTableOptions['columns']): Map<string, ColumnType | undefined> | undefined {
  if (columns === undefined) return undefined
  if (Array.isArray(columns)) return new Map(checkNames('columns', columns).map((name) => [name, undefined]))
  const isAuto = ([, type]: [string, unknown]) => type === 'auto'
  const given = Object.entries(columns ?? {})
  const types = checkTypes('columns', Object.fromEntries(given.filter((entry) => !isAuto(entry))))
  return new Map(given.map(([name]) => [name, types[name]]))
}
