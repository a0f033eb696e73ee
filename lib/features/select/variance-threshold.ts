import type { Matrix } from '../../data/matrix.js'
import { checkNumber, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { nativeCall } from '../../native/native-call.js'
import { checkNames, checkRowsToFit } from '../linear/inputs.js'
import { type FeatureSelection, selectionOf } from './selection.js'

/** Options of {@link varianceThreshold}. */
export interface VarianceThresholdOptions extends AbortOptions {
  /** Columns of a variance of this or less are left out, at least 0. Default 0: those that are constant. */
  threshold?: number
  /** Names of the columns. */
  names?: readonly string[]
}

/**
 * Leaves out columns that hardly change, as scikit-learn's `VarianceThreshold`. Scores are variances, divided by rows.
 * @param matrix [rows, cols]
 * @throws ERR_VALUE for illegal options and numbers that are not finite, ERR_SHAPE for a matrix without rows, ERR_ABORTED
 */
export async function varianceThreshold(
  matrix: Matrix,
  options: VarianceThresholdOptions = {},
): Promise<FeatureSelection> {
  options = checkOptions('varianceThreshold', options, ['threshold', 'names', 'signal'])
  const threshold = checkNumber('threshold', options.threshold ?? 0, { min: 0 })
  const names = checkNames(options.names, checkRowsToFit(matrix).cols)
  const { variances } = await nativeCall(options.signal, (native, abort) => native.targetMoments(matrix, null, abort))
  return selectionOf(variances, names, (column) =>
    variances[column]! > threshold ? undefined : `its variance is ${variances[column]}`,
  )
}
