import type { BertModel } from '../../text/base/bert-model.js'
import type { TextPooling } from '../../text/base/text-pooling.js'
import type { TrainingOptions } from '../../text/base/training-options.js'
import type { DistillationOptions } from '../../text/compress/distill-options.js'
import type { ProblemType } from '../../text/problems/problem.js'
import type { ExampleColumns } from './read-examples.js'

/** Files of a training. */
export interface TuningFiles {
  train: string[]
  validation?: string[]
  test?: string[]
}

/** What a task takes beside its files. */
export interface TuningSettings {
  encoder: string
  files: TuningFiles
  columns: ExampleColumns
  problemType?: ProblemType
  labels?: string[]
  separator: string
  scale?: number
  loss?: 'cosine' | 'in-batch' | 'simcse'
  temperature?: number
  pooling?: TextPooling
  poolingHeads?: number
  crf?: boolean
  rdrop?: number
  seed?: number
  /** The folder of a model that the tuned one learns from. */
  teacher?: string
  distillation?: DistillationOptions
}

/** What a validation or a test gave: its figures, and how they are printed. */
export interface Judged {
  /** Of the figures, the ones of one line. */
  brief: string
  report: string
  json: unknown
}

/** A model that is ready to be trained on texts that were read. */
export interface Tuning {
  model: BertModel<unknown> & { save(dir: string, options: { signal: AbortSignal }): Promise<void> }
  /** How many there are to learn from. */
  texts: number
  /** Rows of all files that had no text or no label. */
  dropped: number
  fit(options: TrainingOptions): Promise<unknown>
  /** @param judged what the validation of an epoch, or of {@link test}, gave */
  describe(judged: unknown): Judged
  /** Of the texts of `files.test`, if there are any. */
  test?(signal: AbortSignal): Promise<unknown>
}
