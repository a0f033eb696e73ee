import { isFloat32Array } from 'node:util/types'
import { Matrix } from '../data/matrix.js'
import type { Metric } from '../native/addon.js'
import { checkInteger, checkOneOf, checkOptions } from '../native/argument-checks.js'
import type { AbortOptions } from '../native/call-options.js'
import { KindredError, show } from '../native/errors.js'
import { nativeCall } from '../native/native-call.js'

export const METRICS: readonly Metric[] = ['dot', 'cosine', 'euclidean']

/** What {@link similarityMatrix} computes. */
export interface SimilarityMatrixOptions extends AbortOptions {
  /** How rows are compared; default 'cosine'. */
  metric?: Metric
  /** The most memory that the result may take, in bytes; default 1 GiB. */
  maxBytes?: number
}

/** `matrix` if it is a Matrix, else ERR_VALUE. */
export function checkMatrix(name: string, matrix: unknown): Matrix {
  if (matrix instanceof Matrix) return matrix
  throw new KindredError('ERR_VALUE', `${name}: expected a Matrix but received ${show(matrix)}.`)
}

/** One query as a matrix of one row; a Matrix as it is. */
export function asQueries(queries: Matrix | Float32Array): Matrix {
  return isFloat32Array(queries) ? new Matrix(1, queries.length, queries) : checkMatrix('queries', queries)
}

/**
 * Every similarity of rows of `a` [n, dims] and rows of `b` [m, dims], as a Matrix [n, m]. For the best few of each row
 * use a SimilarityIndex, which never holds such a matrix.
 * @throws ERR_SHAPE if the dimensions differ, ERR_TOO_LARGE if the result exceeds `maxBytes`, ERR_VALUE for a number
 * that is not finite, naming a row; ERR_OUT_OF_MEMORY, ERR_ABORTED
 */
export async function similarityMatrix(a: Matrix, b: Matrix, options: SimilarityMatrixOptions = {}): Promise<Matrix> {
  options = checkOptions('similarityMatrix', options, ['metric', 'maxBytes', 'signal'])
  const metric = checkOneOf('metric', options.metric ?? 'cosine', METRICS)
  const maxBytes = checkInteger('maxBytes', options.maxBytes ?? 2 ** 30, { min: 0 })
  checkMatrix('a', a)
  checkMatrix('b', b)
  if (a.cols !== b.cols)
    throw new KindredError(
      'ERR_SHAPE',
      `similarityMatrix: expected matrices of as many columns but received [${a.rows}, ${a.cols}] and [${b.rows}, ${b.cols}].`,
    )
  const bytes = a.rows * b.rows * Float32Array.BYTES_PER_ELEMENT
  if (bytes > maxBytes)
    throw new KindredError(
      'ERR_TOO_LARGE',
      `similarityMatrix: [${a.rows}, ${b.rows}] takes ${bytes} bytes, over the limit of maxBytes = ${maxBytes}. Raise maxBytes, give fewer rows at a time, or search a SimilarityIndex for the best of each row.`,
    )
  const out = new Matrix(a.rows, b.rows)
  await nativeCall(options.signal, (native, abort) => native.similarityMatrixInto(a, b, metric, out.data, abort))
  return out
}
