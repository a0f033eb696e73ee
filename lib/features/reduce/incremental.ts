import { Matrix } from '../../data/matrix.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { KindredError } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'
import { axesOfFewRows, axesOfScatter } from './axes.js'
import { isShare, type PCASettings } from './pca-options.js'
import { type PCAState, pcaState } from './pca-state.js'

/** What a batch of vectors adds to what was learnt of those before. */
interface Merged {
  /** [dims] of all vectors */
  readonly mean: Float64Array
  /** [1, dims] the way from the mean before to that of the batch, times sqrt(n m / (n + m)) */
  readonly shift: Matrix
  readonly samplesSeen: number
  /** Sum of the squared deviations of all columns. */
  readonly total: number
}

/**
 * The state of a PCA of all vectors so far and a batch x [rows, dims] (Ross et al. 2008, section 2.1, as scikit-learn's
 * IncrementalPCA does it): the right singular vectors of three blocks of rows, the components before times their singular values,
 * the batch less its mean, and the shift of the mean.
 */
export async function mergeBatch(
  state: PCAState | undefined,
  x: Matrix,
  settings: PCASettings,
  signal: AbortSignal | undefined,
): Promise<PCAState> {
  const count = countFor(state, x, settings)
  const { mean, squares } = await nativeCall(signal, (native, abort) => native.columnMoments(x, abort))
  const merged = merge(state, x.rows, mean, squares)
  if (!Number.isFinite(merged.total))
    throw new KindredError('ERR_VALUE', 'PCA.partialFit: expected finite numbers but the vectors hold others.')
  const before = await weighted(state, signal)
  const rows = before.rows + x.rows + 1
  const wanted = { count, share: 1 }
  let axes: Awaited<ReturnType<typeof axesOfScatter>>
  if (rows <= x.cols) {
    axes = await axesOfFewRows(await stacked(before, x, mean, merged.shift, signal), false, wanted, signal)
  } else {
    const { sums } = await nativeCall(signal, (native, abort) => native.scatter(x, abort))
    for (const block of state === undefined ? [] : [before, merged.shift])
      await nativeCall(signal, (native, abort) =>
        native.addOuterProducts(block, new Float64Array(block.rows).fill(1), sums, abort),
      )
    axes = await axesOfScatter(sums, mean, wanted, signal)
  }
  return pcaState({ ...axes, mean: merged.mean, total: merged.total }, merged.samplesSeen, 'incremental')
}

function countFor(state: PCAState | undefined, x: Matrix, { components }: PCASettings): number {
  if (isShare(components))
    throw new KindredError(
      'ERR_NOT_SUPPORTED',
      'PCA.partialFit: a share of variance needs all vectors at once. Give a number of components.',
    )
  if (state !== undefined) return state.components.rows
  const most = Math.min(x.rows, x.cols)
  const count = components ?? most
  if (count >= 1 && count <= most) return count
  throw new KindredError(
    'ERR_DATA',
    `PCA.partialFit: expected a first batch of at least ${count} vectors of at least ${count} numbers for ${count} components but received [${x.rows}, ${x.cols}].`,
  )
}

function merge(state: PCAState | undefined, rows: number, mean: Float64Array, squares: Float64Array): Merged {
  const seen = state?.samplesSeen ?? 0
  const samplesSeen = seen + rows
  const scale = Math.sqrt((seen * rows) / samplesSeen)
  const away = mean.map((value, c) => (state === undefined ? 0 : value - state.mean[c]!))
  const shift = new Matrix(
    1,
    mean.length,
    Float32Array.from(away, (value) => scale * value),
  )
  return {
    mean: mean.map((value, c) => value - away[c]! * (seen / samplesSeen)),
    shift,
    samplesSeen,
    total: (state?.total ?? 0) + squares.reduce((a, b) => a + b, 0) + away.reduce((a, b) => a + (scale * b) ** 2, 0),
  }
}

/** [components, dims] each component times its singular value. */
async function weighted(state: PCAState | undefined, signal: AbortSignal | undefined): Promise<Matrix> {
  if (state === undefined) return new Matrix(0, 0)
  const { components, singularValues } = state
  const out = new Matrix(components.rows, components.cols, components.data.slice())
  await new LoopYielder(signal).over(out.rows, 1, (k) => {
    const row = out.row(k)
    for (let c = 0; c < row.length; c++) row[c]! *= singularValues[k]!
  })
  return out
}

/** The three blocks below one another [before.rows + x.rows + 1, dims]. */
async function stacked(
  before: Matrix,
  x: Matrix,
  mean: Float64Array,
  shift: Matrix,
  signal: AbortSignal | undefined,
): Promise<Matrix> {
  const { cols } = x
  const out = new Matrix(before.rows + x.rows + 1, cols)
  out.data.set(before.data)
  out.data.set(shift.data, (before.rows + x.rows) * cols)
  await new LoopYielder(signal).over(x.rows, 64, (begin, end) => {
    for (let r = begin; r < end; r++)
      for (let c = 0; c < cols; c++) out.data[(before.rows + r) * cols + c] = x.data[r * cols + c]! - mean[c]!
  })
  return out
}
