import { Matrix } from '../../data/matrix.js'
import { checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { nativeCall } from '../../native/native-call.js'
import { checkMatrix } from '../../search/similarity-matrix.js'
import { checkColumns, type FeatureSelection } from './selection.js'

/**
 * The given columns of a matrix, copied, in the given order.
 * @param columns a selection, or columns from 0 on; one may come twice
 * @returns [rows, columns]
 * @throws ERR_VALUE for a column that there is not, ERR_OUT_OF_MEMORY, ERR_ABORTED
 */
export async function takeColumns(
  matrix: Matrix,
  columns: FeatureSelection | ArrayLike<number>,
  options: AbortOptions = {},
): Promise<Matrix> {
  options = checkOptions('takeColumns', options, ['signal'])
  checkMatrix('matrix', matrix)
  const taken = checkColumns(columns, matrix.cols)
  const out = new Matrix(matrix.rows, taken.length)
  await nativeCall(options.signal, (native, abort) => native.takeColumns(matrix, taken, out.data, abort))
  return out
}
