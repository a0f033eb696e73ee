import type { Matrix } from '../../data/matrix.js'
import { checkBoolean, checkInteger, checkNumber, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions, Progress } from '../../native/call-options.js'
import { withCallback } from '../../native/caller-callback.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { nativeCall } from '../../native/native-call.js'
import { allocated, writeCoef } from './elastic-net-problem.js'
import { checkNames, checkRowsToFit, type NumberList } from './inputs.js'
import { type LinearFitOptions, LinearModel } from './linear-model.js'
import { checkClasses, type LogisticProblem, logisticProblem } from './logistic-problem.js'
import { checkGrid, GRID_OPTIONS, gridOf, type PenaltyGridOptions } from './penalties.js'

/** What the descent of a logistic regression goes by. */
export interface LogisticDescentOptions {
  /** Whether there is an intercept, which is not penalised. Default true. */
  fitIntercept?: boolean
  /** Whether columns are divided by their standard deviation for the fit; coefficients are told of the columns as given. Default false. */
  standardize?: boolean
  /**
   * The descent ends where no condition of the minimum is violated by more than this share of the largest gradient at no
   * weights, at least 0. Default 1e-5.
   */
  tolerance?: number
  /** Most steps of Newton's, at least 1. Default 100. */
  iterations?: number
}

const DESCENT_OPTIONS = ['fitIntercept', 'standardize', 'tolerance', 'iterations'] as const

/** Options of {@link LogisticL1}. */
export interface LogisticL1Options extends LogisticDescentOptions {
  /** Strength of the penalty, above 0; scikit-learn's C is 1 / (rows alpha). Default 0.01. */
  alpha?: number
}

/** Options of {@link logisticL1Path}. */
export interface LogisticL1PathOptions extends LogisticDescentOptions, PenaltyGridOptions, AbortOptions {
  /** Called after each penalty. */
  onProgress?: (progress: Progress) => void
}

/** The fits of a path of {@link logisticL1Path}, one for each penalty. */
export interface LogisticPath {
  /** [alphas], the largest first. */
  alphas: Float64Array
  /** [alphas, cols], row-major. */
  coefs: Float64Array
  /** [alphas] */
  intercepts: Float64Array
  /** [alphas]: mean over rows of the logistic loss, the penalty left out. */
  losses: Float64Array
  /** [alphas]: the largest violation of the conditions of each minimum, per row. */
  violations: Float64Array
  /** [alphas]: steps of Newton's that each took. */
  iterations: Int32Array
  /** [alphas]: columns that each ended with in its working set; the others were screened out and checked. */
  screened: Int32Array
  /** How many ended with a violation above the tolerance: raise `iterations`. */
  notConverged: number
  /** Columns of the table. */
  cols: number
}

function checkDescent(options: LogisticDescentOptions): Required<LogisticDescentOptions> {
  return {
    fitIntercept: checkBoolean('fitIntercept', options.fitIntercept ?? true),
    standardize: checkBoolean('standardize', options.standardize ?? false),
    tolerance: checkNumber('tolerance', options.tolerance ?? 1e-5, { min: 0 }),
    iterations: checkInteger('iterations', options.iterations ?? 100, { min: 1, max: 2 ** 31 - 1 }),
  }
}

async function runPath(
  problem: LogisticProblem,
  alphas: Float64Array,
  settings: Required<LogisticDescentOptions>,
  signal: AbortSignal | undefined,
  onFit: () => void = () => undefined,
): Promise<LogisticPath> {
  const { state, largest } = problem
  const { rows, cols } = state
  const path: LogisticPath = {
    alphas,
    coefs: allocated(alphas.length * cols, (size) => new Float64Array(size)),
    intercepts: new Float64Array(alphas.length),
    losses: new Float64Array(alphas.length),
    violations: new Float64Array(alphas.length),
    iterations: new Int32Array(alphas.length),
    screened: new Int32Array(alphas.length),
    notConverged: 0,
    cols,
  }
  const { fitIntercept: intercept, iterations } = settings
  const tolerance = settings.tolerance * largest
  // Without weights it is the solution for any penalty from the largest on.
  let previousL1 = Math.max(largest, alphas[0]! * rows)
  for (const [n, alpha] of alphas.entries()) {
    const l1 = alpha * rows
    const kernel = { l1, previousL1, intercept, tolerance, iterations }
    const found = await nativeCall(signal, (native, abort) => native.logisticL1(state, kernel, abort))
    state.known = found.known
    state.intercept = found.intercept
    previousL1 = l1
    path.intercepts[n] = writeCoef(state, problem, found.intercept, path.coefs.subarray(n * cols, (n + 1) * cols))
    path.losses[n] = found.loss / rows
    path.violations[n] = found.violation / rows
    path.iterations[n] = found.iterations
    path.screened[n] = found.known
    path.notConverged += Number(!found.converged)
    onFit()
  }
  return path
}

/**
 * {@link LogisticL1} for many penalties, each fit from where the last one ended. Columns are screened by the sequential
 * strong rule, and those screened out are checked (Tibshirani et al. 2012). Same bits for any number of threads.
 * @param matrix [rows, cols]
 * @param target [rows] 0 or 1
 * @throws ERR_VALUE for illegal options, other classes, one class only, and numbers that are not finite; ERR_SHAPE,
 * ERR_OUT_OF_MEMORY, ERR_ABORTED
 */
export async function logisticL1Path(
  matrix: Matrix,
  target: NumberList,
  options: LogisticL1PathOptions = {},
): Promise<LogisticPath> {
  options = checkOptions('logisticL1Path', options, [...GRID_OPTIONS, ...DESCENT_OPTIONS, 'signal', 'onProgress'])
  const grid = checkGrid(options)
  const settings = checkDescent(options)
  const y = checkClasses(target, checkRowsToFit(matrix).rows)
  const { signal } = options
  return withCallback(options.onProgress, async (onProgress) => {
    const problem = await logisticProblem(matrix, y, settings, signal)
    const alphas = gridOf(grid, problem.largest / matrix.rows)
    let done = 0
    return runPath(problem, alphas, settings, signal, () => onProgress?.({ done: ++done, total: alphas.length }))
  })
}

/**
 * Logistic regression of two classes with a penalty that leaves most columns without a coefficient. Minimises the mean over
 * rows of the logistic loss + alpha |w|_1, the objective of scikit-learn's `LogisticRegression` with the L1 penalty and C =
 * 1 / (rows alpha), by proximal Newton steps (Yuan, Ho, Lin 2012, "An improved GLMNET for L1-regularized logistic
 * regression"). `predict` gives probabilities of class 1. Same bits for any number of threads.
 */
export class LogisticL1 extends LinearModel {
  readonly options: Readonly<Required<LogisticL1Options>>

  /** @throws ERR_VALUE naming the option */
  constructor(options: LogisticL1Options = {}) {
    super()
    options = checkOptions('LogisticL1', options, ['alpha', ...DESCENT_OPTIONS])
    this.options = Object.freeze({
      alpha: checkNumber('alpha', options.alpha ?? 0.01, { min: Number.MIN_VALUE }),
      ...checkDescent(options),
    })
  }

  /** @internal */
  protected override get isLogistic(): boolean {
    return true
  }

  /**
   * Learns from a table and the classes of its rows. A call that fails leaves the model as it was.
   * @param matrix [rows, cols]
   * @param target [rows] 0 or 1
   * @throws ERR_VALUE for other classes, one class only, and numbers that are not finite; ERR_SHAPE, ERR_OUT_OF_MEMORY,
   * ERR_ABORTED
   */
  async fit(matrix: Matrix, target: NumberList, options: LinearFitOptions = {}): Promise<this> {
    options = checkOptions('LogisticL1.fit', options, ['names', 'signal', 'onProgress'])
    const names = checkNames(options.names, checkRowsToFit(matrix).cols)
    const y = checkClasses(target, matrix.rows)
    const { signal } = options
    this.fit_ = await withCallback(options.onProgress, async (onProgress) => {
      const problem = await logisticProblem(matrix, y, this.options, signal)
      const path = await runPath(problem, Float64Array.of(this.options.alpha), this.options, signal)
      onProgress?.({ done: 1, total: 1 })
      return {
        coef: path.coefs,
        intercept: path.intercepts[0]!,
        iterations: path.iterations[0]!,
        dualGap: path.violations[0]!,
        converged: path.notConverged === 0,
        names,
        details: {},
      }
    })
    return this
  }

  /** Loads what {@link save} wrote. @throws ERR_MODEL_FILE, ERR_IO, ERR_ABORTED */
  static async load(dir: string, options: AbortOptions = {}): Promise<LogisticL1> {
    return LogisticL1.loaded(LogisticL1, dir, options)
  }
}

guardReceivers(LogisticL1)
