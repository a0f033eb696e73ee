import type { Matrix } from '../../data/matrix.js'
import type { Column, ColumnType } from '../../data/table/column.js'
import type { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Embedder } from '../../encode/embedder.js'
import type { CategoryFeatureColumn, NumberFeatureColumn } from '../../native/functions/features.js'
import type { Category } from '../categories/category.js'
import type { Vocabulary } from '../categories/vocabulary.js'

/** What a feature has met. */
export interface FeatureCounts {
  /** Rows without a value. */
  missing: number
  /** Rows with a category that was not there at `fit`; of lists, labels. */
  unseen: number
  /** Rows with a number beyond the bounds of outliers, or that the kind cannot take. */
  outliers: number
  /** Texts that the embedder cut off. */
  truncated: number
}

export const noCounts = (): FeatureCounts => ({ missing: 0, unseen: 0, outliers: 0, truncated: 0 })

/** A column that a feature reads. */
export interface FeatureInput {
  /** Name of the column. */
  readonly column: string
  /** Its type when the feature was fitted. */
  readonly type: ColumnType
  /** Of vectors: their length. */
  readonly width?: number
}

/** The columns of a table, all of the type that the features were fitted on. */
export type ColumnOf = (name: string) => Column

/** What fills a matrix, feature by feature. */
export interface FillJob {
  readonly rows: number
  readonly column: ColumnOf
  /** [rows, numbers of all features], zeros before. */
  readonly out: Matrix
  readonly yielder: LoopYielder
  readonly signal: AbortSignal | undefined
  /** Columns for the kernel, whose counts are added when it has run. */
  readonly native: { column: NumberFeatureColumn | CategoryFeatureColumn; counts: FeatureCounts }[]
  /** Calls `work` for all rows, some thousand at a time. */
  readonly over: (work: (begin: number, end: number) => void) => Promise<void>
}

/** What a saved feature is made of again. */
export interface FeatureState {
  /** JSON. */
  readonly config?: Readonly<Record<string, unknown>>
  readonly numbers?: Float64Array
  readonly categories?: readonly Category[]
}

/** Numbers after others. */
export function joined(first: readonly number[], rest: Float64Array): Float64Array {
  const all = new Float64Array(first.length + rest.length)
  all.set(first)
  all.set(rest, first.length)
  return all
}

/** What makes a feature learn from a table. */
export interface LearnContext {
  readonly rows: number
  readonly column: ColumnOf
  /** [rows], where a feature needs it. */
  readonly target: Float64Array | undefined
  readonly yielder: LoopYielder
  readonly signal: AbortSignal | undefined
  readonly over: FillJob['over']
}

/** What a saved feature needs that it was not saved with. */
export interface RestoreContext {
  readonly inputs: readonly FeatureInput[]
  readonly embedder: Embedder | undefined
  /** Of the saved categories. */
  readonly vocabulary: Vocabulary
}

/** A feature that has learnt. Every method gives the same bits for a row, whether it comes alone or in a table. */
export interface FittedFeature {
  readonly inputs: readonly FeatureInput[]
  /** Name of each number. */
  readonly names: readonly string[]
  /**
   * Puts the numbers of one row at `at` of zeros, of the values of `inputs`.
   * @throws ERR_DATA for a value that is not of the column's type, ERR_NOT_SUPPORTED for a text without its vector
   */
  putRow(values: readonly unknown[], out: Float32Array, at: number, counts: FeatureCounts): void
  /** Puts those of all rows into columns `at` and on, at once or by the kernel. */
  fill(job: FillJob, at: number, counts: FeatureCounts): Promise<void>
  /** A column for models of clicks, where it is another than the numbers in `fill`. */
  toColumn?(job: FillJob, name: string, counts: FeatureCounts): Promise<Column>
  state(): FeatureState
}

/** A declared feature. */
export interface FeaturePlan {
  /** The declaration as JSON, with every default: what makes the pipeline what it is. */
  readonly declared: Readonly<Record<string, unknown>>
  /** Columns and the types that they may have. */
  readonly needs: readonly { readonly column: string; readonly types: readonly ColumnType[] }[]
  /** Whether it needs a target. */
  readonly needsTarget?: boolean
  readonly embedder?: Embedder
  learn(context: LearnContext): Promise<FittedFeature>
  /** The feature that `state` was taken of. @throws ERR_MODEL_FILE */
  restore(state: Required<FeatureState>, context: RestoreContext): FittedFeature
}
