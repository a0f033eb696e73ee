import type { Features } from '../../data/features.js'
import type { Embedder } from '../../encode/embedder.js'
import type { AbortOptions, Progress } from '../../native/call-options.js'
import type { PipelineReport } from './report.js'

/** What `FeaturePipeline.fit` is given beside its table. */
export interface FitPipelineOptions extends AbortOptions {
  /** The column of the rows' ids, which `FeaturePipeline.transform` reads too; default: rows are numbered from 0. */
  id?: string
  /** The column of the target, of numbers or booleans, for features of kind 'target'. */
  target?: string
  /** Called as features are fitted; counts features. */
  onProgress?: (progress: Progress) => void
}

/** What the transforms of a {@link FeaturePipeline} are given beside their table. */
export interface TransformPipelineOptions extends AbortOptions {
  /** Called as features are made; counts features, and one for what is computed of several at once. */
  onProgress?: (progress: Progress) => void
}

/** What `FeaturePipeline.transformTable` is given beside its table. */
export interface TransformTableOptions extends TransformPipelineOptions {
  /** Columns of the table to be taken along as they are, such as a label; default none. */
  keep?: readonly string[]
}

/** What `FeaturePipeline.load` is given beside the folder. */
export interface LoadPipelineOptions extends AbortOptions {
  /** What makes vectors of texts, by the name of the feature: a saved pipeline does not hold it. */
  embedders?: Readonly<Record<string, Embedder>>
}

/** Features, with what was met when they were made. */
export type TransformedFeatures = Features & {
  /** How many values were missing, unseen or outliers. */
  readonly report: Readonly<PipelineReport>
}

/** A column that a pipeline reads. */
export interface PipelineInput {
  /** Name of the column. */
  readonly column: string
  /** Its type. */
  readonly type: string
  /** Of vectors: their length. */
  readonly width?: number
}
