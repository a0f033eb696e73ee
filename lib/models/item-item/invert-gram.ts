import type { Matrix } from '../../data/matrix.js'
import { nativeCall } from '../../native/native-call.js'
import type { FitOptions } from '../base/recommend-options.js'

/** Pivots of one native call, after which progress is reported: a multiple of the kernel's block of 256. */
const PIVOTS_AT_ONCE = 1024

/**
 * Minus the inverse of a symmetric positive definite matrix [n, n], in place, in single precision; lower triangles count.
 * @throws ERR_NOT_POSITIVE_DEFINITE
 */
export async function invertGram(
  matrix: Matrix,
  { signal, onProgress }: Pick<FitOptions, 'signal' | 'onProgress'> = {},
) {
  const n = matrix.rows
  const diagonal = Float32Array.from({ length: n }, (_, i) => matrix.data[i * n + i]!)
  for (let begin = 0; begin < n; begin += PIVOTS_AT_ONCE) {
    const end = Math.min(begin + PIVOTS_AT_ONCE, n)
    await nativeCall(signal, (native, abort) => native.invertPivots(matrix, diagonal, begin, end, abort))
    onProgress?.({ done: end, total: n })
  }
}
