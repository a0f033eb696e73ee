import type { Matrix } from '../../data/matrix.js'
import type { ElasticNetState } from '../../native/addon.js'
import { KindredError } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'

/** Columns up to which the Gram matrix is kept by default where there are as many rows: 256 MiB. */
const MOST_GRAM_COLUMNS = 8192

/** How a table becomes a problem. */
export interface ProblemSettings {
  readonly fitIntercept: boolean
  readonly standardize: boolean
  readonly precompute: boolean | 'auto'
}

/** A fit under way, and what its weights mean in terms of the table. */
export interface ElasticNetProblem {
  readonly state: ElasticNetState
  /** [cols] taken off each column. */
  readonly means: Float64Array
  /** [cols] each column was divided by. */
  readonly scales: Float64Array
  readonly targetMean: number
}

/** A large array. @throws ERR_OUT_OF_MEMORY */
export function allocated<Numbers>(size: number, make: (size: number) => Numbers): Numbers {
  try {
    return make(size)
  } catch (cause) {
    throw new KindredError('ERR_OUT_OF_MEMORY', `No memory for ${size} numbers. Give fewer rows or columns.`, { cause })
  }
}

/**
 * The columns of the matrix one after another, centred and scaled as asked, and the start of a fit to them.
 * @param target [matrix.rows]
 * @param rows which to take, all if undefined
 * @throws ERR_VALUE for a number that is not finite, naming its row and column; ERR_OUT_OF_MEMORY, ERR_ABORTED
 */
export async function elasticNetProblem(
  matrix: Matrix,
  target: Float64Array,
  rows: Int32Array | undefined,
  settings: ProblemSettings,
  signal: AbortSignal | undefined,
): Promise<ElasticNetProblem> {
  const { fitIntercept, standardize, precompute } = settings
  const { cols } = matrix
  const count = rows?.length ?? matrix.rows
  const own = rows === undefined ? target.slice() : Float64Array.from(rows, (row) => target[row]!)
  const targetMean = fitIntercept ? own.reduce((sum, y) => sum + y, 0) / count : 0
  for (let r = 0; r < count; r++) own[r]! -= targetMean
  const withGram = precompute === 'auto' ? cols <= count && cols <= MOST_GRAM_COLUMNS : precompute
  const columns = allocated(cols * count, (size) => new Float32Array(size))
  const gram = withGram ? allocated(cols * cols, (size) => new Float32Array(size)) : null
  const written = await nativeCall(signal, (native, abort) =>
    native.writeColumns(matrix, rows ?? null, fitIntercept, standardize, columns, abort),
  )
  const state: ElasticNetState = {
    rows: count,
    cols,
    known: 0,
    targetSquare: 0,
    columns,
    target: own,
    gram,
    order: Int32Array.from({ length: cols }, (_, column) => column),
    squares: written.squares,
    correlations: new Float64Array(cols),
    weights: new Float64Array(cols),
    gradients: new Float64Array(cols),
    residual: new Float64Array(count),
  }
  state.targetSquare = await nativeCall(signal, (native, abort) => native.elasticNetBegin(state, abort))
  return { state, means: written.means, scales: written.scales, targetMean }
}

/** The least l1 penalty, as a sum over rows, that leaves no column a weight. */
export function largestL1({ correlations }: ElasticNetState, positive: boolean): number {
  let largest = 0
  for (const product of correlations) largest = Math.max(largest, positive ? product : Math.abs(product))
  return largest
}

/**
 * Weights by place as coefficients of the table's columns, and the intercept.
 * @param coef [cols] is filled
 */
export function writeCoef(
  { order, weights }: { order: Int32Array; weights: Float64Array },
  { means, scales }: { means: Float64Array; scales: Float64Array },
  base: number,
  coef: Float64Array,
): number {
  let intercept = base
  coef.fill(0)
  for (let place = 0; place < weights.length; place++) {
    const weight = weights[place]!
    if (weight === 0) continue
    const column = order[place]!
    coef[column] = weight / scales[column]!
    intercept -= means[column]! * coef[column]!
  }
  return intercept
}
