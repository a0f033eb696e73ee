import type { Matrix } from '../../data/matrix.js'
import { checkNumber, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { withCallback } from '../../native/caller-callback.js'
import { KindredError, show } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { type CrossValidationOptions, checkFolds, crossValidate, FOLD_OPTIONS } from './cross-validation.js'
import { checkDescent, DESCENT_OPTIONS, type DescentOptions, runPath } from './elastic-net-path.js'
import { elasticNetProblem, largestL1 } from './elastic-net-problem.js'
import { checkNames, checkRowsToFit, checkTarget, type NumberList } from './inputs.js'
import { type LinearFit, type LinearFitOptions, LinearModel } from './linear-model.js'
import { checkGrid, GRID_OPTIONS, gridOf, type PenaltyGrid, type PenaltyGridOptions } from './penalties.js'

/** Options of {@link LassoCV}. */
export interface LassoCVOptions extends DescentOptions, PenaltyGridOptions, CrossValidationOptions {}

/** Options of {@link ElasticNetCV}. */
export interface ElasticNetCVOptions extends LassoCVOptions {
  /** Shares of the L1 penalty to choose from, each above 0 to 1. Default 0.5. */
  l1Ratio?: number | readonly number[]
}

/** What cross-validation chose, and by what. */
interface Chosen {
  alpha: number
  l1Ratio: number
  /** [alphas], descending, of the l1Ratio chosen. */
  alphas: number[]
  /** [alphas, folds], row-major. */
  msePath: number[]
  notConverged: number
}

interface Settings {
  readonly descent: Required<DescentOptions>
  readonly grid: PenaltyGrid
  readonly folds: { folds: number; seed: number | undefined }
  readonly l1Ratios: readonly number[]
}

const OPTIONS = [...GRID_OPTIONS, ...FOLD_OPTIONS, ...DESCENT_OPTIONS]

function settingsOf(options: LassoCVOptions, l1Ratios: readonly number[]): Settings {
  return { descent: checkDescent(options), grid: checkGrid(options), folds: checkFolds(options), l1Ratios }
}

/** Chooses by the mean over folds of the mean squared error, then fits to all rows. */
async function fitChosen(
  matrix: Matrix,
  target: NumberList,
  { descent, grid, folds, l1Ratios }: Settings,
  options: LinearFitOptions,
): Promise<LinearFit> {
  const names = checkNames(options.names, checkRowsToFit(matrix).cols)
  const y = checkTarget(target, matrix.rows)
  const { signal } = options
  return withCallback(options.onProgress, async (onProgress) => {
    const problem = await elasticNetProblem(matrix, y, undefined, descent, signal)
    const largest = largestL1(problem.state, descent.positive) / matrix.rows
    const paths = l1Ratios.map((l1Ratio) => ({ l1Ratio, alphas: gridOf(grid, largest / l1Ratio) }))
    const total = folds.folds * paths.reduce((sum, { alphas }) => sum + alphas.length, 0) + 1
    let done = 0
    const judged = await crossValidate(matrix, y, paths, descent, folds, signal, () =>
      onProgress?.({ done: ++done, total }),
    )
    let best: Chosen | undefined
    let least = Number.POSITIVE_INFINITY
    for (const [p, { alphas, l1Ratio }] of paths.entries())
      for (const [n, alpha] of alphas.entries()) {
        const { msePath, notConverged } = judged[p]!
        const errors = msePath.subarray(n * folds.folds, (n + 1) * folds.folds)
        const mean = errors.reduce((sum, error) => sum + error, 0) / folds.folds
        if (!(mean < least)) continue
        least = mean
        best = { alpha, l1Ratio, alphas: [...alphas], msePath: [...msePath], notConverged }
      }
    if (best === undefined)
      throw new KindredError('ERR_NOT_FINITE', 'cross-validation: no penalty has a finite error. Scale the columns.')
    const path = await runPath(problem, Float64Array.of(best.alpha), best.l1Ratio, { ...descent, refine: true }, signal)
    onProgress?.({ done: total, total })
    return {
      coef: path.coefs,
      intercept: path.intercepts[0]!,
      iterations: path.iterations[0]!,
      dualGap: path.dualGaps[0]!,
      converged: path.notConverged === 0,
      names,
      details: { ...best },
    }
  })
}

/** What models whose penalty cross-validation chooses share. */
export abstract class CrossValidatedModel extends LinearModel {
  get #chosen(): Chosen {
    return this.fitted().details as unknown as Chosen
  }

  /** The penalty chosen: that of the least mean error over the folds. @throws ERR_NOT_FITTED */
  get alpha(): number {
    return this.#chosen.alpha
  }

  /** The share of the L1 penalty that was chosen. @throws ERR_NOT_FITTED */
  get l1Ratio(): number {
    return this.#chosen.l1Ratio
  }

  /** The penalties tried [alphas], the largest first. @throws ERR_NOT_FITTED */
  get alphas(): Float64Array {
    return Float64Array.from(this.#chosen.alphas)
  }

  /** Mean squared error of each penalty on each fold held out [alphas, folds], row-major. @throws ERR_NOT_FITTED */
  get msePath(): Float64Array {
    return Float64Array.from(this.#chosen.msePath)
  }

  /** Fits of the folds that did not come to the tolerance: raise `iterations`. @throws ERR_NOT_FITTED */
  get notConverged(): number {
    return this.#chosen.notConverged
  }
}

guardReceivers(CrossValidatedModel)

/**
 * {@link Lasso} with the penalty that cross-validation chooses, as scikit-learn's `LassoCV`: a path for each fold, as many
 * folds at a time as there are threads, each with a copy of its rows; then a fit to all rows. Same bits for any number of
 * threads.
 */
export class LassoCV extends CrossValidatedModel {
  readonly options: Readonly<LassoCVOptions>
  readonly #settings: Settings

  /** @throws ERR_VALUE naming the option */
  constructor(options: LassoCVOptions = {}) {
    super()
    options = checkOptions('LassoCV', options, OPTIONS)
    this.#settings = settingsOf(options, [1])
    this.options = optionsOf(this.#settings)
  }

  async fit(matrix: Matrix, target: NumberList, options: LinearFitOptions = {}): Promise<this> {
    options = checkOptions('LassoCV.fit', options, ['names', 'signal', 'onProgress'])
    this.fit_ = await fitChosen(matrix, target, this.#settings, options)
    return this
  }

  /** Loads what {@link save} wrote. @throws ERR_MODEL_FILE, ERR_IO, ERR_ABORTED */
  static async load(dir: string, options: AbortOptions = {}): Promise<LassoCV> {
    return LassoCV.loaded(LassoCV, dir, options)
  }
}

guardReceivers(LassoCV)

/** {@link ElasticNet} with the penalty, and the share of L1, that cross-validation chooses; as {@link LassoCV}. */
export class ElasticNetCV extends CrossValidatedModel {
  readonly options: Readonly<ElasticNetCVOptions>
  readonly #settings: Settings

  /** @throws ERR_VALUE naming the option */
  constructor(options: ElasticNetCVOptions = {}) {
    super()
    options = checkOptions('ElasticNetCV', options, [...OPTIONS, 'l1Ratio'])
    const given = options.l1Ratio ?? 0.5
    const l1Ratios = (Array.isArray(given) ? given : [given]).map((l1Ratio) =>
      checkNumber('l1Ratio', l1Ratio, { min: Number.MIN_VALUE, max: 1 }),
    )
    if (l1Ratios.length === 0)
      throw new KindredError('ERR_VALUE', `l1Ratio: expected shares, at least one, but received ${show(given)}.`)
    this.#settings = settingsOf(options, l1Ratios)
    this.options = Object.freeze({ ...optionsOf(this.#settings), l1Ratio: l1Ratios })
  }

  async fit(matrix: Matrix, target: NumberList, options: LinearFitOptions = {}): Promise<this> {
    options = checkOptions('ElasticNetCV.fit', options, ['names', 'signal', 'onProgress'])
    this.fit_ = await fitChosen(matrix, target, this.#settings, options)
    return this
  }

  /** Loads what {@link save} wrote. @throws ERR_MODEL_FILE, ERR_IO, ERR_ABORTED */
  static async load(dir: string, options: AbortOptions = {}): Promise<ElasticNetCV> {
    return ElasticNetCV.loaded(ElasticNetCV, dir, options)
  }
}

guardReceivers(ElasticNetCV)

/** The options in force, as they can be given again; what was not given and has no default is left out. */
function optionsOf({ descent, grid, folds }: Settings): LassoCVOptions {
  const { alphas, ...rest } = grid
  const { seed, ...folding } = folds
  return Object.freeze({
    ...descent,
    ...rest,
    ...(alphas && { alphas: [...alphas] }),
    ...folding,
    ...(seed !== undefined && { seed }),
  })
}
