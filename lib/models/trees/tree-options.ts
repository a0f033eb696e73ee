import { checkInteger, checkNumber, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import type { TreeSettings } from '../../native/functions/trees.js'

/** What trees lower. */
export type TreeObjective = 'log-loss' | 'squared-error'

const OBJECTIVES: readonly TreeObjective[] = ['log-loss', 'squared-error']

/** Options of {@link GradientBoostedTrees}. */
export interface GradientBoostedTreesOptions {
  /**
   * The loss that trees lower: that of probabilities, or the squared error of the label (Brier's score), whose predictions are cut
   * to [0, 1]. Default 'log-loss'.
   */
  objective?: TreeObjective
  /** Trees, at most: 1 to 100000. Default 1000 with a validation, 100 without one. */
  iterations?: number
  /** The share of its values that each tree adds, above 0 to 1. Default 0.1. */
  learningRate?: number
  /** Leaves of a tree at most, 2 to 65536. Default 31. */
  maxLeaves?: number
  /** Splits from the root to a leaf at most, from 1; Infinity: any number, which is the default. */
  maxDepth?: number
  /** Rows of a leaf at least, from 1. Default 20. */
  minLeafRows?: number
  /** The sum of second derivatives of the loss in a leaf at least, p (1 - p) for each row: from 0. Default 1e-3. */
  minLeafWeight?: number
  /** L2 penalty on the values of leaves, from 0. Default 1. */
  l2?: number
  /** A split must lower the loss by more than half of this, by its second-order approximation: from 0. Default 0. */
  minGain?: number
  /** The share of the rows that each tree is grown on, drawn anew for each: above 0 to 1. Default 1. */
  subsample?: number
  /** The share of the columns that each tree may ask, drawn anew for each: above 0 to 1. Default 1. */
  columnSample?: number
  /** Bins of the numbers of a column, 2 to 255; what is missing has one more. Default 255. */
  bins?: number
  /** Trees without a lower loss on the validation after which training ends, from 1. Default 20. */
  patience?: number
  /** Rows of the training that a category must be in for a statistic of its own; others share one. From 1, default 1. */
  minCount?: number
  /** How many rows of the mean label a category begins with: above 0. Default 1. */
  priorWeight?: number
  /** Of multi-valued fields, the most frequent categories that have a column each beside the mean of the statistics. Default 32. */
  indicators?: number
  /** Seed of the order of the rows for statistics, and of the draws of rows and columns: an integer from 0. Default 0. */
  seed?: number
}

/** The options in force. */
export type TreeModelSettings = Readonly<
  Required<Omit<GradientBoostedTreesOptions, 'iterations'>> & Pick<GradientBoostedTreesOptions, 'iterations'>
>

const NAMES = [
  ...(['objective', 'iterations', 'learningRate', 'maxLeaves', 'maxDepth', 'minLeafRows', 'minLeafWeight'] as const),
  ...(['l2', 'minGain', 'subsample', 'columnSample', 'bins', 'patience', 'minCount', 'priorWeight'] as const),
  ...(['indicators', 'seed'] as const),
]

const share = { min: Number.MIN_VALUE, max: 1 }
const most = 2 ** 31 - 1

/** @internal @throws ERR_VALUE naming the option */
export function checkTreeOptions(where: string, options: GradientBoostedTreesOptions): TreeModelSettings {
  const given = checkOptions(where, options, NAMES)
  const maxDepth = given.maxDepth ?? Number.POSITIVE_INFINITY
  return {
    objective: checkOneOf('objective', given.objective ?? 'log-loss', OBJECTIVES),
    ...(given.iterations !== undefined && {
      iterations: checkInteger('iterations', given.iterations, { min: 1, max: 100000 }),
    }),
    learningRate: checkNumber('learningRate', given.learningRate ?? 0.1, share),
    maxLeaves: checkInteger('maxLeaves', given.maxLeaves ?? 31, { min: 2, max: 65536 }),
    maxDepth:
      maxDepth === Number.POSITIVE_INFINITY ? maxDepth : checkInteger('maxDepth', maxDepth, { min: 1, max: most }),
    minLeafRows: checkInteger('minLeafRows', given.minLeafRows ?? 20, { min: 1, max: most }),
    minLeafWeight: checkNumber('minLeafWeight', given.minLeafWeight ?? 1e-3, { min: 0 }),
    l2: checkNumber('l2', given.l2 ?? 1, { min: 0 }),
    minGain: checkNumber('minGain', given.minGain ?? 0, { min: 0 }),
    subsample: checkNumber('subsample', given.subsample ?? 1, share),
    columnSample: checkNumber('columnSample', given.columnSample ?? 1, share),
    bins: checkInteger('bins', given.bins ?? 255, { min: 2, max: 255 }),
    patience: checkInteger('patience', given.patience ?? 20, { min: 1, max: most }),
    minCount: checkInteger('minCount', given.minCount ?? 1, { min: 1, max: most }),
    priorWeight: checkNumber('priorWeight', given.priorWeight ?? 1, { min: Number.MIN_VALUE }),
    indicators: checkInteger('indicators', given.indicators ?? 32, { min: 0, max: 4096 }),
    seed: checkInteger('seed', given.seed ?? 0, { min: 0 }),
  }
}

/** @internal The options as the addon takes them. */
export function nativeSettings(options: TreeModelSettings): TreeSettings {
  return {
    logistic: options.objective === 'log-loss',
    learningRate: options.learningRate,
    leaves: options.maxLeaves,
    depth: options.maxDepth === Number.POSITIVE_INFINITY ? 0 : options.maxDepth,
    leafRows: options.minLeafRows,
    leafWeight: options.minLeafWeight,
    l2: options.l2,
    gain: options.minGain,
    rowShare: options.subsample,
    columnShare: options.columnSample,
    seed: options.seed,
  }
}
