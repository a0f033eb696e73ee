import type { Matrix } from '../../data/matrix.js'
import { BATCHED_FILE_OPTIONS } from '../../data/table/batches/batch-options.js'
import { checkReading, READ_TABLE_OPTIONS } from '../../data/table/read-table-options.js'
import { Table } from '../../data/table/table.js'
import { checkNames } from '../../data/table/table-checks.js'
import type { TablePath } from '../../data/tables/files/list-files.js'
import { checkOptions, checkString } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { withCallback } from '../../native/caller-callback.js'
import { KindredError, show, throwIfAborted } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import type { FeatureDeclarations } from './declaration.js'
import type { FeaturePlan } from './feature.js'
import { fingerprintOf } from './fingerprint.js'
import type { FeatureRow, FittedPipeline } from './fitted-pipeline.js'
import { checkTargetFor, learnFromTable } from './learn-table.js'
import { loadPipeline, savePipeline } from './pipeline-file.js'
import {
  type FitPipelineFileOptions,
  learnFromFile,
  type TransformPipelineFileOptions,
  transformToFile,
} from './pipeline-files.js'
import type {
  FitPipelineOptions,
  LoadPipelineOptions,
  PipelineInput,
  TransformedFeatures,
  TransformPipelineOptions,
  TransformTableOptions,
} from './pipeline-options.js'
import { planFeatures } from './plan-features.js'
import { addReport, copyReport, emptyReport, type PipelineReport } from './report.js'
import { checkTable } from './schema.js'
import { checkIds, featuresOf } from './table-ids.js'
import { FittedText } from './text-feature.js'

/**
 * What makes numbers for models of the columns of a table: declared once, fitted once, and then the same for a table that is
 * transformed offline and for a single row that comes with a request, bit for bit.
 *
 * ```ts
 * const pipeline = new FeaturePipeline({ price: 'standard', brand: 'one-hot', added: { kind: 'cyclic', parts: ['hour'] } })
 * ```
 */
export class FeaturePipeline {
  #plans: ReadonlyMap<string, FeaturePlan>
  #fitted: FittedPipeline | undefined
  #report: PipelineReport

  /**
   * @param features by name, in the order of their numbers: a kind, or a kind with its options
   * @throws ERR_VALUE for an unknown kind or option, naming the feature
   */
  constructor(features: FeatureDeclarations) {
    if (features === null || typeof features !== 'object' || Array.isArray(features))
      throw new KindredError('ERR_VALUE', `FeaturePipeline: expected features by name but received ${show(features)}.`)
    this.#plans = planFeatures(Object.entries(features))
    if (this.#plans.size === 0) throw new KindredError('ERR_VALUE', 'FeaturePipeline: expected at least one feature.')
    for (const [name, { declared, embedder }] of this.#plans)
      if (declared.kind === 'text' && embedder === undefined)
        throw new KindredError(
          'ERR_VALUE',
          `FeaturePipeline, feature ${show(name)}: expected an embedder, as loadEmbedder gives one.`,
        )
    this.#report = emptyReport(this.#plans.keys())
  }

  /** Whether it was fitted or loaded. */
  get isFitted(): boolean {
    return this.#fitted !== undefined
  }

  /** Name of each number of a row [width]. @throws ERR_NOT_FITTED */
  get featureNames(): string[] {
    return [...this.#need('featureNames').names]
  }

  /** How many numbers a row has. @throws ERR_NOT_FITTED */
  get width(): number {
    return this.#need('width').width
  }

  /** The columns that it reads, with the types that they had at `fit`. @throws ERR_NOT_FITTED */
  get inputs(): PipelineInput[] {
    return this.#need('inputs').inputs.map((input) => ({ ...input }))
  }

  /** SHA-256 (hex) of the features, their options and the columns that they read: equal where inputs must be alike. @throws ERR_NOT_FITTED */
  get schemaHash(): string {
    return this.#need('schemaHash').hash
  }

  /** What all transforms have met since `fit`, `load` or {@link resetReport}. */
  get report(): PipelineReport {
    return copyReport(this.#report)
  }

  /** Begins the counts of {@link report} anew. */
  resetReport(): void {
    this.#report = emptyReport(this.#plans.keys())
  }

  /**
   * Learns from the rows of a table: means, ranges, categories. After a failure it is as it was before.
   * @throws ERR_COLUMN for columns that are not there or of a type that a feature cannot take, ERR_DATA for a table without rows
   * or a target that is missing, ERR_VALUE for illegal options, ERR_ABORTED
   */
  async fit(table: Table, options: FitPipelineOptions = {}): Promise<this> {
    options = checkOptions('FeaturePipeline.fit', options, ['id', 'target', 'signal', 'onProgress'])
    const fitted = await learnFromTable('FeaturePipeline.fit', table, this.#plans, options)
    fitted.forgetRows()
    this.#set(fitted)
    return this
  }

  /**
   * {@link fit}, then {@link transform} of the same rows, with features of kind 'target' out of fold: no row sees its own target.
   * What models are trained on; {@link transform} is for all other rows.
   * @throws as those
   */
  async fitTransform(table: Table, options: FitPipelineOptions = {}): Promise<TransformedFeatures> {
    options = checkOptions('FeaturePipeline.fitTransform', options, ['id', 'target', 'signal', 'onProgress'])
    const where = 'FeaturePipeline.fitTransform'
    const fitted = await learnFromTable(where, table, this.#plans, options)
    const { matrix, report } = await fitted.matrix(where, table, { signal: options.signal })
    await fitted.putOutOfFold(matrix, options.signal)
    const features = await featuresOf(where, table, fitted.id, { matrix, names: fitted.names }, options.signal)
    fitted.forgetRows()
    this.#set(fitted)
    addReport(this.#report, report)
    return Object.assign(features, { report })
  }

  /**
   * The numbers of each row by its id. Columns of numbers and categories are made on all threads, off the event loop.
   * @throws ERR_NOT_FITTED, ERR_COLUMN naming every column that is not there or of another type than at `fit`, ERR_DATA for a row
   * without an id, ERR_DUPLICATE for an id that comes twice, ERR_VALUE for a number that is not finite; ERR_OUT_OF_MEMORY, ERR_ABORTED
   */
  async transform(table: Table, options: TransformPipelineOptions = {}): Promise<TransformedFeatures> {
    options = checkOptions('FeaturePipeline.transform', options, ['signal', 'onProgress'])
    const fitted = this.#need('transform')
    const where = 'FeaturePipeline.transform'
    if (fitted.id !== undefined) checkIds(where, table, fitted.id)
    const { matrix, report } = await this.#matrix(where, fitted, table, options)
    const features = await featuresOf(where, table, fitted.id, { matrix, names: fitted.names }, options.signal)
    addReport(this.#report, report)
    return Object.assign(features, { report })
  }

  /** The numbers of all rows [rows, width], without ids. @throws as {@link transform}, but for ids and numbers not finite */
  async transformMatrix(table: Table, options: TransformPipelineOptions = {}): Promise<Matrix> {
    options = checkOptions('FeaturePipeline.transformMatrix', options, ['signal', 'onProgress'])
    const fitted = this.#need('transformMatrix')
    const { matrix, report } = await this.#matrix('FeaturePipeline.transformMatrix', fitted, table, options)
    addReport(this.#report, report)
    return matrix
  }

  /**
   * A table for models of clicks: scaled numbers as columns of numbers; categories as columns of strings, all unseen ones as
   * '<unseen>', hashed ones as the names of their buckets; lists as lists, texts and vectors as vectors.
   * @throws as {@link transformMatrix}; ERR_VALUE for a column in `keep` that a feature has the name of
   */
  async transformTable(table: Table, options: TransformTableOptions = {}): Promise<Table> {
    options = checkOptions('FeaturePipeline.transformTable', options, ['keep', 'signal', 'onProgress'])
    const fitted = this.#need('transformTable')
    const where = 'FeaturePipeline.transformTable'
    checkTable(where, table)
    const keep = options.keep ?? []
    if (!Array.isArray(keep))
      throw new KindredError('ERR_VALUE', `keep: expected names of columns but received ${show(keep)}.`)
    const kept = keep.map((name) => table.column(checkString('keep', name)))
    const { columns, report } = await withCallback(options.onProgress, (onProgress) =>
      fitted.table(where, table, { signal: options.signal, onProgress }),
    )
    const made = Table.fromColumns([...columns, ...kept])
    addReport(this.#report, report)
    return made
  }

  /**
   * {@link fit} on files, with the same result: CSV, TSV, JSONL or Parquet, as `Table.read` reads them. One feature after the other reads
   * the columns that it needs, which alone are in memory, beside the target.
   * @throws as {@link fit} and `Table.read`
   */
  async fitFile(path: TablePath, options: FitPipelineFileOptions = {}): Promise<this> {
    options = checkOptions('FeaturePipeline.fitFile', options, [...READ_TABLE_OPTIONS, 'id', 'target'])
    const { onProgress, ...given } = options
    if (given.id !== undefined) checkString('id', given.id)
    if (given.target !== undefined) checkString('target', given.target)
    checkTargetFor('FeaturePipeline.fitFile', this.#plans, given.target)
    checkReading(given)
    const fitted = await withCallback(onProgress, (guarded) =>
      learnFromFile(path, this.#plans, { ...given, onProgress: guarded }),
    )
    fitted.forgetRows()
    this.#set(fitted)
    return this
  }

  /**
   * {@link transformTable} from files to a file, Parquet, CSV, TSV or JSONL by its extension, with `batchRows` rows in memory at a
   * time. It replaces an older file whole, once it is on the disk; after an error that is as it was.
   * @returns what this transform has met
   * @throws ERR_NOT_SUPPORTED for the format of LIBSVM; as {@link transformTable}, `Table.read` and `Table.write`
   */
  async transformFile(
    path: TablePath,
    output: string,
    options: TransformPipelineFileOptions = {},
  ): Promise<PipelineReport> {
    options = checkOptions('FeaturePipeline.transformFile', options, [...BATCHED_FILE_OPTIONS, 'keep'])
    const fitted = this.#need('transformFile')
    if (options.keep !== undefined) checkNames('keep', options.keep)
    const report = await withCallback(options.onProgress, (guarded) =>
      transformToFile(path, output, fitted, options, (progress) => guarded?.(progress)),
    )
    addReport(this.#report, report)
    return report
  }

  /**
   * The numbers of one row [width], the same bits as in a table: a new array. A few microseconds, at once.
   * @param row values by the names of columns; what is null, undefined or not there is missing
   * @throws ERR_NOT_FITTED, ERR_VALUE for what is no row, ERR_DATA for a value that is not of its column's type; ERR_NOT_SUPPORTED
   * for a text: {@link transformRowAsync} takes it
   */
  transformRow(row: FeatureRow): Float32Array {
    const fitted = this.#need('transformRow')
    const out = new Float32Array(fitted.width)
    fitted.putRow(row, out, this.#report)
    return out
  }

  /** As {@link transformRow}, of rows with texts too. @throws as that, ERR_ABORTED */
  async transformRowAsync(row: FeatureRow, options: AbortOptions = {}): Promise<Float32Array> {
    options = checkOptions('FeaturePipeline.transformRowAsync', options, ['signal'])
    throwIfAborted(options.signal)
    const fitted = this.#need('transformRowAsync')
    const own = fitted.cells(row)
    const report = emptyReport(fitted.features.keys())
    for (const [name, feature] of fitted.features) {
      const text = feature instanceof FittedText ? own[feature.inputs[0]!.column] : undefined
      if (typeof text !== 'string') continue
      const { data } = await (feature as FittedText).embed([text], options.signal, report.features[name]!)
      own[feature.inputs[0]!.column] = data
    }
    const out = new Float32Array(fitted.width)
    fitted.putRow(own, out, report)
    addReport(this.#report, report)
    return out
  }

  /**
   * Saves to a folder, atomically even over an older pipeline: config.json with the features and the hash of the schema, and
   * a safetensors file with what was learnt. Encoders of texts are not saved.
   * @throws ERR_NOT_FITTED, ERR_IO if the path is a file, cannot be written or holds a config.json of something else; ERR_ABORTED
   */
  async save(dir: string, options: AbortOptions = {}): Promise<void> {
    options = checkOptions('FeaturePipeline.save', options, ['signal'])
    await savePipeline(dir, this.#need('save'), options.signal)
  }

  /**
   * Loads what {@link save} saved, verified against its checksum and the hash of its schema.
   * @throws ERR_MODEL_FILE if the folder holds no pipeline, or a truncated, altered or newer one; ERR_VALUE if an embedder is
   * missing; ERR_IO, ERR_ABORTED
   */
  static async load(dir: string, options: LoadPipelineOptions = {}): Promise<FeaturePipeline> {
    options = checkOptions('FeaturePipeline.load', options, ['embedders', 'signal'])
    const { pipeline, plans } = await loadPipeline(dir, options.embedders ?? {}, options.signal)
    const loaded = new FeaturePipeline({ any: 'number' })
    loaded.#plans = plans
    loaded.#set(pipeline)
    return loaded
  }

  /** @internal One of the same features that has learnt the same, with counts of its own: fits of either leave the other as it is. */
  copy(): FeaturePipeline {
    const copied = new FeaturePipeline({ any: 'number' })
    copied.#plans = this.#plans
    copied.#fitted = this.#fitted
    copied.resetReport()
    return copied
  }

  /** @internal SHA-256 (hex) of the schema and of all that was learnt: equal where equal rows become equal numbers. @throws ERR_NOT_FITTED */
  async fingerprint(): Promise<string> {
    return fingerprintOf(this.#need('fingerprint'))
  }

  /** @internal Takes what a copy has learnt. */
  take(copied: FeaturePipeline): void {
    this.#set(copied.#need('take'))
  }

  #need(what: string): FittedPipeline {
    if (this.#fitted === undefined)
      throw new KindredError('ERR_NOT_FITTED', `FeaturePipeline.${what}: call fit first, or load a pipeline.`)
    return this.#fitted
  }

  #set(fitted: FittedPipeline): void {
    this.#fitted = fitted
    this.resetReport()
  }

  #matrix(
    where: string,
    fitted: FittedPipeline,
    table: Table,
    { signal, onProgress }: TransformPipelineOptions,
  ): Promise<{ matrix: Matrix; report: PipelineReport }> {
    return withCallback(onProgress, (guarded) => fitted.matrix(where, table, { signal, onProgress: guarded }))
  }
}

guardReceivers(FeaturePipeline)
