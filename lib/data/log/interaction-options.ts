import { checkInteger, checkOneOf } from '../../native/check.js'
import type { SourceOptions } from '../tables/table-source.js'

const DUPLICATE_POLICIES = ['last', 'sum', 'max', 'error'] as const

/**
 * What becomes of several rows of one user and item. The row that stays is the last in time (a row with a time comes
 * after one without; equal times and no times at all: the last in order); its weight is its own (`last`), the sum, or
 * the maximum. `error` throws instead.
 */
export type DuplicatePolicy = (typeof DUPLICATE_POLICIES)[number]

export interface CleaningOptions {
  /** `last` if absent. */
  duplicates?: DuplicatePolicy
  /** Keep users with at least so many items, and items with at least so many users, until both hold (k-core); 1. */
  minUserInteractions?: number
  minItemInteractions?: number
}

export const CLEANING_OPTIONS = ['duplicates', 'minUserInteractions', 'minItemInteractions'] as const

/** The options, complete. @throws ERR_VALUE */
export function checkCleaning(options: CleaningOptions): Required<CleaningOptions> {
  const { duplicates = 'last', minUserInteractions = 1, minItemInteractions = 1 } = options
  return {
    duplicates: checkOneOf('duplicates', duplicates, DUPLICATE_POLICIES),
    minUserInteractions: checkInteger('minUserInteractions', minUserInteractions, { min: 0 }),
    minItemInteractions: checkInteger('minItemInteractions', minItemInteractions, { min: 0 }),
  }
}

export interface ReadInteractionsOptions extends CleaningOptions, SourceOptions {
  /** Column of the users' ids. */
  user: string
  /** Column of the items' ids. */
  item: string
  /** Column of numbers; every weight is 1 if absent. */
  weight?: string
  /** Column of numbers, dates or timestamps (ISO 8601 in text files; UTC where no zone is told). */
  time?: string
  signal?: AbortSignal
  /** Called as rows are read, with how many so far; `total` is known of Parquet files alone. */
  onProgress?: (progress: { done: number; total: number | undefined }) => void
}
