import type { Matrix } from './matrices.js'
import type { AbortFlag } from './runtime.js'

/** A column of numbers and what becomes of it, as native/include/kindred/features/columns.h says. */
export interface NumberFeatureColumn {
  /** Its first column in the matrix. */
  readonly first: number
  /** 1, or 2 with a flag. */
  readonly width: number
  /** [rows]; NaN where missing. */
  readonly values: Float64Array
  /** [low, high, fill, center, scale, outLow, outHigh] */
  readonly numbers: Float64Array
  readonly dropOutliers: boolean
  readonly flag: boolean
}

/** A column of codes and what each becomes; entry 0 is of what is missing, entry `code + 1` of a code. */
export interface CategoryFeatureColumn {
  /** Its first column in the matrix. */
  readonly first: number
  readonly width: number
  /** [rows] */
  readonly codes: Int32Array
  /** [entries]: counted from `first`; -1 for none. */
  readonly places: Int32Array
  /** [entries]: what is put there. */
  readonly weights: Float32Array
  /** [entries]: 1 for what was not there when the feature was fitted. */
  readonly unseen: Uint8Array
}

export interface FeatureFunctions {
  fillFeatures(
    out: Matrix,
    columns: readonly (NumberFeatureColumn | CategoryFeatureColumn)[],
    abort?: AbortFlag,
  ): Promise<Float64Array>
}
