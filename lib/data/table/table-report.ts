/** Values of a column that were there, but did not fit its type, and count as missing. */
export interface UnreadableValues {
  /** How many. */
  count: number
  /** The first of them, shortened. */
  example: string
}

/** What was read, and what of it did not fit. */
export interface TableReport {
  /** Rows read. */
  read: number
  /** By column: the values that did not fit its type, which are missing in the table. Columns without any are left out. */
  unreadable: Record<string, UnreadableValues>
  /** Columns without a name in the header, which were left out; absent where there are none. */
  unnamedColumns?: number
}

export function emptyTableReport(): TableReport {
  return { read: 0, unreadable: {} }
}

/** Adds what a builder could not read. */
export function told(
  report: TableReport,
  name: string,
  { unreadable, example }: { unreadable: number; example: string | undefined },
): void {
  const known = report.unreadable[name]
  report.unreadable[name] = { count: (known?.count ?? 0) + unreadable, example: known?.example ?? example ?? '' }
}
