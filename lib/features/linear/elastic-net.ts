import type { Matrix } from '../../data/matrix.js'
import { checkNumber, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { withCallback } from '../../native/caller-callback.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { checkDescent, DESCENT_OPTIONS, type DescentOptions, runPath } from './elastic-net-path.js'
import { elasticNetProblem } from './elastic-net-problem.js'
import { checkNames, checkRowsToFit, checkTarget, type NumberList } from './inputs.js'
import { type LinearFit, type LinearFitOptions, LinearModel } from './linear-model.js'

/** Options of {@link Lasso}. */
export interface LassoOptions extends DescentOptions {
  /** Strength of the penalty, above 0: the larger, the fewer columns are selected. Default 1. */
  alpha?: number
}

/** Options of {@link ElasticNet}. */
export interface ElasticNetOptions extends LassoOptions {
  /** Share of the L1 penalty, which makes coefficients 0, from 0 to 1; the rest is L2. Default 0.5. */
  l1Ratio?: number
}

function checkAlpha(alpha: number | undefined): number {
  return checkNumber('alpha', alpha ?? 1, { min: Number.MIN_VALUE })
}

/** One fit, as `fit` of these models does it. */
async function fitOne(
  matrix: Matrix,
  target: NumberList,
  model: Required<DescentOptions> & { alpha: number; l1Ratio: number },
  options: LinearFitOptions,
): Promise<LinearFit> {
  const names = checkNames(options.names, checkRowsToFit(matrix).cols)
  const y = checkTarget(target, matrix.rows)
  const { signal } = options
  return withCallback(options.onProgress, async (onProgress) => {
    const problem = await elasticNetProblem(matrix, y, undefined, model, signal)
    const path = await runPath(problem, Float64Array.of(model.alpha), model.l1Ratio, { ...model, refine: true }, signal)
    onProgress?.({ done: 1, total: 1 })
    return {
      coef: path.coefs,
      intercept: path.intercepts[0]!,
      iterations: path.iterations[0]!,
      dualGap: path.dualGaps[0]!,
      converged: path.notConverged === 0,
      names,
      details: {},
    }
  })
}

/**
 * The lasso (Tibshirani 1996): least squares with a penalty that leaves most columns without a coefficient. Minimises
 * |y - X w - intercept|^2 / (2 rows) + alpha |w|_1, the objective of scikit-learn's `Lasso`, by coordinate descent, to a
 * duality gap of `tolerance` times the target's sum of squares. Columns are screened and checked ({@link lassoPath}); the
 * gap is that of the table's own numbers in double. Same bits for any number of threads.
 */
export class Lasso extends LinearModel {
  readonly options: Readonly<Required<LassoOptions>>

  /** @throws ERR_VALUE naming the option */
  constructor(options: LassoOptions = {}) {
    super()
    options = checkOptions('Lasso', options, ['alpha', ...DESCENT_OPTIONS])
    this.options = Object.freeze({ alpha: checkAlpha(options.alpha), ...checkDescent(options) })
  }

  async fit(matrix: Matrix, target: NumberList, options: LinearFitOptions = {}): Promise<this> {
    options = checkOptions('Lasso.fit', options, ['names', 'signal', 'onProgress'])
    this.fit_ = await fitOne(matrix, target, { ...this.options, l1Ratio: 1 }, options)
    return this
  }

  /** Loads what {@link save} wrote. @throws ERR_MODEL_FILE, ERR_IO, ERR_ABORTED */
  static async load(dir: string, options: AbortOptions = {}): Promise<Lasso> {
    return Lasso.loaded(Lasso, dir, options)
  }
}

guardReceivers(Lasso)

/**
 * The elastic net (Zou, Hastie 2005): as {@link Lasso} with an L2 penalty too, which spreads coefficients over columns that
 * say the same. Minimises |y - X w - intercept|^2 / (2 rows) + alpha l1Ratio |w|_1 + alpha (1 - l1Ratio) |w|^2 / 2, the
 * objective of scikit-learn's `ElasticNet`.
 */
export class ElasticNet extends LinearModel {
  readonly options: Readonly<Required<ElasticNetOptions>>

  /** @throws ERR_VALUE naming the option */
  constructor(options: ElasticNetOptions = {}) {
    super()
    options = checkOptions('ElasticNet', options, ['alpha', 'l1Ratio', ...DESCENT_OPTIONS])
    this.options = Object.freeze({
      alpha: checkAlpha(options.alpha),
      l1Ratio: checkNumber('l1Ratio', options.l1Ratio ?? 0.5, { min: 0, max: 1 }),
      ...checkDescent(options),
    })
  }

  async fit(matrix: Matrix, target: NumberList, options: LinearFitOptions = {}): Promise<this> {
    options = checkOptions('ElasticNet.fit', options, ['names', 'signal', 'onProgress'])
    this.fit_ = await fitOne(matrix, target, this.options, options)
    return this
  }

  /** Loads what {@link save} wrote. @throws ERR_MODEL_FILE, ERR_IO, ERR_ABORTED */
  static async load(dir: string, options: AbortOptions = {}): Promise<ElasticNet> {
    return ElasticNet.loaded(ElasticNet, dir, options)
  }
}

guardReceivers(ElasticNet)
