import type { Matrix } from '../../data/matrix.js'
import { checkOneOf, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'
import { checkRowsToFit, checkTarget, type NumberList } from '../linear/inputs.js'
import { type ClassLabels, checkLabels } from './class-labels.js'
import { chiSquaredTail, fTail } from './distributions.js'

/** What a target is: classes, or numbers. */
export type TargetTask = 'classification' | 'regression'

/** The legal ones of {@link TargetTask}. */
export const TASKS: readonly TargetTask[] = ['classification', 'regression']

/** How much each column has to do with the target, and how likely chance gives as much. */
export interface ColumnScores {
  /** [cols]; NaN for a constant column, which has none. */
  scores: Float64Array
  /** [cols] */
  pValues: Float64Array
}

/** Options of {@link fScore}. */
export interface FScoreOptions extends AbortOptions {
  /** Whether the target is classes or numbers. Default 'classification'. */
  task?: TargetTask
}

/**
 * The F statistic of each column and its p-value: of classes the analysis of variance of the column between them
 * (scikit-learn's `f_classif`), of numbers the linear regression of the target on the column (`f_regression`). Sums are in
 * double, about the mean.
 * @param matrix [rows, cols]
 * @param target [rows] classes, or numbers with `task: 'regression'`
 * @throws ERR_VALUE for illegal options, numbers that are not finite, and fewer than two classes; ERR_SHAPE, also for too few
 * rows; ERR_ABORTED
 */
export async function fScore(
  matrix: Matrix,
  target: ClassLabels | NumberList,
  options: FScoreOptions = {},
): Promise<ColumnScores> {
  options = checkOptions('fScore', options, ['task', 'signal'])
  const task = checkOneOf('task', options.task ?? 'classification', TASKS)
  const { rows, cols } = checkRowsToFit(matrix)
  return task === 'regression'
    ? fOfNumbers(matrix, checkTarget(target as NumberList, rows), options.signal)
    : fOfClasses(matrix, checkLabels(target, rows), cols, options.signal)
}

/** @throws ERR_SHAPE */
function checkMoreRows(rows: number, than: number): void {
  if (rows <= than) throw new KindredError('ERR_SHAPE', `fScore: expected more than ${than} rows but received ${rows}.`)
}

async function fOfNumbers(
  matrix: Matrix,
  target: Float64Array,
  signal: AbortSignal | undefined,
): Promise<ColumnScores> {
  const { rows } = matrix
  checkMoreRows(rows, 2)
  const { variances, covariances } = await nativeCall(signal, (native, abort) =>
    native.targetMoments(matrix, target, abort),
  )
  const mean = target.reduce((sum, y) => sum + y, 0) / rows
  const variance = target.reduce((sum, y) => sum + (y - mean) ** 2, 0) / rows
  const scores = variances.map((own, column) => {
    const share = covariances[column]! ** 2 / (own * variance)
    return share >= 1 ? Number.POSITIVE_INFINITY : (share / (1 - share)) * (rows - 2)
  })
  return { scores, pValues: scores.map((score) => fTail(score, 1, rows - 2)) }
}

async function fOfClasses(
  matrix: Matrix,
  { codes, classes }: { codes: Int32Array; classes: number },
  cols: number,
  signal: AbortSignal | undefined,
): Promise<ColumnScores> {
  const { rows } = matrix
  checkMoreRows(rows, classes)
  const { counts, sums, within } = await nativeCall(signal, (native, abort) =>
    native.classSums(matrix, codes, classes, false, abort),
  )
  const scores = new Float64Array(cols)
  for (let column = 0; column < cols; column++) {
    let mean = 0
    for (let k = 0; k < classes; k++) mean += sums[k * cols + column]! / rows
    let between = 0
    for (let k = 0; k < classes; k++) between += counts[k]! * (sums[k * cols + column]! / counts[k]! - mean) ** 2
    // What rounding leaves of a constant column is no difference.
    const isConstant = within[column] === 0 && between <= 1e-24 * rows * mean * mean
    scores[column] = isConstant ? Number.NaN : between / (classes - 1) / (within[column]! / (rows - classes))
  }
  return { scores, pValues: scores.map((score) => fTail(score, classes - 1, rows - classes)) }
}

/**
 * The chi-squared statistic of each column of counts or frequencies between the classes, and its p-value, as scikit-learn's
 * `chi2`: how far the classes' sums are from what their shares of the rows would give.
 * @param matrix [rows, cols], of numbers of at least 0
 * @param target [rows]
 * @throws ERR_VALUE for a number below 0 or not finite, naming its row and column, and fewer than two classes; ERR_SHAPE,
 * ERR_ABORTED
 */
export async function chiSquared(
  matrix: Matrix,
  target: ClassLabels,
  options: AbortOptions = {},
): Promise<ColumnScores> {
  options = checkOptions('chiSquared', options, ['signal'])
  const { rows, cols } = checkRowsToFit(matrix)
  const { codes, classes } = checkLabels(target, rows)
  const { counts, sums } = await nativeCall(options.signal, (native, abort) =>
    native.classSums(matrix, codes, classes, true, abort),
  )
  const scores = new Float64Array(cols)
  for (let column = 0; column < cols; column++) {
    let total = 0
    for (let k = 0; k < classes; k++) total += sums[k * cols + column]!
    for (let k = 0; k < classes; k++) {
      const expected = (counts[k]! / rows) * total
      scores[column]! += (sums[k * cols + column]! - expected) ** 2 / expected
    }
  }
  return { scores, pValues: scores.map((score) => chiSquaredTail(score, classes - 1)) }
}
