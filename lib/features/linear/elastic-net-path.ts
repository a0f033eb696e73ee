import type { Matrix } from '../../data/matrix.js'
import { checkBoolean, checkInteger, checkNumber, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions, Progress } from '../../native/call-options.js'
import { withCallback } from '../../native/caller-callback.js'
import { KindredError, show } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'
import {
  allocated,
  type ElasticNetProblem,
  elasticNetProblem,
  largestL1,
  type ProblemSettings,
  writeCoef,
} from './elastic-net-problem.js'
import { checkRowsToFit, checkTarget, type NumberList } from './inputs.js'
import { checkGrid, GRID_OPTIONS, gridOf, type PenaltyGridOptions } from './penalties.js'

/** What the descent of an elastic net goes by. */
export interface DescentOptions {
  /** Whether there is an intercept, which is not penalised: columns and target are then centred. Default true. */
  fitIntercept?: boolean
  /** Whether columns are divided by their standard deviation for the fit; coefficients are told of the columns as given. Default false. */
  standardize?: boolean
  /** Whether coefficients are kept at 0 or above. Default false. */
  positive?: boolean
  /** The descent ends at a duality gap of this share of the target's sum of squares, at least 0. Default 1e-4. */
  tolerance?: number
  /** Most sweeps over the columns, at least 1. Default 1000. */
  iterations?: number
  /**
   * Whether steps go by the Gram matrix of the columns (covariance updates), of which only those rows are computed that are
   * needed; 'auto': where there are at least as many rows as columns, up to 8192 of these. Default 'auto'.
   */
  precompute?: boolean | 'auto'
}

/** The names of {@link DescentOptions}. */
export const DESCENT_OPTIONS = [
  'fitIntercept',
  'standardize',
  'positive',
  'tolerance',
  'iterations',
  'precompute',
] as const

/** @throws ERR_VALUE naming the option */
export function checkDescent(options: DescentOptions): Required<DescentOptions> {
  const precompute = options.precompute ?? 'auto'
  if (precompute !== 'auto' && typeof precompute !== 'boolean')
    throw new KindredError('ERR_VALUE', `precompute: expected true, false or 'auto' but received ${show(precompute)}.`)
  return {
    fitIntercept: checkBoolean('fitIntercept', options.fitIntercept ?? true),
    standardize: checkBoolean('standardize', options.standardize ?? false),
    positive: checkBoolean('positive', options.positive ?? false),
    tolerance: checkNumber('tolerance', options.tolerance ?? 1e-4, { min: 0 }),
    iterations: checkInteger('iterations', options.iterations ?? 1000, { min: 1, max: 2 ** 31 - 1 }),
    precompute,
  }
}

/** Options of {@link lassoPath}. */
export interface LassoPathOptions extends DescentOptions, PenaltyGridOptions, AbortOptions {
  /** Called after each penalty. */
  onProgress?: (progress: Progress) => void
}

/** Options of {@link elasticNetPath}. */
export interface ElasticNetPathOptions extends LassoPathOptions {
  /** Share of the L1 penalty, above 0 to 1; the rest is L2. Default 0.5. */
  l1Ratio?: number
}

/** The fits of a path, one for each penalty. */
export interface LinearPath {
  /** [alphas], the largest first. */
  alphas: Float64Array
  /** [alphas, cols], row-major. */
  coefs: Float64Array
  /** [alphas] */
  intercepts: Float64Array
  /** [alphas], how much above its minimum each objective is at most, per row. */
  dualGaps: Float64Array
  /** [alphas], sweeps that each took. */
  iterations: Int32Array
  /** [alphas], columns that each ended with in its working set; the others were screened out and checked. */
  screened: Int32Array
  /** How many ended with a gap above the tolerance: raise `iterations`. */
  notConverged: number
  /** Columns of the table. */
  cols: number
}

/**
 * Fits to descending penalties, each from where the last one ended (Friedman, Hastie, Tibshirani 2010).
 * @param refine whether gradients are computed from the table before a gap is believed: where there is but one fit
 * @throws ERR_ABORTED
 */
export async function runPath(
  problem: ElasticNetProblem,
  alphas: Float64Array,
  l1Ratio: number,
  settings: Required<DescentOptions> & { refine: boolean },
  signal: AbortSignal | undefined,
  onFit: () => void = () => undefined,
): Promise<LinearPath> {
  const { state, targetMean } = problem
  const { rows, cols } = state
  const path: LinearPath = {
    alphas,
    coefs: allocated(alphas.length * cols, (size) => new Float64Array(size)),
    intercepts: new Float64Array(alphas.length),
    dualGaps: new Float64Array(alphas.length),
    iterations: new Int32Array(alphas.length),
    screened: new Int32Array(alphas.length),
    notConverged: 0,
    cols,
  }
  const { positive, tolerance, iterations, refine } = settings
  // Without weights it is the solution for any penalty from the largest on.
  let previousL1 = Math.max(largestL1(state, positive), alphas[0]! * l1Ratio * rows)
  for (const [n, alpha] of alphas.entries()) {
    const l1 = alpha * l1Ratio * rows
    const l2 = alpha * (1 - l1Ratio) * rows
    const kernel = { l1, l2, previousL1, positive, tolerance, iterations, refine }
    const found = await nativeCall(signal, (native, abort) => native.elasticNet(state, kernel, abort))
    state.known = found.known
    previousL1 = l1
    path.intercepts[n] = writeCoef(state, problem, targetMean, path.coefs.subarray(n * cols, (n + 1) * cols))
    path.dualGaps[n] = found.gap / rows
    path.iterations[n] = found.sweeps
    path.screened[n] = found.known
    path.notConverged += Number(!found.converged)
    onFit()
  }
  return path
}

/** Below this tolerance the rounding of a Gram matrix of floats is told apart. */
const FINE_TOLERANCE = 1e-6

async function fitPath(
  matrix: Matrix,
  target: NumberList,
  l1Ratio: number,
  options: LassoPathOptions,
): Promise<LinearPath> {
  const { signal } = options
  const grid = checkGrid(options)
  const settings = checkDescent(options)
  checkRowsToFit(matrix)
  const y = checkTarget(target, matrix.rows)
  return withCallback(options.onProgress, async (onProgress) => {
    const problem = await elasticNetProblem(matrix, y, undefined, settings satisfies ProblemSettings, signal)
    const largest = largestL1(problem.state, settings.positive) / (matrix.rows * l1Ratio)
    const alphas = gridOf(grid, largest)
    let done = 0
    const refine = settings.tolerance < FINE_TOLERANCE
    return runPath(problem, alphas, l1Ratio, { ...settings, refine }, signal, () =>
      onProgress?.({ done: ++done, total: alphas.length }),
    )
  })
}

/**
 * The lasso for many penalties, each fit from where the last one ended: minimises
 * |y - X w - intercept|^2 / (2 rows) + alpha |w|_1, the objective of scikit-learn's `lasso_path`, which has no intercept.
 * Columns are screened, and those screened out are checked by the conditions of Karush, Kuhn and Tucker, so that the result is
 * that of all columns (Tibshirani et al. 2012, "Strong rules for discarding predictors in lasso-type problems").
 * Same bits for any number of threads.
 * @param matrix [rows, cols]
 * @param target [rows]
 * @throws ERR_VALUE for illegal options and numbers that are not finite, ERR_SHAPE, ERR_OUT_OF_MEMORY, ERR_ABORTED
 */
export async function lassoPath(
  matrix: Matrix,
  target: NumberList,
  options: LassoPathOptions = {},
): Promise<LinearPath> {
  options = checkOptions('lassoPath', options, [...GRID_OPTIONS, ...DESCENT_OPTIONS, 'signal', 'onProgress'])
  return fitPath(matrix, target, 1, options)
}

/**
 * The elastic net for many penalties, as {@link lassoPath}: minimises |y - X w - intercept|^2 / (2 rows) +
 * alpha l1Ratio |w|_1 + alpha (1 - l1Ratio) |w|^2 / 2.
 * @param matrix [rows, cols]
 * @param target [rows]
 * @throws ERR_VALUE for illegal options and numbers that are not finite, ERR_SHAPE, ERR_OUT_OF_MEMORY, ERR_ABORTED
 */
export async function elasticNetPath(
  matrix: Matrix,
  target: NumberList,
  options: ElasticNetPathOptions = {},
): Promise<LinearPath> {
  options = checkOptions('elasticNetPath', options, [
    ...GRID_OPTIONS,
    ...DESCENT_OPTIONS,
    'l1Ratio',
    'signal',
    'onProgress',
  ])
  const l1Ratio = checkNumber('l1Ratio', options.l1Ratio ?? 0.5, { min: Number.MIN_VALUE, max: 1 })
  return fitPath(matrix, target, l1Ratio, options)
}
