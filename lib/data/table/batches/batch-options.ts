import { checkInteger } from '../../../native/argument-checks.js'
import { checkReading, READ_TABLE_OPTIONS, type ReadTableOptions } from '../read-table-options.js'
import { BATCH_ROWS, type BatchOptions, type TableFileProgress } from './table-batches.js'

/** How files that need not fit into memory are read. */
export interface BatchedFileOptions extends Omit<ReadTableOptions, 'onProgress'> {
  /** Rows in memory at a time, at least 1. Default 65,536. */
  batchRows?: number
  /** Called after each batch. */
  onProgress?: (progress: TableFileProgress) => void
}

/** The names of {@link BatchedFileOptions}. */
export const BATCHED_FILE_OPTIONS = [...READ_TABLE_OPTIONS, 'batchRows'] as const

/** @throws ERR_VALUE naming the option */
export function batchOptions({ onProgress: _, ...options }: BatchedFileOptions): BatchOptions {
  const batchRows = checkInteger('batchRows', options.batchRows ?? BATCH_ROWS, { min: 1, max: 2 ** 31 - 1 })
  return { ...checkReading(options), batchRows }
}
