import type { AbortFlag } from './runtime.js'

/** Columns of numbers of a table, NaN where missing. */
export interface NumberBlock {
  /** [rows, width], row-major */
  readonly values: Float64Array | Float32Array
  readonly width: number
}

/** Between the bins of each column. */
export interface TreeEdges {
  readonly values: Float64Array
  /** [columns + 1] */
  readonly offsets: Int32Array
}

/** Trees as native/include/kindred/trees/ensemble.h has them. */
export interface TreeArrays {
  /** [trees + 1] */
  readonly offsets: Int32Array
  /** [nodes]; -1 of a leaf */
  readonly columns: Int32Array
  /** [nodes]; 0 of a leaf */
  readonly lefts: Int32Array
  /** [nodes] */
  readonly rows: Int32Array
  /** [nodes] */
  readonly bins: Uint8Array
  /** [nodes] */
  readonly missingLeft: Uint8Array
  /** [nodes] */
  readonly values: Float32Array
  /** [nodes] */
  readonly gains: Float32Array
}

/** Rows with their labels. */
export interface TreeRows {
  readonly blocks: readonly NumberBlock[]
  /** [rows] */
  readonly labels: Float32Array
}

/** How trees are grown; of the log loss of probabilities, or of squared errors. */
export interface TreeSettings {
  readonly logistic: boolean
  readonly learningRate: number
  readonly leaves: number
  /** 0: any number of splits down to a leaf. */
  readonly depth: number
  readonly leafRows: number
  readonly leafWeight: number
  readonly l2: number
  readonly gain: number
  readonly rowShare: number
  readonly columnShare: number
  readonly seed: number
}

/** A category of each row, or several, and what becomes of them. */
export interface CategoryCodes {
  /** -1 where missing. */
  readonly codes: Int32Array
  /** [rows + 1] of several; null: one of each row. */
  readonly offsets: Int32Array | null
  /** [rows], filled */
  readonly rows: Float64Array
  /** [categories], filled */
  readonly totals: Float64Array
}

declare const booster: unique symbol

/** A fit under way. */
export interface TreeBooster {
  readonly [booster]: true
}

/** Boosted trees. */
export interface TreeFunctions {
  treeEdges(blocks: readonly NumberBlock[], rows: number, bins: number, abort?: AbortFlag): Promise<TreeEdges>
  treePredict(
    trees: TreeArrays,
    edges: TreeEdges,
    blocks: readonly NumberBlock[],
    rows: number,
    base: number,
    logistic: boolean,
    out: Float32Array,
    abort?: AbortFlag,
  ): Promise<void>
  checkTrees(trees: TreeArrays, edges: TreeEdges): void
  orderedTargetStatistics(
    columns: readonly CategoryCodes[],
    labels: Float32Array,
    settings: { prior: number; weight: number; seed: number },
    abort?: AbortFlag,
  ): Promise<void>
  treeBooster(
    train: TreeRows,
    validation: TreeRows | null,
    edges: TreeEdges,
    options: TreeSettings,
    abort?: AbortFlag,
  ): Promise<TreeBooster>
  treeBoost(booster: TreeBooster, abort?: AbortFlag): Promise<number>
  treeLoss(booster: TreeBooster, abort?: AbortFlag): Promise<number>
  treeSizes(booster: TreeBooster): { trees: number; nodes: number; base: number }
  treeArrays(booster: TreeBooster, out: TreeArrays, abort?: AbortFlag): Promise<void>
}
