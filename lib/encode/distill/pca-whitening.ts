import { gatherRowsYielding } from '../../data/gather-rows.js'
import { Matrix } from '../../data/matrix.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { nativeCall } from '../../native/native-call.js'

/** A component's variance counts as at least this share of the largest, so that noise is not amplified. */
const LEAST_VARIANCE = 1e-6

/** Zeros [rows, cols] but for the rows at `places`, which are those of `values` in turn. */
export async function scatterRows(
  values: Matrix,
  places: readonly number[],
  rows: number,
  signal: AbortSignal | undefined,
): Promise<Matrix> {
  const out = new Matrix(rows, values.cols)
  await new LoopYielder(signal).over(places.length, 256, (begin, end) => {
    for (let i = begin; i < end; i++) out.row(places[i]!).set(values.row(i))
  })
  return out
}

/** x y' [x.rows, y.rows]: rows of `x` on the rows of `y`. */
export async function project(x: Matrix, y: Matrix, signal: AbortSignal | undefined): Promise<Matrix> {
  const data = await nativeCall(signal, (native, abort) => native.similarityMatrix(x, y, 'dot', abort))
  return new Matrix(x.rows, y.rows, data)
}

/**
 * Token vectors less their mean, on their leading principal components.
 * @param vectors [vocab, teacher dims] @param ids the rows that count; the others become zero
 * @returns table [vocab, dims], components [dims, teacher dims], and the share of the variance that is kept
 */
export async function reduceTokens(
  vectors: Matrix,
  ids: readonly number[],
  dims: number,
  signal: AbortSignal | undefined,
): Promise<{ table: Matrix; components: Matrix; explained: number }> {
  const rows = await gatherRowsYielding(vectors, ids, signal)
  const fit = await nativeCall(signal, (native, abort) => native.pca(rows, vectors.cols, abort))
  const components = new Matrix(dims, vectors.cols, fit.components.subarray(0, dims * vectors.cols))
  await subtract(rows, fit.mean, signal)
  const table = await scatterRows(await project(rows, components, signal), ids, vectors.rows, signal)
  const total = (list: Float64Array) => list.reduce((a, b) => a + b, 0)
  return { table, components, explained: total(fit.variances.subarray(0, dims)) / total(fit.variances) }
}

/** Subtracts the mean of the rows, in place. */
export async function centre(rows: Matrix, signal: AbortSignal | undefined): Promise<void> {
  const mean = new Float64Array(rows.cols)
  await new LoopYielder(signal).over(rows.rows, 256, (begin, end) => {
    for (let r = begin; r < end; r++) {
      const row = rows.row(r)
      for (let c = 0; c < row.length; c++) mean[c]! += row[c]! / rows.rows
    }
  })
  await subtract(rows, mean, signal)
}

async function subtract(rows: Matrix, mean: Float64Array, signal: AbortSignal | undefined): Promise<void> {
  await new LoopYielder(signal).over(rows.rows, 256, (begin, end) => {
    for (let r = begin; r < end; r++) {
      const row = rows.row(r)
      for (let c = 0; c < row.length; c++) row[c]! -= mean[c]!
    }
  })
}

/**
 * The map that rotates rows onto their principal components and divides each by its standard deviation to the power
 * `whitening`: 0 only rotates, 1 whitens in full. Cosines between sentence vectors agree better with people's judgement
 * when the directions that all sentences share count for less (Su et al. 2021, "Whitening Sentence Representations").
 * @param rows [texts, dims], centred
 * @returns [dims, dims], to be applied with {@link project}
 */
export async function whiteningMap(rows: Matrix, whitening: number, signal: AbortSignal | undefined): Promise<Matrix> {
  const fit = await nativeCall(signal, (native, abort) => native.pca(rows, rows.cols, abort))
  const map = new Matrix(rows.cols, rows.cols, fit.components)
  const least = LEAST_VARIANCE * fit.variances[0]!
  for (let i = 0; i < map.rows; i++) {
    const variance = Math.max(fit.variances[i]!, least)
    const scale = variance > 0 ? variance ** (-whitening / 2) : 1
    const row = map.row(i)
    for (let c = 0; c < row.length; c++) row[c]! *= scale
  }
  return map
}

/** Scales all rows by one number so that the mean norm of those that are not zero is 1, in place. */
export async function scaleToUnit(rows: Matrix, signal: AbortSignal | undefined): Promise<void> {
  let norms = 0
  let count = 0
  await new LoopYielder(signal).over(rows.rows, 256, (begin, end) => {
    for (let r = begin; r < end; r++) {
      const norm = Math.hypot(...rows.row(r))
      norms += norm
      if (norm > 0) count++
    }
  })
  const scale = norms > 0 ? count / norms : 1
  await new LoopYielder(signal).over(rows.rows, 256, (begin, end) => {
    const part = rows.subarray(begin, end).data
    for (let i = 0; i < part.length; i++) part[i]! *= scale
  })
}
