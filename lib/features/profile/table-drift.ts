import type { DriftVerdict } from '../drift/drift-verdict.js'
import type { KolmogorovSmirnovTest } from '../drift/kolmogorov-smirnov.js'
import type { ProfiledType } from './column-types.js'

/** A bin of a column in two tables. */
export interface DriftBin {
  /** What is in it: a value, a range such as "3 to 5", "other", or "missing". */
  label: string
  /** Its count in the reference. */
  reference: number
  /** Its count in the table. */
  current: number
}

/** How the values of a column have changed. */
export interface ColumnDrift {
  /** The column. */
  column: string
  /**
   * What the bins are: 'quantiles' of the reference's numbers, 'values', or 'lengths' of texts that hardly ever come twice,
   * by their quantiles. Besides there is a bin of what is missing.
   */
  by: 'quantiles' | 'values' | 'lengths'
  /** The bins that are compared. */
  bins: DriftBin[]
  /** See {@link populationStabilityIndex}, of these bins. */
  populationStabilityIndex: number
  /** See {@link jensenShannon}, of these bins. */
  jensenShannon: number
  /** Of numbers and timestamps, exactly, of all values; see {@link kolmogorovSmirnov}. */
  kolmogorovSmirnov?: KolmogorovSmirnovTest
  /** What the index says. */
  verdict: DriftVerdict
  /** The index that chance alone exceeds in 1 of 20 pairs of samples of these sizes; below it nothing need have changed. */
  byChance: number
  /** By 'values': how many values, of all rows, the reference does not have. */
  unseen?: number
}

/** A column that has another type in the other table, and so is not compared. */
export interface TypeChange {
  /** Name of the column. */
  column: string
  /** Its type in the reference. */
  reference: ProfiledType
  /** Its type in the table. */
  current: ProfiledType
}

/** What has changed since another table, the reference. */
export interface TableDrift {
  /** The reference: its first file, or 'a table'. */
  against: string
  /** Rows of the reference. */
  rows: number
  /** Of the columns that both tables have, in the order of the table. */
  columns: ColumnDrift[]
  /** Columns that only the reference has. */
  gone: string[]
  /** Columns that the reference does not have. */
  added: string[]
  /** Columns of another type. */
  retyped: TypeChange[]
}
