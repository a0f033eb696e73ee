import { runYielding } from '../../../resumable.js'
import { checkFileTarget } from '../../../storage/atomic-write.js'
import type { TablePath } from '../../../tables/files/list-files.js'
import { type BatchOptions, type TableFileProgress, withTableBatches } from '../../batches/table-batches.js'
import type { ColumnSource } from '../../column.js'
import { takingRows } from '../../take-rows.js'
import { formatToWrite, writeTables } from '../../write-table.js'
import { beginWork, boundAndDrop, fillAll, ruleColumns } from '../clean-columns.js'
import type { CheckedRules } from '../clean-options.js'
import { CleaningReport } from '../cleaning-report.js'
import type { FittedFill } from '../fill-missing.js'
import type { FittedOutliers } from '../outliers.js'
import type { Work } from '../work.js'
import { type CleaningPass, duplicateRows, learnFills, learnOutliers } from './learn-cleaning.js'

/** What is learnt of the rows of a file. */
export interface LearntCleaning {
  outliers: Readonly<Record<string, FittedOutliers>>
  fills: Readonly<Record<string, FittedFill>>
}

type OnProgress = (progress: TableFileProgress) => void

/** What a cleaner learns of the rows of files, some of which are in memory at a time. @throws see TableCleaner.fitFile */
export function learnFromFile(
  path: TablePath,
  rules: CheckedRules,
  options: BatchOptions,
  onProgress: OnProgress,
): Promise<LearntCleaning> {
  const { signal } = options
  return withTableBatches('TableCleaner.fitFile', path, options, onProgress, async (batches) => {
    batches.check(ruleColumns(rules))
    const pass: CleaningPass = { batches, rules, signal, onProgress }
    const dropped = await duplicateRows(pass)
    const outliers = await learnOutliers(pass, dropped)
    return { outliers, fills: await learnFills(pass, dropped, outliers) }
  })
}

/** Cleans the rows of files into a new file. @throws see TableCleaner.transformFile */
export async function cleanFile(
  path: TablePath,
  output: string,
  rules: CheckedRules,
  { outliers, fills }: LearntCleaning,
  options: BatchOptions,
  onProgress: OnProgress,
): Promise<CleaningReport> {
  const where = 'TableCleaner.transformFile'
  const { signal } = options
  formatToWrite(where, output)
  await checkFileTarget(output)
  return withTableBatches(where, path, options, onProgress, async (batches) => {
    batches.check(ruleColumns(rules))
    const dropped = await duplicateRows({ batches, rules, signal, onProgress })
    const report = new CleaningReport()
    const cleaned = async function* () {
      const onRows = (done: number) => onProgress({ phase: 'write', done, total: batches.total })
      for await (const batch of batches.pass(onRows)) {
        const work = await beginWork(batch, rules, signal)
        work.isDropped = dropped.flags(batch.begin, batch.rows)
        for (const flag of work.isDropped) work.report.dropped.duplicates += flag
        await boundAndDrop(work, rules, outliers, signal)
        await fillAll(work, rules, fills, signal)
        report.add(work.report)
        yield await keptOf(work, signal)
      }
    }
    await writeTables(where, output, cleaned, signal)
    return report
  })
}

/** The rows that are left. */
async function keptOf({ columns, isDropped }: Work, signal: AbortSignal | undefined): Promise<ColumnSource> {
  const kept: number[] = []
  for (const [row, flag] of isDropped.entries()) if (flag === 0) kept.push(row)
  const rows = Int32Array.from(kept)
  const own = new Map(columns)
  if (rows.length < isDropped.length)
    for (const [name, column] of columns) own.set(name, await runYielding(takingRows(column, rows), signal))
  return { rows: rows.length, columns: [...own.keys()], column: (name) => own.get(name)! }
}
