import type { Correlations } from './associations.js'
import type { ColumnProfile } from './column-profile.js'
import type { Finding } from './findings.js'
import type { TableDrift } from './table-drift.js'

/** What {@link TableProfile} holds, as JSON does. */
export interface TableProfileJson {
  /** The first file of the table, or 'a table'. */
  table: string
  rows: number
  duplicates: number
  findings: Finding[]
  columns: ColumnProfile[]
  correlations: Correlations
  drift?: TableDrift
}
