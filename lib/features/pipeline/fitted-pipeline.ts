import { Matrix } from '../../data/matrix.js'
import { runYielding } from '../../data/resumable.js'
import type { Column } from '../../data/table/column.js'
import type { Table } from '../../data/table/table.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { ownFields } from '../../native/argument-checks.js'
import type { Progress } from '../../native/call-options.js'
import { KindredError, show } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'
import { FittedTarget } from './category-kinds.js'
import type {
  ColumnOf,
  FeatureCounts,
  FeatureInput,
  FeaturePlan,
  FillJob,
  FittedFeature,
  LearnContext,
} from './feature.js'
import { addReport, emptyReport, type PipelineReport } from './report.js'
import { conform, inputsOf, schemaHash } from './schema.js'

/** Rows of a loop in JavaScript between two looks at the clock. */
const ROWS_AT_ONCE = 1 << 12

/** A row by the names of columns, as a record or the JSON of a request. */
export type FeatureRow = Readonly<Record<string, unknown>>

interface Placed {
  readonly name: string
  readonly feature: FittedFeature
  /** Its first number. */
  readonly at: number
  /** The names of the columns it reads, and room for what a row has there. */
  readonly columns: readonly string[]
  readonly values: unknown[]
}

/** What a transform is given beside its table. */
export interface RunOptions {
  readonly signal: AbortSignal | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

function jobOf(rows: number, column: ColumnOf, out: Matrix, signal: AbortSignal | undefined): FillJob {
  const yielder = new LoopYielder(signal)
  const over: FillJob['over'] = (work) => yielder.over(rows, ROWS_AT_ONCE, work)
  return { rows, column, out, yielder, signal, native: [], over }
}

/** Features that have learnt, one after the other. */
export class FittedPipeline {
  readonly width: number
  readonly names: readonly string[]
  readonly inputs: readonly FeatureInput[]
  readonly hash: string
  readonly #placed: readonly Placed[] = []
  readonly #columns: readonly string[]

  constructor(
    readonly features: ReadonlyMap<string, FittedFeature>,
    readonly declared: readonly (readonly [string, Readonly<Record<string, unknown>>])[],
    /** The column of ids, if any. */
    readonly id: string | undefined,
  ) {
    let width = 0
    this.#placed = Array.from(features, ([name, feature]) => {
      const columns = feature.inputs.map(({ column }) => column)
      const placed = { name, feature, at: width, columns, values: columns.map(() => undefined as unknown) }
      width += feature.names.length
      return placed
    })
    this.width = width
    this.names = this.#placed.flatMap(({ feature }) => feature.names)
    this.inputs = inputsOf(features.values())
    this.hash = schemaHash(declared, this.inputs)
    this.#columns = this.inputs.map(({ column }) => column)
  }

  /** Every feature learns. @param source gives the rows, with the columns that a feature needs */
  static async learn(
    plans: ReadonlyMap<string, FeaturePlan>,
    source: (name: string, plan: FeaturePlan) => Promise<{ rows: number; column: ColumnOf }>,
    target: Float64Array | undefined,
    id: string | undefined,
    { signal, onProgress }: RunOptions,
  ): Promise<FittedPipeline> {
    const yielder = new LoopYielder(signal)
    const features = new Map<string, FittedFeature>()
    for (const [name, plan] of plans) {
      const { rows, column } = await source(name, plan)
      const over: LearnContext['over'] = (work) => yielder.over(rows, ROWS_AT_ONCE, work)
      features.set(name, await plan.learn({ rows, column, target, yielder, signal, over }))
      onProgress?.({ done: features.size, total: plans.size })
    }
    return new FittedPipeline(
      features,
      Array.from(plans, ([name, { declared }]) => [name, declared]),
      id,
    )
  }

  /** The numbers of one row [width], and adds what they met. @throws ERR_VALUE, ERR_DATA */
  putRow(row: FeatureRow, out: Float32Array, report: PipelineReport): void {
    const fields = this.#fields(row)
    try {
      this.#put(fields, out, report)
    } catch (error) {
      this.#uncount(fields, report)
      throw error
    }
    report.rows++
  }

  /** What the row has in the columns that features read. @throws ERR_VALUE */
  cells(row: FeatureRow): Record<string, unknown> {
    const fields = this.#fields(row)
    const cells: Record<string, unknown> = Object.create(null)
    for (const column of this.#columns) cells[column] = fields[column]
    return cells
  }

  #fields(row: FeatureRow): FeatureRow {
    if (row !== null && typeof row === 'object' && !Array.isArray(row)) return ownFields(row, this.#columns)
    throw new KindredError(
      'ERR_VALUE',
      `transformRow: expected a row by the names of columns but received ${show(row)}.`,
    )
  }

  #put(fields: FeatureRow, out: Float32Array, report: PipelineReport): void {
    for (const { name, feature, at, columns, values } of this.#placed) {
      for (let i = 0; i < columns.length; i++) values[i] = fields[columns[i]!]
      feature.putRow(values, out, at, report.features[name]!)
    }
  }

  /** Takes back what a row that failed has counted. */
  #uncount(fields: FeatureRow, report: PipelineReport): void {
    const counted = emptyReport(this.features.keys())
    try {
      this.#put(fields, new Float32Array(this.width), counted)
    } catch {
      addReport(report, counted, -1)
    }
  }

  /** The numbers of all rows [rows, width]. @throws ERR_COLUMN, ERR_OUT_OF_MEMORY, ERR_ABORTED */
  async matrix(where: string, table: Table, options: RunOptions): Promise<{ matrix: Matrix; report: PipelineReport }> {
    const column = conform(where, table, this.inputs)
    const out = new Matrix(table.rows, this.width)
    const report = emptyReport(this.features.keys())
    await this.#fill(jobOf(table.rows, column, out, options.signal), this.#placed, report, options)
    report.rows = table.rows
    return { matrix: out, report }
  }

  /** As columns for models of clicks. @throws as {@link matrix} */
  async table(
    where: string,
    table: Table,
    options: RunOptions,
  ): Promise<{ columns: Column[]; report: PipelineReport }> {
    const column = conform(where, table, this.inputs)
    const report = emptyReport(this.features.keys())
    report.rows = table.rows
    let width = 0
    const numbers = this.#placed.flatMap((placed) => {
      if (placed.feature.toColumn !== undefined) return []
      const own = { ...placed, at: width }
      width += placed.feature.names.length
      return [own]
    })
    const job = jobOf(table.rows, column, new Matrix(table.rows, width), options.signal)
    await this.#fill(job, numbers, report, options)
    const columns: Column[] = []
    for (const { name, feature } of this.#placed) {
      if (feature.toColumn !== undefined) {
        columns.push(await feature.toColumn(job, name, report.features[name]!))
        continue
      }
      const { at } = numbers.find((own) => own.name === name)!
      for (const [j, own] of feature.names.entries()) {
        const values = new Float64Array(table.rows)
        await job.over((begin, end) => {
          for (let i = begin; i < end; i++) values[i] = job.out.data[i * width + at + j]!
        })
        columns.push({ type: 'number', name: own, values })
      }
    }
    return { columns, report }
  }

  async #fill(
    job: FillJob,
    features: readonly Placed[],
    report: PipelineReport,
    { signal, onProgress }: RunOptions,
  ): Promise<void> {
    const total = features.length + 1
    for (const [done, { name, feature, at }] of features.entries()) {
      await feature.fill(job, at, report.features[name]!)
      onProgress?.({ done: done + 1, total })
    }
    const counted = await nativeCall(signal, (native, abort) =>
      native.fillFeatures(
        job.out,
        job.native.map(({ column }) => column),
        abort,
      ),
    )
    for (const [c, { column, counts }] of job.native.entries()) addCounted(counts, 'codes' in column, counted, c)
    onProgress?.({ done: total, total })
  }

  /** Puts what the other folds say of each row in place of what all rows say. @throws ERR_ABORTED */
  async putOutOfFold({ data, rows, cols }: Matrix, signal: AbortSignal | undefined): Promise<void> {
    for (const { feature, at } of this.#placed) {
      if (!(feature instanceof FittedTarget) || feature.outOfFold === undefined) continue
      const values = await runYielding(feature.outOfFold(), signal)
      await new LoopYielder(signal).over(rows, ROWS_AT_ONCE, (begin, end) => {
        for (let i = begin; i < end; i++) data[i * cols + at] = values[i]!
      })
    }
  }

  /** Lets go of the fitted rows. */
  forgetRows(): void {
    for (const { feature } of this.#placed) if (feature instanceof FittedTarget) feature.outOfFold = undefined
  }
}

function addCounted(counts: FeatureCounts, isCategory: boolean, counted: Float64Array, c: number): void {
  counts.missing += counted[2 * c]!
  counts[isCategory ? 'unseen' : 'outliers'] += counted[2 * c + 1]!
}
