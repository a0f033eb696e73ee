import { type Resumable, ROWS_PER_YIELD } from '../resumable.js'
import { countRowsWithoutTime } from './clean-interactions.js'
import { compactColumns } from './compact-columns.js'
import type { Interaction } from './interaction.js'
import type { InteractionColumns } from './interaction-columns.js'
import { emptyReport, type InteractionsReport } from './interactions-report.js'

/** Rows of a log, and what is told of them. */
export interface LogPart {
  rows: InteractionColumns
  report: InteractionsReport
}

/** The rows whose mark is `kept`, with id maps and a report of their own. */
export function* partOfLog(
  log: InteractionColumns & { readonly report: Readonly<InteractionsReport> },
  marks: Uint8Array,
  kept: number,
): Resumable<LogPart> {
  const rows = yield* compactColumns(log, marks, kept)
  const size = rows.userRows.length
  const { transforms } = log.report
  const rowsWithoutTime = yield* countRowsWithoutTime(rows)
  return {
    rows,
    report: { ...emptyReport(), ...(transforms && { transforms }), read: size, kept: size, rowsWithoutTime },
  }
}

/** [rows] 1 where `keep` is true of the row, 0 for the others. */
export function* marksOf(
  rows: number,
  at: (row: number) => Interaction,
  keep: (interaction: Interaction) => boolean,
): Resumable<Uint8Array> {
  const marks = new Uint8Array(rows)
  for (let row = 0; row < rows; row++) {
    // A caller's function may take long.
    if (row % (ROWS_PER_YIELD >> 4) === 0) yield
    marks[row] = keep(at(row)) ? 1 : 0
  }
  return marks
}
