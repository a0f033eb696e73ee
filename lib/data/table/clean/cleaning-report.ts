import { guardReceivers } from '../../../native/guard-receivers.js'
import type { UnreadableValues } from '../table-report.js'
import type { OutlierRule } from './clean-options.js'

/** Outliers of a column. */
export interface OutlierCounts {
  /** How many values were below or above. */
  count: number
  /** The least value that is none. */
  low: number
  /** The largest value that is none. */
  high: number
  /** What became of them. */
  action: NonNullable<OutlierRule['action']>
}

/** Rows that a cleaning left out, by the reason. */
export interface DroppedRows {
  /** Those that had come before. */
  duplicates: number
  /** Those with an outlier. */
  outliers: number
  /** Those with a missing value. */
  missing: number
}

/** Missing values of a column. */
export interface MissingCounts {
  /** How many values were missing, in rows that were not dropped before. */
  count: number
  /** What was done. */
  fill: string
  /** What was put there; null where nothing was. */
  value: number | string | boolean | null
}

/** What a cleaning did, in numbers. Its text has a line for each. */
export class CleaningReport {
  /** Rows of the table. */
  read = 0
  /** Rows left. */
  kept = 0
  /** Rows dropped, each under the first reason that applies. */
  dropped: DroppedRows = { duplicates: 0, outliers: 0, missing: 0 }
  /** By column: values that did not fit the type that it was to have, and are missing. */
  unreadable: Record<string, UnreadableValues> = {}
  /** By column. */
  outliers: Record<string, OutlierCounts> = {}
  /** By column. */
  missing: Record<string, MissingCounts> = {}

  /** @internal Adds what a cleaning of further rows did. */
  add({ read, dropped, unreadable, outliers, missing }: CleaningReport): void {
    this.read += read
    for (const reason of ['duplicates', 'outliers', 'missing'] as const) this.dropped[reason] += dropped[reason]
    this.kept = this.read - this.dropped.duplicates - this.dropped.outliers - this.dropped.missing
    for (const [name, { count, example }] of Object.entries(unreadable)) {
      const known = this.unreadable[name]
      this.unreadable[name] = { count: (known?.count ?? 0) + count, example: known?.example ?? example }
    }
    for (const [name, counts] of Object.entries(outliers))
      this.outliers[name] = { ...counts, count: (this.outliers[name]?.count ?? 0) + counts.count }
    for (const [name, counts] of Object.entries(missing))
      this.missing[name] = { ...counts, count: (this.missing[name]?.count ?? 0) + counts.count }
  }

  /** For people. */
  toString(): string {
    const { duplicates, outliers, missing } = this.dropped
    const lines = [
      `${this.read} rows, ${this.kept} kept; dropped: ${duplicates} duplicates, ${outliers} with outliers, ${missing} with missing values`,
    ]
    for (const [name, { count, example }] of Object.entries(this.unreadable))
      lines.push(`  ${name}: ${count} values do not fit the type, such as ${example}: missing`)
    for (const [name, { count, low, high, action }] of Object.entries(this.outliers))
      lines.push(`  ${name}: ${count} outliers outside [${round(low)}, ${round(high)}]: ${action}`)
    for (const [name, { count, fill, value }] of Object.entries(this.missing))
      lines.push(
        `  ${name}: ${count} missing: ${value === null ? fill : `${fill} ${typeof value === 'number' ? round(value) : value}`}`,
      )
    return lines.join('\n')
  }
}

guardReceivers(CleaningReport)

const round = (value: number) => String(Number(value.toPrecision(6)))
