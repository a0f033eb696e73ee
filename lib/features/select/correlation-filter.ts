import type { Matrix } from '../../data/matrix.js'
import { checkNumber, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { nativeCall } from '../../native/native-call.js'
import { allocated } from '../linear/elastic-net-problem.js'
import { checkNames, checkRowsToFit, columnName } from '../linear/inputs.js'
import { type FeatureSelection, selectionOf } from './selection.js'

/** Options of {@link correlationFilter}. */
export interface CorrelationFilterOptions extends AbortOptions {
  /** Two columns say the same where their correlation is beyond this, on either side of 0; from 0 to 1. Default 0.95. */
  threshold?: number
  /** Names of the columns. */
  names?: readonly string[]
}

/** What {@link correlationFilter} gives. */
export interface CorrelationSelection extends FeatureSelection {
  /** [cols] the earlier column that each column left out goes with; -1 where it is kept. */
  earlier: Int32Array
  /** [cols] Pearson's correlation with that column; 0 where it is kept. */
  scores: Float64Array
}

/**
 * Leaves out the later one of two columns that say the same: each column is compared with the earlier ones that are kept.
 * Constant columns correlate with nothing ({@link varianceThreshold} finds them). O(rows cols^2).
 * @param matrix [rows, cols]
 * @throws ERR_VALUE for illegal options and numbers that are not finite, ERR_SHAPE for a matrix without rows,
 * ERR_OUT_OF_MEMORY, ERR_ABORTED
 */
export async function correlationFilter(
  matrix: Matrix,
  options: CorrelationFilterOptions = {},
): Promise<CorrelationSelection> {
  options = checkOptions('correlationFilter', options, ['threshold', 'names', 'signal'])
  const threshold = checkNumber('threshold', options.threshold ?? 0.95, { min: 0, max: 1 })
  const { rows, cols } = checkRowsToFit(matrix)
  const names = checkNames(options.names, cols)
  const columns = allocated(rows * cols, (size) => new Float32Array(size))
  await nativeCall(options.signal, (native, abort) => native.writeColumns(matrix, null, true, true, columns, abort))
  const { earlier, correlations } = await nativeCall(options.signal, (native, abort) =>
    native.correlatedColumns(columns, cols, rows, threshold, abort),
  )
  const selection = selectionOf(correlations, names, (column) =>
    earlier[column]! < 0
      ? undefined
      : `its correlation with ${columnName(earlier[column]!, names)} is ${correlations[column]!.toFixed(3)}`,
  )
  return { ...selection, earlier }
}
