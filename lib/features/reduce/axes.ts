import { Matrix } from '../../data/matrix.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { KindredError } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'

/** How many axes: a count, or the fewest that hold more than a share of the sum of squares. */
export interface AxesWanted {
  /** 0: by the share. */
  readonly count: number
  readonly share: number
}

/** Directions in which rows spread. */
export interface Axes {
  /** [cols] the mean of the rows; zeros where they were not centred */
  readonly mean: Float64Array
  /** Squared singular values, largest first: all [min(rows, cols)] where they are exact, else of the axes alone. */
  readonly values: Float64Array
  /** [count, cols] orthonormal rows, of each the largest component positive */
  readonly components: Matrix
  /** Sum of the squares of all numbers of the rows, less their mean where they are centred. */
  readonly total: number
}

/** @param squares [cols] sums of squares of each column. @throws ERR_VALUE naming the first that is not finite */
export function checkFinite(where: string, squares: Float64Array): void {
  const column = squares.findIndex((square) => !Number.isFinite(square))
  if (column >= 0)
    throw new KindredError(
      'ERR_VALUE',
      `${where}: expected finite numbers but column ${column} holds others. Fill in what is missing first, as SimpleImputer does.`,
    )
}

const sum = (list: Float64Array) => list.reduce((a, b) => a + b, 0)

/** The eigenvectors of a scatter matrix [cols, cols]. */
export async function axesOfScatter(
  sums: Float64Array,
  mean: Float64Array,
  { count, share }: AxesWanted,
  signal: AbortSignal | undefined,
): Promise<Axes> {
  const cols = mean.length
  const found = await nativeCall(signal, (native, abort) => native.leadingAxes(sums, cols, count, share, abort))
  return {
    mean,
    values: found.values,
    components: new Matrix(found.vectors.length / cols, cols, found.vectors),
    total: sum(found.values),
  }
}

/**
 * The right singular vectors of x [rows, cols], of its rows less their mean where `centred`: by the eigenvectors of its
 * scatter matrix, or where there are fewer rows than columns, of their products with each other.
 * @throws ERR_VALUE for a column that holds what is not finite, ERR_ABORTED
 */
export async function exactAxes(
  where: string,
  x: Matrix,
  centred: boolean,
  wanted: AxesWanted,
  signal: AbortSignal | undefined,
  onScatter: () => void,
): Promise<Axes> {
  if (x.rows <= x.cols) {
    const { squares } = await nativeCall(signal, (native, abort) => native.columnMoments(x, abort))
    checkFinite(where, squares)
    return axesOfFewRows(x, centred, wanted, signal)
  }
  const { mean, sums } = await nativeCall(signal, (native, abort) => native.scatter(x, abort))
  checkFinite(
    where,
    mean.map((_, c) => sums[c * x.cols + c]!),
  )
  if (!centred) await addMean(sums, mean, x.rows, signal)
  onScatter()
  const axes = await axesOfScatter(sums, mean, wanted, signal)
  return centred ? axes : { ...axes, mean: new Float64Array(x.cols) }
}

/** x'x of the scatter about the mean, in place: it gains rows * mean mean'. */
async function addMean(sums: Float64Array, mean: Float64Array, rows: number, signal: AbortSignal | undefined) {
  const cols = mean.length
  await new LoopYielder(signal).over(cols, 64, (begin, end) => {
    for (let i = begin; i < end; i++) for (let j = 0; j < cols; j++) sums[i * cols + j]! += rows * mean[i]! * mean[j]!
  })
}

/** @param x [rows, cols], rows <= cols */
export async function axesOfFewRows(
  x: Matrix,
  centred: boolean,
  { count, share }: AxesWanted,
  signal: AbortSignal | undefined,
): Promise<Axes> {
  const found = await nativeCall(signal, (native, abort) => native.rowSpaceAxes(x, centred, count, share, abort))
  return {
    mean: centred ? found.mean : new Float64Array(x.cols),
    values: found.values,
    components: new Matrix(found.vectors.length / x.cols, x.cols, found.vectors),
    total: sum(found.values),
  }
}
