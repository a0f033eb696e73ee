import type { Matrix } from '../../data/matrix.js'
import { KindredError, show } from '../../native/errors.js'
import { checkMatrix } from '../../search/similarity-matrix.js'

/** A list of numbers: an array or a typed array. */
export type NumberList = ArrayLike<number>

/**
 * A target as 64-bit floats [rows], copied.
 * @throws ERR_VALUE for what is no list of finite numbers, naming the row, ERR_SHAPE unless there is one per row
 */
export function checkTarget(target: NumberList, rows: number, name = 'target'): Float64Array {
  const length = (target as Partial<NumberList> | null | undefined)?.length
  if (typeof target !== 'object' || typeof length !== 'number')
    throw new KindredError('ERR_VALUE', `${name}: expected an array of numbers but received ${show(target)}.`)
  if (length !== rows)
    throw new KindredError('ERR_SHAPE', `${name}: expected one number for each of ${rows} rows but received ${length}.`)
  const out = new Float64Array(rows)
  for (let row = 0; row < rows; row++) {
    const value = target[row]
    if (typeof value !== 'number' || !Number.isFinite(value))
      throw new KindredError('ERR_VALUE', `${name}: expected finite numbers but row ${row} has ${show(value)}.`)
    out[row] = value
  }
  return out
}

/** `matrix`, if it has rows to learn from. @throws ERR_VALUE, ERR_SHAPE */
export function checkRowsToFit(matrix: Matrix): Matrix {
  checkMatrix('matrix', matrix)
  if (matrix.rows === 0)
    throw new KindredError('ERR_SHAPE', `matrix: expected at least one row but received [0, ${matrix.cols}].`)
  return matrix
}

/** Names of the columns, if they were given. @throws ERR_VALUE, ERR_SHAPE unless there is one per column */
export function checkNames(names: readonly string[] | undefined, cols: number): readonly string[] | undefined {
  if (names === undefined) return undefined
  if (!Array.isArray(names) || names.some((name) => typeof name !== 'string'))
    throw new KindredError('ERR_VALUE', `names: expected an array of strings but received ${show(names)}.`)
  if (names.length !== cols)
    throw new KindredError('ERR_SHAPE', `names: expected one for each of ${cols} columns but received ${names.length}.`)
  return [...names]
}

/** "column 3", or with its name. */
export function columnName(column: number, names: readonly string[] | undefined): string {
  return names === undefined ? `column ${column}` : `column ${column} (${show(names[column])})`
}
