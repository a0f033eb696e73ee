import { KindredError, show } from '../../../../native/errors.js'
import { runYielding } from '../../../resumable.js'
import type { TableBatch, TableBatches, TableFileProgress } from '../../batches/table-batches.js'
import { cellOf, isMissing, isNumeric } from '../../column.js'
import { beginWork, boundAndDrop } from '../clean-columns.js'
import type { CheckedRules } from '../clean-options.js'
import { type FittedFill, fitFill, unusable } from '../fill-missing.js'
import { type FittedOutliers, numericColumn } from '../outliers.js'
import { presentRows } from '../quantiles.js'
import type { Work } from '../work.js'
import { CellDigests } from './cell-digests.js'
import { cellKey } from './cell-key.js'
import { DroppedRows } from './dropped-rows.js'
import { NumberFile } from './number-file.js'

/** What a file is cleaned by. */
export interface CleaningPass {
  readonly batches: TableBatches
  readonly rules: CheckedRules
  readonly signal: AbortSignal | undefined
  readonly onProgress: (progress: TableFileProgress) => void
}

/** The batches of one pass, as the types that they are to have, without the rows that are dropped. */
async function* worksOf(pass: CleaningPass, dropped: DroppedRows): AsyncGenerator<Work & Pick<TableBatch, 'begin'>> {
  const { batches, rules, signal, onProgress } = pass
  const onRows = (done: number) => onProgress({ phase: 'learn', done, total: batches.total })
  for await (const batch of batches.pass(onRows)) {
    const work = await beginWork(batch, rules, signal)
    yield { ...work, begin: batch.begin, isDropped: dropped.flags(batch.begin, batch.rows) }
  }
}

/** The rows that another one stands for. @throws ERR_IO, ERR_ABORTED */
export async function duplicateRows(pass: CleaningPass): Promise<DroppedRows> {
  const { batches, rules, signal } = pass
  const dropped = new DroppedRows()
  if (rules.duplicates === null) return dropped
  const { by, keep } = rules.duplicates
  const digests = new CellDigests((extension) => batches.temporary(extension), signal)
  try {
    for await (const { columns, isDropped, begin } of worksOf(pass, dropped)) {
      const keys = (by ?? batches.columns).map((name) => cellKey(columns.get(name)!))
      await digests.addRows(isDropped.length, begin, (row) => keys.map((key) => key(row)).join(''))
    }
    await digests.groups(({ count }, rows) => {
      if (count === 1) return
      const all = rows()
      for (const row of keep === 'first' ? all.slice(1) : all.slice(0, -1)) dropped.add(row)
    })
  } finally {
    await digests.close()
  }
  return dropped
}

/** Numbers of several columns, each in a file of its own while `work` runs. */
async function withNumberFiles<T>(
  { batches, signal }: CleaningPass,
  names: readonly string[],
  work: (files: ReadonlyMap<string, NumberFile>) => Promise<T>,
): Promise<T> {
  const files = new Map<string, NumberFile>()
  try {
    for (const name of names) files.set(name, await NumberFile.create(await batches.temporary('numbers'), signal))
    return await work(files)
  } finally {
    for (const file of files.values()) await file.close()
  }
}

async function addPresent(file: NumberFile, values: Float64Array, isDropped: Uint8Array, signal?: AbortSignal) {
  const rows = await runYielding(presentRows(values, isDropped), signal)
  await file.add(Float64Array.from(rows, (row) => values[row]!))
}

/** The limits of outliers, as of a table in memory. @throws ERR_DATA, ERR_COLUMN, ERR_IO, ERR_ABORTED */
export async function learnOutliers(pass: CleaningPass, dropped: DroppedRows): Promise<Record<string, FittedOutliers>> {
  const rules = Object.entries(pass.rules.outliers)
  const found: Record<string, FittedOutliers> = {}
  if (rules.length === 0) return found
  const names = rules.map(([name]) => name)
  return withNumberFiles(pass, names, async (files) => {
    for await (const work of worksOf(pass, dropped))
      for (const [name, file] of files)
        await addPresent(file, numericColumn(work, name).values, work.isDropped, pass.signal)
    for (const [name, rule] of rules) {
      const file = files.get(name)!
      if (file.count === 0)
        throw new KindredError('ERR_DATA', `outliers: column ${show(name)} has no values to take limits from.`)
      if (rule.method === 'z-score') {
        const { mean, deviation } = await file.meanAndDeviation()
        found[name] = { low: mean - rule.factor * deviation, high: mean + rule.factor * deviation }
      } else {
        const [low, high] = await file.quantiles(rule.method === 'iqr' ? [0.25, 0.75] : rule.limits)
        const reach = rule.method === 'iqr' ? rule.factor * (high! - low!) : 0
        found[name] = { low: low! - reach, high: high! + reach }
      }
    }
    return found
  })
}

/** What is put where values are missing, as of a table in memory. @throws ERR_DATA, ERR_COLUMN, ERR_IO, ERR_ABORTED */
export async function learnFills(
  pass: CleaningPass,
  dropped: DroppedRows,
  outliers: Readonly<Record<string, FittedOutliers>>,
): Promise<Record<string, FittedFill>> {
  const { batches, rules, signal } = pass
  const all = Object.entries(rules.missing)
  const numeric = all.filter(([, { fill }]) => fill === 'mean' || fill === 'median').map(([name]) => name)
  const frequent = all.filter(([, { fill }]) => fill === 'most-frequent').map(([name]) => name)
  const fills: Record<string, FittedFill> = {}
  const newDigests = () => new CellDigests((extension) => batches.temporary(extension), signal)
  const digests = new Map(frequent.map((name) => [name, newDigests()]))
  try {
    await withNumberFiles(pass, numeric, async (files) => {
      if (files.size + digests.size > 0)
        for await (const work of worksOf(pass, dropped)) {
          await boundAndDrop(work, rules, outliers, signal)
          for (const [name, file] of files) {
            const column = work.columns.get(name)!
            const { fill } = rules.missing[name]!
            if (!isNumeric(column) || column.type === 'boolean') throw unusable(name, column, fill)
            await addPresent(file, column.values, work.isDropped, signal)
          }
          for (const [name, own] of digests) await addCells(own, name, work)
        }
      for (const [name, file] of files) {
        if (file.count === 0) continue
        const isMean = rules.missing[name]!.fill === 'mean'
        fills[name] = { value: isMean ? (await file.meanAndDeviation()).mean : (await file.quantiles([0.5]))[0]! }
      }
    })
    Object.assign(fills, await mostFrequent(pass, dropped, outliers, digests))
  } finally {
    for (const own of digests.values()) await own.close()
  }
  const nothing: Work = { columns: new Map(), isDropped: new Uint8Array(0), report: undefined as never }
  for (const [name, rule] of all) {
    if (fills[name] !== undefined) continue
    if (numeric.includes(name) || frequent.includes(name))
      throw new KindredError('ERR_DATA', `missing: column ${show(name)} has no values to take its ${rule.fill} from.`)
    fills[name] = { value: await runYielding(fitFill(nothing, name, rule), signal) }
  }
  return fills
}

async function addCells(digests: CellDigests, name: string, work: Work & { begin: number }): Promise<void> {
  const { isDropped, begin } = work
  const column = work.columns.get(name)!
  if (!isNumeric(column) && column.type !== 'string') throw unusable(name, column, 'most-frequent')
  const key = cellKey(column)
  const isLeftOut = (row: number) => isDropped[row] !== 0 || isMissing(column, row)
  await digests.addRows(isDropped.length, begin, (row) => (isLeftOut(row) ? undefined : key(row)))
}

/** The value that most rows have, of several the one that comes first: read where it comes first. */
async function mostFrequent(
  pass: CleaningPass,
  dropped: DroppedRows,
  outliers: Readonly<Record<string, FittedOutliers>>,
  digests: ReadonlyMap<string, CellDigests>,
): Promise<Record<string, FittedFill>> {
  const rows = new Map<string, number>()
  for (const [name, own] of digests) {
    let best = { first: -1, count: 0 }
    await own.groups((group) => {
      const isMore = group.count > best.count || (group.count === best.count && group.first < best.first)
      if (isMore) best = group
    })
    if (best.count > 0) rows.set(name, best.first)
  }
  const fills: Record<string, FittedFill> = {}
  if (rows.size === 0) return fills
  for await (const work of worksOf(pass, dropped)) {
    await boundAndDrop(work, pass.rules, outliers, pass.signal)
    for (const [name, row] of rows) {
      if (row < work.begin || row >= work.begin + work.isDropped.length) continue
      const column = work.columns.get(name)!
      const cell = column.type === 'timestamp' ? column.values[row - work.begin]! : cellOf(column, row - work.begin)
      fills[name] = { value: typeof cell === 'number' ? cell + 0 : (cell as string | boolean) }
    }
    if (Object.keys(fills).length === rows.size) break
  }
  return fills
}
