import type { Matrix } from '../../data/matrix.js'
import { KindredError } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'
import type { FitOptions } from '../base/recommend-options.js'

/** Pivots swept in one native call, after which progress is reported: a multiple of the kernel's block of 1024. */
const PIVOTS_AT_ONCE = 1024

/** Rows from which Strassen's products are the faster ones. */
export const STRASSEN_FROM = 10_240

/** The largest ratio of diagonal elements that counts as alike. */
const ALIKE = 4

/** The power of two that brings `d` between 1/2 and 2 when multiplied twice; 1 where none does. */
function halfScale(d: number): number {
  return d > 0 && d < Number.POSITIVE_INFINITY ? 2 ** -Math.round(Math.log2(d) / 2) : 1
}

function areAlike(diagonal: Float32Array): boolean {
  const [least, most] = diagonal.reduce(([low, high], d) => [Math.min(low, d), Math.max(high, d)], [Infinity, 0])
  return most <= ALIKE * least
}

/**
 * Minus the inverse of a symmetric positive definite matrix [n, n], in place, in single precision; lower triangles count.
 * Strassen's products mix rows, whose sizes are made alike for that where they are not: by powers of two, which leave no
 * rounding.
 * @throws ERR_NOT_POSITIVE_DEFINITE
 */
export async function sweep(
  matrix: Matrix,
  { strassen, signal, onProgress }: { strassen: boolean } & Pick<FitOptions, 'signal' | 'onProgress'>,
): Promise<void> {
  const n = matrix.rows
  const diagonal = Float32Array.from({ length: n }, (_, i) => matrix.data[i * n + i]!)
  const uneven = strassen && !areAlike(diagonal)
  const scale = diagonal.map(halfScale)
  const rescale = () => nativeCall(signal, (native, abort) => native.scaleSymmetric(matrix, scale, abort))
  if (uneven) {
    await rescale()
    for (let i = 0; i < n; i++) diagonal[i]! *= scale[i]! ** 2
  }
  for (let begin = 0; begin < n; begin += PIVOTS_AT_ONCE) {
    const end = Math.min(begin + PIVOTS_AT_ONCE, n)
    await nativeCall(signal, (native, abort) => native.sweep(matrix, diagonal, begin, end, strassen, abort))
    onProgress?.({ done: end, total: n })
  }
  if (uneven) await rescale()
}

export function isNotPositiveDefinite(error: unknown): boolean {
  return error instanceof KindredError && error.code === 'ERR_NOT_POSITIVE_DEFINITE'
}
