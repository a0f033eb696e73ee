import type { Matrix } from './matrices.js'
import type { AbortFlag } from './runtime.js'

/**
 * A fit of an elastic net and what is known of it so far. Columns have places: the first `known` may have a weight. The
 * addon changes the arrays; `known` and `targetSquare` are what its calls gave last.
 */
export interface ElasticNetState {
  rows: number
  cols: number
  known: number
  targetSquare: number
  /** [cols, rows] by place */
  columns: Float32Array
  /** [rows] */
  target: Float64Array
  /** [cols, cols] by place, of use in the first `known` rows; null: steps change the residual */
  gram: Float32Array | null
  /** [cols] the column at each place */
  order: Int32Array
  /** [cols] */
  squares: Float64Array
  /** [cols] */
  correlations: Float64Array
  /** [cols] */
  weights: Float64Array
  /** [cols] */
  gradients: Float64Array
  /** [rows] */
  residual: Float64Array
}

export interface ElasticNetSettings {
  l1: number
  l2: number
  /** The l1 that the state is the solution for. */
  previousL1: number
  positive: boolean
  /** The duality gap asked for, as a share of y'y. */
  tolerance: number
  iterations: number
  /** Gradients from the columns, in double, before the gap is believed. */
  refine: boolean
}

/** A fit of a logistic regression, as {@link ElasticNetState}. */
export interface LogisticState {
  rows: number
  cols: number
  known: number
  intercept: number
  /** [cols, rows] by place */
  columns: Float32Array
  /** [rows] 0 or 1 */
  target: Float64Array
  /** [cols] */
  order: Int32Array
  /** [cols] */
  weights: Float64Array
  /** [cols] */
  gradients: Float64Array
  /** [rows] */
  margins: Float64Array
}

export interface LogisticSettings {
  l1: number
  previousL1: number
  intercept: boolean
  tolerance: number
  iterations: number
}

/** Rows of entries of a model that learns by FTRL-Proximal. */
export interface FtrlRows {
  /** [rows + 1], from 0 */
  offsets: Int32Array
  /** [offsets[rows]]: which weight each entry is multiplied by */
  cells: Int32Array
  /** [offsets[rows]]; null: all are 1 */
  values: Float32Array | null
  /** Where `cells` are indices of sparse features, by whose hash their weights are found: below 2^32. */
  salt?: number
}

/** What such a model knows of its weights; the addon changes it. */
export interface FtrlState {
  dims: number
  /** [cells + 1, 2]: z and n of each weight, the last of them the bias */
  weights: Float32Array
  /** [cells, 2, dims]: z of all dims, then n */
  factors: Float32Array
}

export interface FtrlSettings {
  alpha: number
  beta: number
  l1: number
  l2: number
}

/** Rows of sparse features, each of which has the place that a hash of its index gives. */
export interface FtrlFeatures {
  /** [rows + 1], from 0 */
  offsets: Int32Array
  indices: Int32Array
  values: Float32Array
  /** below 2^32 */
  salt: number
  /** the place of a row without any feature */
  missing: number
  /** a power of 2 */
  cells: number
}

/** Linear models with an L1 penalty. */
export interface LinearFunctions {
  ftrlLearn(
    rows: FtrlRows,
    labels: Float32Array,
    state: FtrlState,
    settings: FtrlSettings,
    abort?: AbortFlag,
  ): Promise<number>
  /** What these cells (null: all) and the bias have in `from` becomes that of `state`. */
  ftrlFollow(from: FtrlState, cells: Int32Array | null, state: FtrlState, abort?: AbortFlag): Promise<void>
  /**
   * Puts the entries of row r to next[r] and what follows. Without `weights` nothing counts as unseen, without `values` they stay
   * where they are.
   * @returns rows without a feature, entries of cells of which nothing is known, the first row with a value that is not finite or -1
   */
  ftrlHash(
    features: FtrlFeatures,
    weights: Float32Array | null,
    next: Int32Array,
    cells: Int32Array,
    values: Float32Array | null,
    abort?: AbortFlag,
  ): Promise<{ missing: number; unseen: number; wrong: number }>
  ftrlPredict(
    rows: FtrlRows,
    state: FtrlState,
    settings: FtrlSettings,
    out: Float32Array,
    abort?: AbortFlag,
  ): Promise<void>
  writeColumns(
    x: Matrix,
    rows: Int32Array | null,
    center: boolean,
    standardize: boolean,
    columns: Float32Array,
    abort?: AbortFlag,
  ): Promise<{ means: Float64Array; scales: Float64Array; squares: Float64Array }>
  elasticNetBegin(state: ElasticNetState, abort?: AbortFlag): Promise<number>
  elasticNet(
    state: ElasticNetState,
    settings: ElasticNetSettings,
    abort?: AbortFlag,
  ): Promise<{ gap: number; sweeps: number; known: number; converged: boolean }>
  logisticBegin(state: LogisticState, abort?: AbortFlag): Promise<void>
  logisticL1(
    state: LogisticState,
    settings: LogisticSettings,
    abort?: AbortFlag,
  ): Promise<{
    violation: number
    loss: number
    intercept: number
    iterations: number
    known: number
    converged: boolean
  }>
  linearPredict(
    x: Matrix,
    weights: Float64Array,
    intercept: number,
    logistic: boolean,
    out: Float32Array,
    abort?: AbortFlag,
  ): Promise<void>
}
