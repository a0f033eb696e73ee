import type { Matrix } from './matrices.js'
import type { AbortFlag } from './runtime.js'

export interface MutualInformationSettings {
  discreteTarget: boolean
  neighbors: number
  seed: number
}

/** What filters of columns look at. */
export interface SelectFunctions {
  targetMoments(
    x: Matrix,
    target: Float64Array | null,
    abort?: AbortFlag,
  ): Promise<{ means: Float64Array; variances: Float64Array; covariances: Float64Array }>
  classSums(
    x: Matrix,
    classesOf: Int32Array,
    classes: number,
    counted: boolean,
    abort?: AbortFlag,
  ): Promise<{ counts: Float64Array; sums: Float64Array; within: Float64Array }>
  correlatedColumns(
    columns: Float32Array,
    cols: number,
    rows: number,
    threshold: number,
    abort?: AbortFlag,
  ): Promise<{ earlier: Int32Array; correlations: Float64Array }>
  takeColumns(x: Matrix, columns: Int32Array, out: Float32Array, abort?: AbortFlag): Promise<void>
  mutualInformation(
    x: Matrix,
    target: Float64Array,
    discrete: Uint8Array,
    begin: number,
    end: number,
    options: MutualInformationSettings,
    abort?: AbortFlag,
  ): Promise<Float64Array>
}
