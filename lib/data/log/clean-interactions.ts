import { inBlocks, type Resumable } from '../resumable.js'
import { compactColumns } from './compact-columns.js'
import type { InteractionColumns } from './interaction-columns.js'
import type { CleaningOptions } from './interaction-options.js'
import type { InteractionsReport } from './interactions-report.js'
import { dropOutsideCore } from './k-core.js'
import { dropOverflows, mergeDuplicates } from './merge-duplicates.js'

/** Merges duplicates and takes the k-core. `report` is completed; the arrays of `rows` are used up. */
export function* cleanInteractions(
  rows: InteractionColumns,
  options: Required<CleaningOptions>,
  report: InteractionsReport,
): Resumable<InteractionColumns> {
  const { minUserInteractions, minItemInteractions } = options
  const isDropped = new Uint8Array(rows.userRows.length)
  const { dropped } = report
  dropped.duplicates = yield* mergeDuplicates(rows, options.duplicates, isDropped)
  if (options.duplicates === 'sum') dropped.nonFiniteWeight += yield* dropOverflows(rows, isDropped)
  if (minUserInteractions > 1 || minItemInteractions > 1)
    dropped.kCore = yield* dropOutsideCore(rows, minUserInteractions, minItemInteractions, isDropped)
  const kept = isDropped.includes(1) ? yield* compactColumns(rows, isDropped, 0) : rows
  report.kept = kept.userRows.length
  report.rowsWithoutTime = yield* countRowsWithoutTime(kept)
  return kept
}

/** How many rows have no time. */
export function* countRowsWithoutTime({ times, userRows }: InteractionColumns): Resumable<number> {
  if (times === null) return userRows.length
  let count = 0
  yield* inBlocks(times.length, (begin, end) => {
    for (let row = begin; row < end; row++) if (Number.isNaN(times[row])) count++
  })
  return count
}
