import { Matrix } from '../../data/matrix.js'
import { createRandom } from '../../data/random.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr } from '../../native/addon.js'
import type { AbortOptions, Progress } from '../../native/call-options.js'
import { nativeCall } from '../../native/native-call.js'

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
  /** Default 16. */
  oversampling?: number
}

export interface TruncatedSvdResult {
  /** [factors], largest first; 0 beyond the rank */
  values: Float32Array
  /** [items, factors] right singular vectors as columns; 0 beyond the rank */
  vectors: Matrix
}

/** What the iteration asks of a matrix A [rows, cols]. */
interface Operand {
  rows: number
  cols: number
  /** basis [cols, width] <- an orthonormal basis of A'A basis, in place */
  step(basis: Matrix, signal: AbortSignal | undefined): Promise<void>
  /** The largest singular values [count] and right singular vectors [cols, count] of A restricted to the basis. */
  vectors(
    basis: Matrix,
    count: number,
    signal: AbortSignal | undefined,
  ): Promise<{ values: Float32Array; vectors: Float32Array }>
}

interface IterationOptions extends AbortOptions {
  onProgress?: (progress: Progress) => void
}

/**
 * The largest singular values and right singular vectors of a sparse matrix [users, items], given in both orders, by
 * randomised subspace iteration (Halko, Martinsson, Tropp 2011, "Finding structure with randomness").
 */
export function truncatedSvd(
  byUser: Csr,
  byItem: Csr,
  settings: SvdSettings,
  options: IterationOptions,
): Promise<TruncatedSvdResult> {
  const operand: Operand = {
    rows: byUser.rows,
    cols: byUser.cols,
    step: (basis, signal) => nativeCall(signal, (native, abort) => native.subspaceStep(byUser, byItem, basis, abort)),
    vectors: (basis, count, signal) =>
      nativeCall(signal, (native, abort) => native.singularVectors(byUser, basis, count, abort)),
  }
  return iterate(operand, settings, options)
}

/** The same of a dense matrix [rows, cols], of its rows less `mean` [cols] where that is given. */
export function denseTruncatedSvd(
  x: Matrix,
  mean: Float64Array | null,
  settings: SvdSettings,
  options: IterationOptions,
): Promise<TruncatedSvdResult> {
  const operand: Operand = {
    rows: x.rows,
    cols: x.cols,
    step: (basis, signal) => nativeCall(signal, (native, abort) => native.denseSubspaceStep(x, mean, basis, abort)),
    vectors: (basis, count, signal) =>
      nativeCall(signal, (native, abort) => native.denseSingularVectors(x, mean, basis, count, abort)),
  }
  return iterate(operand, settings, options)
}

async function iterate(
  operand: Operand,
  { factors, iterations, seed, oversampling = OVERSAMPLING }: SvdSettings,
  { signal, onProgress }: IterationOptions,
): Promise<TruncatedSvdResult> {
  const { rows, cols } = operand
  const width = Math.min(factors + oversampling, rows, cols)
  const basis = new Matrix(cols, width)
  const random = createRandom(seed)
  await new LoopYielder(signal).over(basis.data.length, NUMBERS_AT_ONCE, (begin, end) => {
    for (let i = begin; i < end; i++) basis.data[i] = random.normal()
  })
  for (let done = 1; done <= iterations; done++) {
    await operand.step(basis, signal)
    onProgress?.({ done, total: iterations })
  }
  const count = Math.min(factors, width)
  const found = await operand.vectors(basis, count, signal)
  const values = new Float32Array(factors)
  values.set(found.values)
  const vectors = new Matrix(cols, factors)
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
