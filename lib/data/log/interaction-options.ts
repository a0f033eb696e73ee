import { checkInteger, checkOneOf } from '../../native/argument-checks.js'
import type { AbortOptions, Progress } from '../../native/call-options.js'
import type { DecimalMark } from '../number-text.js'
import { TABLE_FILE_OPTIONS, type TableFileOptions } from '../tables/table-file-options.js'

const DUPLICATE_POLICIES: readonly DuplicatePolicy[] = ['last', 'sum', 'max', 'error']

/**
 * What becomes of several rows of one user and item. The row that stays is the last in time (a row with a time comes
 * after one without; equal times and no times at all: the last in order); its weight is its own (`last`), the sum, or
 * the maximum. `error` throws instead.
 * @useDeclaredType
 */
export type DuplicatePolicy = 'last' | 'sum' | 'max' | 'error'

/** How a log is cleaned. */
export interface CleaningOptions {
  /** What becomes of several rows of one user and item; default 'last'. */
  duplicates?: DuplicatePolicy
  /** Keeps users with at least so many items, together with `minItemInteractions` until both hold (k-core); default 1. */
  minUserInteractions?: number
  /** Keeps items with at least so many users; default 1. */
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

/** Which columns {@link Interactions.read} takes from which kind of file, and how it cleans the rows. */
export interface ReadInteractionsOptions extends CleaningOptions, TableFileOptions, AbortOptions {
  /** Column of the users' ids. A field of an object (JSONL) or struct (Parquet) by its path: 'n.id' is `id` of `n`. */
  user: string
  /** Column of the items' ids; this and the next also by paths. */
  item: string
  /** Column of the weights, finite numbers, or booleans: true is 1, false 0. Every weight is 1 if absent. */
  weight?: string
  /**
   * Column of the times: numbers, dates or timestamps (in text ISO 8601 or RFC 2822; UTC where no zone is written). A date
   * is milliseconds since 1970.
   */
  time?: string
  /** What numbers that are written as text have before their decimals; default '.'. Marks of thousands are not read. */
  decimal?: DecimalMark
  /** Called as rows are read; `total` is undefined except for Parquet files, which store their number of rows. */
  onProgress?: (progress: Omit<Progress, 'total'> & { total: number | undefined }) => void
}

/**
 * How {@link Interactions.read} takes a text file with a line for each user, as LightGCN's train.txt: every item on the
 * line is a row of weight 1 without a time. Ids are integers if all of their kind are written as integers are.
 */
export interface ReadUserItemsOptions extends CleaningOptions, AbortOptions {
  /** What the file is. */
  format: 'user-items'
  /** Between the fields of a line; any run of spaces and tabs if absent. */
  delimiter?: string
  /** The name of the file's encoding, as in {@link TableFileOptions}; UTF-8 if absent. */
  encoding?: string
  /**
   * What a line begins with: the 'user' (default), or the 'count' of the items that follow (CiteULike's users.dat), or
   * the first 'item'. In the last two the user is the number of the line, from 0.
   */
  firstField?: 'user' | 'count' | 'item'
  /** Called as rows are read. */
  onProgress?: (progress: { done: number; total: undefined }) => void
}

/** Names of those of {@link ReadInteractionsOptions}. */
export const READ_OPTIONS = [
  'user',
  'item',
  'weight',
  'time',
  'decimal',
  'signal',
  'onProgress',
  ...TABLE_FILE_OPTIONS,
  ...CLEANING_OPTIONS,
]

/** Names of those of {@link ReadUserItemsOptions}. */
export const READ_USER_ITEMS_OPTIONS = [
  'format',
  'delimiter',
  'encoding',
  'firstField',
  'signal',
  'onProgress',
  ...CLEANING_OPTIONS,
]
