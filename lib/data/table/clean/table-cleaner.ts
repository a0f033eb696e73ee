import { checkOptions } from '../../../native/argument-checks.js'
import type { AbortOptions } from '../../../native/call-options.js'
import { withCallback } from '../../../native/caller-callback.js'
import { KindredError, show } from '../../../native/errors.js'
import { guardReceivers } from '../../../native/guard-receivers.js'
import { runYielding } from '../../resumable.js'
import type { TablePath } from '../../tables/files/list-files.js'
import { LoopYielder } from '../../yield-to-event-loop.js'
import { BATCHED_FILE_OPTIONS, type BatchedFileOptions, batchOptions } from '../batches/batch-options.js'
import { Table } from '../table.js'
import { beginWork, boundAndDrop, ruleColumns } from './clean-columns.js'
import { type CheckedRules, type CleaningRules, checkRules, RULES } from './clean-options.js'
import type { CleaningReport } from './cleaning-report.js'
import { cleanFile, learnFromFile } from './files/clean-file.js'
import { type FittedFill, fillMissing, fitFill } from './fill-missing.js'
import { findDuplicates } from './find-duplicates.js'
import { type FittedOutliers, fitOutliers } from './outliers.js'
import type { Work } from './work.js'

const ROWS_AT_ONCE = 1 << 14

/** A cleaned table. */
export interface CleanedTable {
  /** The rows that are left, and columns of flags further. */
  table: Table
  /** What was done, in numbers. */
  report: CleaningReport
}

/** What a {@link TableCleaner} has learnt, as JSON. */
export interface FittedCleaning {
  /** The rules. */
  rules: CleaningRules
  /** By column: the least and the largest value that is no outlier. */
  outliers: Readonly<Record<string, FittedOutliers>>
  /** By column: what is put where it is missing; null for nothing. */
  fills: Readonly<Record<string, FittedFill>>
}

/**
 * Cleans tables by rules: types first, then duplicates, outliers and missing values. What rules take from data, the limits of
 * outliers and the values put where one is missing, is learnt from the table given to {@link fit} alone, and applied to any
 * other by {@link transform}: of what it is tested on, a model learns nothing.
 */
export class TableCleaner {
  readonly #given: CleaningRules
  readonly #rules: CheckedRules
  #fitted: Omit<FittedCleaning, 'rules'> | undefined

  /** @throws ERR_VALUE for illegal rules */
  constructor(options: CleaningRules) {
    options = checkOptions('TableCleaner', options, RULES)
    this.#rules = checkRules('TableCleaner', options)
    this.#given = { ...options }
  }

  /** Learns limits and fills. @throws ERR_COLUMN, ERR_DATA for a column without any value to take them from, ERR_ABORTED */
  async fit(table: Table, options: AbortOptions = {}): Promise<this> {
    options = checkOptions('TableCleaner.fit', options, ['signal'])
    await this.#run(table, undefined, options.signal)
    return this
  }

  /** Applies what was learnt. @throws ERR_NOT_FITTED, ERR_COLUMN, ERR_ABORTED */
  async transform(table: Table, options: AbortOptions = {}): Promise<CleanedTable> {
    options = checkOptions('TableCleaner.transform', options, ['signal'])
    if (this.#fitted === undefined)
      throw new KindredError('ERR_NOT_FITTED', 'TableCleaner: call fit first, with the table to learn from.')
    return this.#run(table, this.#fitted, options.signal)
  }

  /** {@link fit} and {@link transform} of the same table at once. */
  async fitTransform(table: Table, options: AbortOptions = {}): Promise<CleanedTable> {
    options = checkOptions('TableCleaner.fitTransform', options, ['signal'])
    return this.#run(table, undefined, options.signal)
  }

  /**
   * {@link fit} on files that need not fit into memory, with the same result: CSV, TSV, JSONL or Parquet, read `batchRows` rows at a
   * time, several times over. In memory are a batch and a bit for each row; numbers and digests of rows wait in temporary files.
   * @throws ERR_NOT_SUPPORTED for the format of LIBSVM; as {@link fit} and `Table.read`
   */
  async fitFile(path: TablePath, options: BatchedFileOptions = {}): Promise<this> {
    options = checkOptions('TableCleaner.fitFile', options, BATCHED_FILE_OPTIONS)
    const batches = batchOptions(options)
    this.#fitted = await withCallback(options.onProgress, (onProgress) =>
      learnFromFile(path, this.#rules, batches, (progress) => onProgress?.(progress)),
    )
    return this
  }

  /**
   * {@link transform} from files to a file, as {@link fitFile} reads them: Parquet, CSV, TSV or JSONL by its extension. It replaces
   * an older one whole, once it is on the disk; after an error that is as it was. One of the files that are read may be replaced.
   * @throws ERR_NOT_FITTED, ERR_VALUE for an unknown extension; as {@link fitFile} and `Table.write`
   */
  async transformFile(path: TablePath, output: string, options: BatchedFileOptions = {}): Promise<CleaningReport> {
    options = checkOptions('TableCleaner.transformFile', options, BATCHED_FILE_OPTIONS)
    const batches = batchOptions(options)
    const fitted = this.#fitted
    if (fitted === undefined)
      throw new KindredError('ERR_NOT_FITTED', 'TableCleaner: call fit first, with the table to learn from.')
    return withCallback(options.onProgress, (onProgress) =>
      cleanFile(path, output, this.#rules, fitted, batches, (progress) => onProgress?.(progress)),
    )
  }

  /** What was learnt, for {@link fromJSON}. @throws ERR_NOT_FITTED */
  toJSON(): FittedCleaning {
    if (this.#fitted === undefined) throw new KindredError('ERR_NOT_FITTED', 'TableCleaner: call fit first.')
    return { rules: this.#given, ...this.#fitted }
  }

  /** A cleaner that has learnt what another one has. @throws ERR_VALUE for what is none of {@link toJSON} */
  static fromJSON(fitted: FittedCleaning): TableCleaner {
    const isFitted =
      fitted !== null && typeof fitted === 'object' && [fitted.rules, fitted.outliers, fitted.fills].every(isObject)
    if (!isFitted)
      throw new KindredError(
        'ERR_VALUE',
        `TableCleaner.fromJSON: expected what toJSON gave but received ${show(fitted)}.`,
      )
    const cleaner = new TableCleaner(fitted.rules)
    const { outliers, missing } = cleaner.#rules
    const lacking =
      Object.keys(outliers).find((name) => !Object.hasOwn(fitted.outliers, name)) ??
      Object.keys(missing).find((name) => !Object.hasOwn(fitted.fills, name))
    if (lacking !== undefined)
      throw new KindredError('ERR_VALUE', `TableCleaner.fromJSON: nothing was learnt of column ${show(lacking)}.`)
    cleaner.#fitted = { outliers: fitted.outliers, fills: fitted.fills }
    return cleaner
  }

  async #run(table: Table, fitted: Omit<FittedCleaning, 'rules'> | undefined, signal: AbortSignal | undefined) {
    if (!(table instanceof Table))
      throw new KindredError('ERR_VALUE', `TableCleaner: expected a Table but received ${show(table)}.`)
    const rules = this.#rules
    for (const name of ruleColumns(rules)) table.column(name)
    const work = await beginWork(table, rules, signal)
    if (rules.duplicates !== null) {
      const { by, keep } = rules.duplicates
      const columns = (by ?? table.columns).map((name) => work.columns.get(name)!)
      work.isDropped = await findDuplicates(columns, table.rows, keep, signal)
      for (const dropped of work.isDropped) work.report.dropped.duplicates += dropped
    }
    const outliers: Record<string, FittedOutliers> = {}
    for (const [name, rule] of Object.entries(rules.outliers))
      outliers[name] = fitted?.outliers[name] ?? (await runYielding(fitOutliers(work, name, rule), signal))
    await boundAndDrop(work, rules, outliers, signal)
    const fills: Record<string, FittedFill> = {}
    for (const [name, rule] of Object.entries(rules.missing)) {
      fills[name] = fitted?.fills[name] ?? { value: await runYielding(fitFill(work, name, rule), signal) }
      await runYielding(fillMissing(work, name, rule, fills[name].value), signal)
    }
    const cleaned = await this.#finish(work, signal)
    this.#fitted = fitted ?? { outliers, fills }
    return cleaned
  }

  async #finish({ columns, isDropped, report }: Work, signal: AbortSignal | undefined): Promise<CleanedTable> {
    const { duplicates, outliers, missing } = report.dropped
    report.kept = report.read - duplicates - outliers - missing
    const all = Table.fromColumns([...columns.values()])
    if (report.kept === report.read) return { table: all, report }
    const kept = new Int32Array(report.kept)
    let count = 0
    await new LoopYielder(signal).over(isDropped.length, ROWS_AT_ONCE, (begin, end) => {
      for (let row = begin; row < end; row++) if (isDropped[row] === 0) kept[count++] = row
    })
    return { table: await all.filterRowsAsync(kept, { signal }), report }
  }
}

guardReceivers(TableCleaner)

const isObject = (value: unknown) => value !== null && typeof value === 'object' && !Array.isArray(value)

/**
 * Cleans one table by rules that take what they need from that same table; {@link TableCleaner} keeps it for others.
 * @throws ERR_VALUE, ERR_COLUMN, ERR_DATA, ERR_ABORTED
 */
export async function cleanTable(table: Table, options: CleaningRules & AbortOptions): Promise<CleanedTable> {
  options = checkOptions('cleanTable', options, [...RULES, 'signal'])
  const { signal, ...rules } = options
  return new TableCleaner(rules).fitTransform(table, { signal })
}
