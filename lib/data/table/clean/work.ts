import type { Column } from '../column.js'
import type { CleaningReport } from './cleaning-report.js'

/** A table while it is cleaned. */
export interface Work {
  columns: Map<string, Column>
  /** [rows] */
  isDropped: Uint8Array
  report: CleaningReport
}
