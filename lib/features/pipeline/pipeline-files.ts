import { checkFileTarget } from '../../data/storage/atomic-write.js'
import { type BatchedFileOptions, batchOptions } from '../../data/table/batches/batch-options.js'
import { type TableBatch, type TableFileProgress, withTableBatches } from '../../data/table/batches/table-batches.js'
import type { Column, ColumnSource } from '../../data/table/column.js'
import { type ReadTableOptions, wantedColumns } from '../../data/table/read-table-options.js'
import { Table } from '../../data/table/table.js'
import { formatToWrite, writeTables } from '../../data/table/write-table.js'
import type { TablePath } from '../../data/tables/files/list-files.js'
import type { Progress } from '../../native/call-options.js'
import { KindredError } from '../../native/errors.js'
import type { FeaturePlan } from './feature.js'
import { FittedPipeline } from './fitted-pipeline.js'
import type { FitPipelineOptions } from './pipeline-options.js'
import { addReport, emptyReport, type PipelineReport } from './report.js'
import { checkTableFor } from './schema.js'
import { checkIds, targetOf } from './table-ids.js'

/** How a pipeline reads files when it learns of them. */
export interface FitPipelineFileOptions extends Omit<ReadTableOptions, 'onProgress'>, FitPipelineOptions {}

/** How a pipeline reads files and writes one. */
export interface TransformPipelineFileOptions extends BatchedFileOptions {
  /** Columns of the files to be taken along as they are, such as ids or a label; default none. */
  keep?: readonly string[]
}

/** These columns of files, of the types that `given` says where it says any. */
function columnsOf(names: Iterable<string>, given: ReadTableOptions['columns']): Record<string, 'auto'> {
  const types = wantedColumns(given)
  return Object.fromEntries(Array.from(new Set(names), (name) => [name, types?.get(name) ?? 'auto'])) as never
}

/** Every feature learns of the columns that it needs, which alone are then in memory. @throws see FeaturePipeline.fitFile */
export async function learnFromFile(
  path: TablePath,
  plans: ReadonlyMap<string, FeaturePlan>,
  {
    id,
    target,
    onProgress,
    ...reading
  }: Omit<FitPipelineFileOptions, 'onProgress'> & {
    onProgress?: ((progress: Progress) => void) | undefined
  },
): Promise<FittedPipeline> {
  const where = 'FeaturePipeline.fitFile'
  const read = (names: Iterable<string>) => Table.read(path, { ...reading, columns: columnsOf(names, reading.columns) })
  if (id !== undefined) checkIds(where, await read([id]), id)
  const goal = target === undefined ? undefined : targetOf(where, await read([target]), target)
  const source = async (name: string, plan: FeaturePlan) => {
    const table = await read(plan.needs.map(({ column }) => column))
    if (table.rows === 0)
      throw new KindredError('ERR_DATA', `${where}: expected rows to learn from but there are none.`)
    return { rows: table.rows, column: checkTableFor(where, table, new Map([[name, plan]])) }
  }
  return FittedPipeline.learn(plans, source, goal, id, { signal: reading.signal, onProgress })
}

/** The rows of files as features in a new file, a batch in memory. @throws see FeaturePipeline.transformFile */
export async function transformToFile(
  path: TablePath,
  output: string,
  fitted: FittedPipeline,
  { keep = [], onProgress: _, ...given }: TransformPipelineFileOptions,
  onProgress: (progress: TableFileProgress) => void,
): Promise<PipelineReport> {
  const where = 'FeaturePipeline.transformFile'
  const { signal } = given
  const names = [...fitted.inputs.map(({ column }) => column), ...keep]
  const options = batchOptions({ ...given, columns: columnsOf(names, given.columns) })
  formatToWrite(where, output)
  await checkFileTarget(output)
  return withTableBatches(where, path, options, onProgress, async (batches) => {
    const total = emptyReport(fitted.features.keys())
    const transformed = async function* () {
      const onRows = (done: number) => onProgress({ phase: 'write', done, total: batches.total })
      for await (const batch of batches.pass(onRows)) {
        const table = Table.fromColumns(batch.columns.map((name) => batch.column(name)))
        const { columns, report } = await fitted.table(where, table, { signal })
        addReport(total, report)
        yield sourceOf(batch, [...columns, ...keep.map((name) => batch.column(name))])
      }
    }
    await writeTables(where, output, transformed, signal)
    return total
  })
}

/** @throws ERR_VALUE for a column of the files that a feature has the name of */
function sourceOf({ rows }: TableBatch, columns: readonly Column[]): ColumnSource {
  const table = Table.fromColumns(columns)
  return { rows, columns: table.columns, column: (name) => table.column(name) }
}
