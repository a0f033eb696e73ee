import { withCallback } from '../../native/caller-callback.js'
import { KindredError } from '../../native/errors.js'
import { runYielding } from '../resumable.js'
import { declaredType, type ReadType } from '../tables/duckdb/typed-columns.js'
import { fieldColumn } from '../tables/field-column.js'
import type { TablePath } from '../tables/files/list-files.js'
import type { TableFileOptions } from '../tables/table-file-options.js'
import { type OpenTable, withTable } from '../tables/with-table.js'
import { LoopYielder } from '../yield-to-event-loop.js'
import type { Column } from './column.js'
import { type ColumnPlan, ColumnReader } from './column-reader.js'
import { isLibsvm, readLibsvm } from './libsvm/read-libsvm.js'
import { type ReadTableOptions, wantedColumns } from './read-table-options.js'
import type { BuiltColumns } from './table-from.js'
import { emptyTableReport, type TableReport, told } from './table-report.js'
import { kindOf, mergeKinds, type ValueKind } from './value-kind.js'

/** Rows whose values give the types that the rest is expected to have. */
const SAMPLE_ROWS = 4096
const CHUNKS_PER_REPORT = 64
const MAX_ROWS = 2 ** 31 - 1

type Progress = ReadTableOptions['onProgress']

/** What the first rows say of the types of columns. */
async function sampleKinds(
  { sources, chunks }: OpenTable,
  names: readonly string[],
  decimal: '.' | ',',
): Promise<Map<string, ValueKind>> {
  const kinds = new Map<string, ValueKind>()
  const source = sources[0]!
  if (names.length === 0) return kinds
  const fields = names.map((name) => fieldColumn(source, name))
  const sample = { ...source, relation: `(SELECT * FROM ${source.relation} LIMIT ${SAMPLE_ROWS})` }
  let rows = 0
  for await (const chunk of chunks(sample, fields)) {
    for (const [n, { name, isJson }] of fields.entries())
      for (let i = 0; i < chunk.rows; i++) {
        const text = chunk.text(n, i)
        if (text !== null) kinds.set(name, mergeKinds(kinds.get(name), kindOf(text, isJson, decimal)))
      }
    rows += chunk.rows
    if (rows >= SAMPLE_ROWS) break
  }
  return kinds
}

/** The columns that are wanted, each with the type that the first rows say. */
export async function planOf(table: OpenTable, options: ReadTableOptions): Promise<ColumnPlan[]> {
  const source = table.sources[0]!
  const wanted = wantedColumns(options.columns)
  const names = wanted === undefined ? [...source.columns.keys()] : [...wanted.keys()]
  const plans = names.map((name) => {
    const given = wanted?.get(name)
    const type: ReadType | undefined = given ?? declaredType(source, name)
    // Integers of 64 bits may turn out to be beyond 2^53.
    return { name, type, isGiven: given !== undefined || (type !== undefined && type !== 'number') }
  })
  const open = plans.filter(({ type }) => type === undefined).map(({ name }) => name)
  const kinds = await sampleKinds(table, open, options.decimal ?? '.')
  return plans.map((plan) => (plan.type === undefined ? { ...plan, type: kinds.get(plan.name) } : plan))
}

/** How many rows the files say that they have. */
export function rowsIn(sources: OpenTable['sources']): number | undefined {
  if (sources.some((source) => source.rows === undefined)) return undefined
  return sources.reduce((sum, source) => sum + source.rows!, 0)
}

/** Reads all rows, as planned. */
async function readAll(
  { sources, chunks }: OpenTable,
  plans: readonly ColumnPlan[],
  options: ReadTableOptions,
  onProgress: Progress,
): Promise<{ readers: ColumnReader[]; rows: number }> {
  const readers = plans.map((plan) => new ColumnReader(plan, options.decimal ?? '.', options.separator ?? '|'))
  const total = rowsIn(sources)
  const yielder = new LoopYielder(options.signal)
  let rows = 0
  let count = 0
  for (const source of sources) {
    for (const reader of readers) reader.turnTo(source)
    const selection = readers.flatMap(({ selected }) => selected)
    for await (const chunk of chunks(source, selection)) {
      let first = 0
      for (const reader of readers) {
        reader.take(chunk, first)
        first += reader.selected.length
        if (yielder.due) await yielder.yieldToLoop()
      }
      rows += chunk.rows
      if (rows > MAX_ROWS)
        throw new KindredError('ERR_TOO_LARGE', `${source.path}: more than ${MAX_ROWS} rows. Read the table in parts.`)
      if (++count % CHUNKS_PER_REPORT === 0) onProgress?.({ done: rows, total })
    }
  }
  onProgress?.({ done: rows, total: total ?? rows })
  return { readers, rows }
}

async function readOpen(table: OpenTable, options: ReadTableOptions, onProgress: Progress): Promise<BuiltColumns> {
  let plans = await planOf(table, options)
  for (;;) {
    const { readers, rows } = await readAll(table, plans, options, onProgress)
    if (readers.every(({ changed }) => changed === undefined)) {
      const report: TableReport = { ...emptyTableReport(), read: rows }
      const unnamed = table.sources[0]!.names?.filter((name) => name === '').length ?? 0
      if (unnamed > 0 && options.columns === undefined) report.unnamedColumns = unnamed
      const columns: Column[] = []
      for (const { builder } of readers) columns.push(await runYielding(builder.finish(), options.signal))
      for (const { name, builder } of readers) if (builder.unreadable > 0) told(report, name, builder)
      const suspects = readers.filter(({ name }) => isAllMissing(columns, name)).map(({ name }) => name)
      if (options.columns !== undefined) await table.checkNulls(suspects)
      return { columns, report }
    }
    plans = plans.map((plan, n) => ({ ...plan, type: readers[n]!.changed ?? plan.type }))
  }
}

function isAllMissing(columns: BuiltColumns['columns'], name: string): boolean {
  const column = columns.find((one) => one.name === name)!
  if (column.type === 'string') return column.dictionary.length === 0
  return 'values' in column ? column.values.every(Number.isNaN) : column.codes.length === 0
}

/** How files are opened. */
export function fileOptions({ format, header, ...rest }: ReadTableOptions): TableFileOptions {
  const { delimiter, quote, escape: mark, comment, skip, encoding } = rest
  const own = { delimiter, quote, escape: mark, comment, skip, encoding }
  return { ...own, columns: header, format: format as TableFileOptions['format'] }
}

/** @throws see Table.read */
export async function readTable(path: TablePath, options: ReadTableOptions): Promise<BuiltColumns> {
  return withCallback(options.onProgress, (onProgress) => {
    // A second reading tells its progress where it is beyond the first's.
    let toldRows = -1
    const tell: Progress = (progress) => {
      if (progress.done > toldRows) onProgress?.(progress)
      toldRows = Math.max(toldRows, progress.done)
    }
    if (isLibsvm(path, options)) return readLibsvm(path, options, tell)
    const wanted = wantedColumns(options.columns)
    return withTable(path, wanted && [...wanted.keys()], fileOptions(options), options.signal, (table) =>
      readOpen(table, options, tell),
    )
  })
}
