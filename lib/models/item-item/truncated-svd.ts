import { Matrix } from '../../data/matrix.js'
import { createRandom } from '../../data/random.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr } from '../../native/addon.js'
import { nativeCall } from '../../native/native-call.js'
import type { FitOptions } from '../base/recommend-options.js'

/** Vectors computed beyond those asked for, which speeds up convergence (Halko et al. 2011, section 4.2). */
const OVERSAMPLING = 16
const NUMBERS_AT_ONCE = 1 << 16
/**
 * Entries of a vector below this share of their root mean square are rounding, or a direction that the vector leaves with
 * each iteration: 0, so that items that share nothing with a vector's others have no part in it.
 */
const NEGLIGIBLE = 2 ** -20

export interface SvdSettings {
  factors: number
  /** Subspace iterations. */
  iterations: number
  /** Start of the subspace. */
  seed: number
}

export interface TruncatedSvd {
  /** [factors], largest first; 0 beyond the rank */
  values: Float32Array
  /** [items, factors] right singular vectors as columns; 0 beyond the rank */
  vectors: Matrix
}

/**
 * The largest singular values and right singular vectors of a log [users, items], given in both orders, by randomised
 * subspace iteration (Halko, Martinsson, Tropp 2011, "Finding structure with randomness").
 */
export async function truncatedSvd(
  byUser: Csr,
  byItem: Csr,
  { factors, iterations, seed }: SvdSettings,
  { signal, onProgress }: FitOptions,
): Promise<TruncatedSvd> {
  const width = Math.min(factors + OVERSAMPLING, byUser.rows, byUser.cols)
  const basis = new Matrix(byUser.cols, width)
  const random = createRandom(seed)
  await new LoopYielder(signal).over(basis.data.length, NUMBERS_AT_ONCE, (begin, end) => {
    for (let i = begin; i < end; i++) basis.data[i] = random.normal()
  })
  for (let done = 1; done <= iterations; done++) {
    await nativeCall(signal, (native, abort) => native.subspaceStep(byUser, byItem, basis, abort))
    onProgress?.({ done, total: iterations })
  }
  const count = Math.min(factors, width)
  const found = await nativeCall(signal, (native, abort) => native.singularVectors(byUser, basis, count, abort))
  const values = new Float32Array(factors)
  values.set(found.values)
  const vectors = new Matrix(byUser.cols, factors)
  const least = NEGLIGIBLE / Math.sqrt(vectors.rows)
  await new LoopYielder(signal).over(vectors.rows, 256, (begin, end) => {
    for (let row = begin; row < end; row++) {
      const entries = found.vectors.subarray(row * count, (row + 1) * count)
      vectors.data.set(
        entries.map((entry) => (Math.abs(entry) < least ? 0 : entry)),
        row * factors,
      )
    }
  })
  return { values, vectors }
}
