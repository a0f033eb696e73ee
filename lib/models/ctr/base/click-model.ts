import type { Table } from '../../../data/table/table.js'
import type { FeaturePipeline } from '../../../features/pipeline/feature-pipeline.js'
import type { AbortOptions } from '../../../native/call-options.js'
import type { TrainingProgress } from '../../../nn/train/training.js'
import type { ClickReport } from './click-report.js'

/**
 * What a column is to a model of clicks: one category of a row, a number, several categories, or a vector such as that of a
 * text or a picture.
 */
export type FieldKind = 'categorical' | 'numeric' | 'multi' | 'vector'

/** A field that a model was fitted on. */
export interface ClickField {
  /** Of its column; those that a column of sparse features was cut into are `name[0]`, `name[1]`, ... */
  readonly name: string
  /** The column that it is read from. */
  readonly column: string
  /** What it is to the model. */
  readonly kind: FieldKind
  /** Categories with rows of their own; of a vector its width, of a number 1. */
  readonly size: number
}

/** What `fit` of a model of clicks is given beside its table. */
export interface ClickFitOptions {
  /** The column of what happened: 1 for a click, 0 for none; numbers or booleans. */
  label: string
  /** Rows to judge on after each epoch, with the same columns: by them the best epoch is chosen. */
  validation?: Table
  /** The column of a group, such as the user, for the grouped AUC. It is a field too unless `ignore` names it. */
  group?: string
  /** Columns, or features of `features`, that are no fields. Default none; the label never is one. */
  ignore?: readonly string[]
  /**
   * What columns are, where it is not what their type says: strings and booleans are categorical, numbers and times numeric,
   * lists multi-valued; sparse features are categorical where every row has one of each range, else multi-valued.
   */
  fields?: Readonly<Record<string, FieldKind>>
  /**
   * What the fields are made by, in place of the columns themselves; one that is not fitted is fitted on the table, once the model
   * is. The model keeps a copy, which is saved with it, and through which each table is put. No feature may read the label.
   */
  features?: FeaturePipeline
  /** A folder in which the training is kept, to go on from where it is interrupted. Default none. */
  checkpoint?: string
  /** Steps after which it is written, beside the ends of epochs. Default none. */
  checkpointEvery?: number
  /** Aborts the fit; the model stays as it was. */
  signal?: AbortSignal
  /** Called after each step. */
  onProgress?: (progress: TrainingProgress) => void
}

/** What `evaluate` of a model of clicks is given beside its table. */
export interface ClickEvaluateOptions extends AbortOptions {
  /** The column of the label. Default that of `fit`. */
  label?: string
  /** The column of the group for the grouped AUC. Default that of `fit`, if there was one and the table has it. */
  group?: string
  /** Bins of the calibration, each of as many rows, 2 to 1000. Default 10. */
  bins?: number
}

/** How many values of one field could not be told apart. */
export interface FieldCounts {
  /** Values that the training did not have, or too rarely: all of them are one category. */
  unseen: number
  /** Rows without a value. */
  missing: number
}

/** What a model has met since it was fitted or loaded. */
export interface ClickCounts {
  /** Rows that were scored. */
  rows: number
  /** By the names of fields. */
  fields: Record<string, FieldCounts>
}

/** What tells how probable a click is: of a table whose rows are what was shown to whom, and when. */
export interface ClickModel {
  /** The options in force, defaults filled in. */
  readonly options: object
  /** What it was fitted on. @throws ERR_NOT_FITTED */
  readonly fields: readonly ClickField[]
  /** What its predictions have met since `fit` or `load`. @throws ERR_NOT_FITTED */
  readonly counts: Readonly<ClickCounts>
  /**
   * Learns from a table; fitting again starts anew. After a failure the model is as it was.
   * @throws ERR_COLUMN for columns that are not there or of a type that is no field, ERR_DATA for labels that are not 0 and 1, or
   * of one class alone, or no rows, ERR_VALUE for illegal options, ERR_NOT_FINITE, ERR_ABORTED
   */
  fit(table: Table, options: ClickFitOptions): Promise<this>
  /**
   * The probability of a click of each row [rows]. Missing values and unseen categories have their own share in it, and are counted.
   * @throws ERR_NOT_FITTED, ERR_COLUMN naming the columns that are not there or of another type than at `fit`, ERR_DATA for rows of
   * sparse features or vectors unlike those of the training, ERR_NOT_FINITE for ones so large that there is no probability, ERR_ABORTED
   */
  predict(table: Table, options?: AbortOptions): Promise<Float32Array>
  /** How well it tells clicks from the rest. @throws as {@link predict}, ERR_DATA for illegal labels */
  evaluate(table: Table, options?: ClickEvaluateOptions): Promise<ClickReport>
  /** Writes the model into a folder, atomically. @throws ERR_NOT_FITTED, ERR_IO, ERR_ABORTED */
  save(dir: string, options?: AbortOptions): Promise<void>
}
