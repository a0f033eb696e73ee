import type { Matrix } from '../../data/matrix.js'
import type { LogisticState } from '../../native/addon.js'
import { KindredError } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'
import { allocated } from './elastic-net-problem.js'
import { checkTarget, type NumberList } from './inputs.js'

/** A logistic fit under way, and what its weights mean in terms of the table. */
export interface LogisticProblem {
  readonly state: LogisticState
  /** [cols] taken off each column. */
  readonly means: Float64Array
  /** [cols] each column was divided by. */
  readonly scales: Float64Array
  /** The least penalty, as a sum over rows, that leaves no column a weight. */
  readonly largest: number
}

/** The classes of rows as 0 and 1. @throws ERR_VALUE for any other number, or where all rows are of one class; ERR_SHAPE */
export function checkClasses(target: NumberList, rows: number): Float64Array {
  const classes = checkTarget(target, rows)
  let ones = 0
  for (const [row, value] of classes.entries()) {
    if (value !== 0 && value !== 1)
      throw new KindredError('ERR_VALUE', `target: expected 0 or 1, the class, but row ${row} has ${value}.`)
    ones += value
  }
  if (ones === 0 || ones === rows)
    throw new KindredError(
      'ERR_VALUE',
      `target: expected rows of both classes but all ${rows} rows are ${ones === 0 ? 0 : 1}.`,
    )
  return classes
}

/**
 * The start of a logistic fit: no weights, and the intercept of the classes' shares.
 * @throws ERR_VALUE for a number that is not finite, naming its row and column; ERR_OUT_OF_MEMORY, ERR_ABORTED
 */
export async function logisticProblem(
  matrix: Matrix,
  target: Float64Array,
  { fitIntercept, standardize }: { fitIntercept: boolean; standardize: boolean },
  signal: AbortSignal | undefined,
): Promise<LogisticProblem> {
  const { rows, cols } = matrix
  const columns = allocated(rows * cols, (size) => new Float32Array(size))
  const { means, scales } = await nativeCall(signal, (native, abort) =>
    native.writeColumns(matrix, null, fitIntercept, standardize, columns, abort),
  )
  const share = target.reduce((sum, y) => sum + y, 0) / rows
  const intercept = fitIntercept ? Math.log(share / (1 - share)) : 0
  const state: LogisticState = {
    rows,
    cols,
    known: 0,
    intercept,
    columns,
    target,
    order: Int32Array.from({ length: cols }, (_, column) => column),
    weights: new Float64Array(cols),
    gradients: new Float64Array(cols),
    margins: new Float64Array(rows).fill(intercept),
  }
  await nativeCall(signal, (native, abort) => native.logisticBegin(state, abort))
  const largest = state.gradients.reduce((most, gradient) => Math.max(most, Math.abs(gradient)), 0)
  return { state, means, scales, largest }
}
