import { runYielding } from '../../resumable.js'
import type { ColumnSource } from '../column.js'
import type { CheckedRules } from './clean-options.js'
import { CleaningReport } from './cleaning-report.js'
import { coerceColumn } from './coerce-column.js'
import { dropMissing, type FittedFill, fillMissing } from './fill-missing.js'
import { applyOutliers, type FittedOutliers } from './outliers.js'
import type { Work } from './work.js'

/** The columns that rules name. */
export function ruleColumns(rules: CheckedRules): string[] {
  const named = [...Object.keys(rules.types), ...(rules.duplicates?.by ?? [])]
  return [...named, ...Object.keys(rules.outliers), ...Object.keys(rules.missing)]
}

/** The columns of a table as the types that they are to have, nothing dropped. */
export async function beginWork(
  table: ColumnSource,
  { types }: CheckedRules,
  signal: AbortSignal | undefined,
): Promise<Work> {
  const work: Work = {
    columns: new Map(table.columns.map((name) => [name, table.column(name)])),
    isDropped: new Uint8Array(table.rows),
    report: Object.assign(new CleaningReport(), { read: table.rows }),
  }
  for (const [name, type] of Object.entries(types)) {
    const { column, unreadable } = await runYielding(coerceColumn(work.columns.get(name)!, type), signal)
    work.columns.set(name, column)
    if (unreadable !== undefined) work.report.unreadable[name] = unreadable
  }
  return work
}

/** Does with outliers, and with rows that are to have values, what the rules say. */
export async function boundAndDrop(
  work: Work,
  rules: CheckedRules,
  outliers: Readonly<Record<string, FittedOutliers>>,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const [name, rule] of Object.entries(rules.outliers))
    await runYielding(applyOutliers(work, name, rule.action, outliers[name]!), signal)
  for (const [name, rule] of Object.entries(rules.missing))
    if (rule.fill === 'drop') await runYielding(dropMissing(work, name), signal)
}

/** Fills what is missing. */
export async function fillAll(
  work: Work,
  rules: CheckedRules,
  fills: Readonly<Record<string, FittedFill>>,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const [name, rule] of Object.entries(rules.missing))
    await runYielding(fillMissing(work, name, rule, fills[name]!.value), signal)
}
