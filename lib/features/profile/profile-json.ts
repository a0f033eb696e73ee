import type { Correlations } from './associations.js'
import type { ColumnProfile } from './column-profile.js'
import type { Finding } from './findings.js'
import type { TableDrift } from './table-drift.js'

/** What {@link TableProfile} holds, as JSON does. */
export interface TableProfileJson {
  /** The first file of the table, or 'a table'. */
  table: string
  /** How many rows there are. */
  rows: number
  /** Rows that equal an earlier one. */
  duplicates: number
  /** What asks for attention. */
  findings: Finding[]
  /** What is in each column. */
  columns: ColumnProfile[]
  /** How columns go together. */
  correlations: Correlations
  /** How the table has changed against the reference. */
  drift?: TableDrift
}
