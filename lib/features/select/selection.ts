import { KindredError, show } from '../../native/errors.js'

/** A column that a filter left out. */
export interface DroppedColumn {
  /** Which column of the table. */
  column: number
  /** Its name, where names were given. */
  name?: string
  /** Why, in words. */
  reason: string
}

/** Columns chosen of a table: what filters give, and {@link takeColumns} takes. */
export interface FeatureSelection {
  /** The columns kept, ascending. */
  columns: Int32Array
  /** Their names, where names were given. */
  names?: string[]
  /** [cols] what decided, for every column: variance, score, coefficient, ... */
  scores: Float64Array
  /** The columns left out, ascending. */
  dropped: DroppedColumn[]
}

/**
 * The selection of those columns for which `reasonOf` gives no reason against.
 * @param scores [cols]
 */
export function selectionOf(
  scores: Float64Array,
  names: readonly string[] | undefined,
  reasonOf: (column: number) => string | undefined,
): FeatureSelection {
  const kept: number[] = []
  const dropped: DroppedColumn[] = []
  for (let column = 0; column < scores.length; column++) {
    const reason = reasonOf(column)
    if (reason === undefined) kept.push(column)
    else dropped.push(names === undefined ? { column, reason } : { column, name: names[column]!, reason })
  }
  const columns = Int32Array.from(kept)
  if (names === undefined) return { columns, scores, dropped }
  return { columns, names: kept.map((column) => names[column]!), scores, dropped }
}

/** The columns of a selection, or those listed. @throws ERR_VALUE for one that the table does not have */
export function checkColumns(columns: FeatureSelection | ArrayLike<number>, cols: number): Int32Array {
  const given = ((columns as Partial<FeatureSelection> | null)?.columns ?? columns) as ArrayLike<number>
  if (typeof given !== 'object' || given === null || typeof given.length !== 'number')
    throw new KindredError(
      'ERR_VALUE',
      `columns: expected a selection or an array of columns but received ${show(columns)}.`,
    )
  return Int32Array.from(Array.from(given), (column) => {
    if (!Number.isInteger(column) || column < 0 || column >= cols)
      throw new KindredError(
        'ERR_VALUE',
        `columns: expected columns of a matrix of ${cols}, from 0 on, but received ${show(column)}.`,
      )
    return column
  })
}
