import { checkBoolean, checkInteger, checkNumber, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import { checkDevice, type Device } from '../../native/device.js'

/** Options of {@link AlternatingLeastSquares}. */
export interface AlternatingLeastSquaresOptions {
  /** Length of the vectors, 1 to 4096. Default 64. */
  factors?: number
  /**
   * L2 penalty on user and item factors, at least 0. Default null: chosen from the log, c * 0.4 * (sqrt(p) + sqrt(q)) for
   * a user with p and an item with q interactions, the means, of confidence c (docs/factorization.md).
   */
  regularization?: number | null
  /**
   * Frequency-scaled regularisation, the exponent nu of Rendle et al. 2021 ("Revisiting the performance of iALS on item
   * recommendation benchmarks", section 3.2): the penalty of a row with n interactions out of m is
   * `regularization` * (n + unobservedWeight * m) ** nu. 0 to 1 make sense. The base grows with the catalogue, so that a
   * `regularization` and an `unobservedWeight` given beside an exponent carry over to logs of about the same density
   * only; left out, the penalty of a mean row is the same for every exponent. Default 0: the same penalty for every row.
   */
  regularizationExponent?: number
  /**
   * Confidence of an interaction of weight w: unobservedWeight + alpha * |w|. At least 0. Default null: chosen from the
   * log, such that its alpha * |w| add up to a fortieth of unobservedWeight * users * items, and such that its mean is at
   * least unobservedWeight (docs/factorization.md).
   */
  alpha?: number | null
  /**
   * Confidence that a pair without interaction is not preferred (alpha0 of Rendle et al. 2021, section 3.1), above 0.
   * Default 1, as in Hu et al. 2008; with alpha 1, values from 0.01 to 1 are usual.
   */
  unobservedWeight?: number
  /**
   * Standard deviation of normally distributed initial factors, 1e-6 to 100; Rendle et al. 2021, section 3.3, use
   * 0.1 / sqrt(factors). Default null: a truncated singular value decomposition of who had what, and a random code for
   * each item, which takes about as long as two sweeps and saves more.
   */
  initialScale?: number | null
  /** Iterations: sweeps over users and items, at least 1. Default 15. */
  iterations?: number
  /**
   * 'cg' (default): a few warm-started conjugate gradient steps a row, preconditioned with the part of the normal
   * equations that all rows share. 'cholesky': exact. 'block': exact in one block of factors after the other (iALS++,
   * Rendle, Krichene, Zhang and Koren 2021, "iALS++: Speeding up matrix factorization with subspace optimization").
   */
  solver?: 'cg' | 'cholesky' | 'block'
  /** Conjugate gradient steps for each row and iteration, 1 to 1000. Default 3. */
  cgSteps?: number
  /** Factors in a block of the solver 'block', 1 to 4096. Default 128. */
  blockSize?: number
  /** Seed of the initial factors, an integer from 0. Default 0. */
  seed?: number
  /**
   * Where `fit` trains; the solver 'block' runs on the CPU only. Default 'cpu'. A GPU adds in another order, so that the
   * last bits of its factors differ. Everything else runs on the CPU.
   */
  device?: Device
  /** Compute the loss after each iteration (one more pass over the log) and report it to onProgress. Default false. */
  trackLoss?: boolean
  /**
   * Stop early once an iteration lowers the loss by less than this share of it, at least 0, e.g. 1e-3. Implies `trackLoss`.
   * Default null: no early stopping.
   */
  tolerance?: number | null
  /**
   * The map from item features to factors: 'linear' is ridge regression, 'kernel' Gaussian kernel ridge regression, which
   * is more accurate and takes at most 8192 items. Default 'auto': 'kernel' up to 8192 items, beyond that 'linear'.
   */
  featureMap?: 'auto' | 'kernel' | 'linear'
  /** L2 penalty of that map, at least 0. Default null: 0.5 for 'kernel', 5 for 'linear'. */
  featureRegularization?: number | null
  /**
   * How many interactions an item's features count for: the factors of an item with n interactions are regularised toward
   * its mapped features with weight featureWeight / (featureWeight + n). At least 0. Default 10. 0: features are used only
   * for items without interactions.
   */
  featureWeight?: number
  /**
   * Factor on the vectors that features give to items without interactions, 0.001 to 1000: the larger, the more
   * often new items are recommended. 1: as the map places them, which is behind nearly all items with interactions.
   * Default 'auto': chosen at fit on items held out, within `newItemCost` (docs/cold-start.md).
   */
  newItemScale?: 'auto' | number
  /**
   * The share of recall@20 of known items that places for new items may cost at most, from 0 to 1, where `newItemScale`
   * is 'auto'; estimated with a fifth of the items new, or more where more are. With 1 places go to where most hits are expected.
   * Default 0.015.
   */
  newItemCost?: number
}

/** All options; null where the log decides. */
export type AlsOptions = Required<AlternatingLeastSquaresOptions>

/** What an {@link AlternatingLeastSquares} leaves to the log unless told. */
export interface AlsParameters {
  /** Confidence that a weight of 1 adds. */
  alpha: number
  /** The L2 penalty; with a `regularizationExponent`, its factor. */
  regularization: number
}

/** All options, filled in from the log where they were left to it. */
export type AlsSettings = Omit<AlsOptions, keyof AlsParameters> & AlsParameters

const LEGAL = [
  'factors',
  'regularization',
  'regularizationExponent',
  'alpha',
  'unobservedWeight',
  'initialScale',
  'iterations',
  'solver',
  'cgSteps',
  'blockSize',
  'seed',
  'device',
  'trackLoss',
  'tolerance',
  'featureMap',
  'featureRegularization',
  'featureWeight',
  'newItemScale',
  'newItemCost',
]

/** Checks the options and fills in the defaults that do not depend on the log. @throws ERR_VALUE */
export function alsSettings(options: AlternatingLeastSquaresOptions): AlsOptions {
  options = checkOptions('AlternatingLeastSquares', options, LEGAL)
  const tolerance = numberOrNull('tolerance', options.tolerance, { min: 0 })
  return {
    factors: checkInteger('factors', options.factors ?? 64, { min: 1, max: 4096 }),
    regularization: numberOrNull('regularization', options.regularization, { min: 0 }),
    regularizationExponent: checkNumber('regularizationExponent', options.regularizationExponent ?? 0, {
      min: 0,
      max: 2,
    }),
    alpha: numberOrNull('alpha', options.alpha, { min: 0 }),
    unobservedWeight: checkNumber('unobservedWeight', options.unobservedWeight ?? 1, { min: 1e-6, max: 1e6 }),
    initialScale: numberOrNull('initialScale', options.initialScale, { min: 1e-6, max: 100 }),
    iterations: checkInteger('iterations', options.iterations ?? 15, { min: 1 }),
    solver: checkOneOf('solver', options.solver ?? 'cg', ['cg', 'cholesky', 'block']),
    cgSteps: checkInteger('cgSteps', options.cgSteps ?? 3, { min: 1, max: 1000 }),
    blockSize: checkInteger('blockSize', options.blockSize ?? 128, { min: 1, max: 4096 }),
    seed: checkInteger('seed', options.seed ?? 0, { min: 0 }),
    device: checkDevice(options.device),
    trackLoss: checkBoolean('trackLoss', options.trackLoss ?? false) || tolerance !== null,
    tolerance,
    featureMap: checkOneOf('featureMap', options.featureMap ?? 'auto', ['auto', 'kernel', 'linear']),
    featureRegularization: numberOrNull('featureRegularization', options.featureRegularization, { min: 0 }),
    featureWeight: checkNumber('featureWeight', options.featureWeight ?? 10, { min: 0 }),
    newItemScale: scaleOrAuto(options.newItemScale ?? 'auto'),
    newItemCost: checkNumber('newItemCost', options.newItemCost ?? 0.015, { min: 0, max: 1 }),
  }
}

function numberOrNull(
  name: string,
  value: number | null | undefined,
  range: { min: number; max?: number },
): number | null {
  return value === undefined || value === null ? null : checkNumber(name, value, range)
}

function scaleOrAuto(value: 'auto' | number): 'auto' | number {
  return value === 'auto' ? value : checkNumber("newItemScale: 'auto' or a factor", value, { min: 1e-3, max: 1e3 })
}
