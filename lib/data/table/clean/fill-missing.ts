import { KindredError, show } from '../../../native/errors.js'
import { inBlocks, type Resumable } from '../../resumable.js'
import { type Column, isMissing, isNumeric, rowsOf } from '../column.js'
import { withValues } from '../take-rows.js'
import { addFlags } from './add-flags.js'
import type { CheckedRules } from './clean-options.js'
import { meanAndDeviation, presentRows, quantiles } from './quantiles.js'
import type { Work } from './work.js'

type Value = number | string | boolean | null
type Rule = CheckedRules['missing'][string]

/** What is put where a column's value is missing. */
export interface FittedFill {
  /** The value; null for nothing. */
  value: number | string | boolean | null
}

/** Drops the rows without a value. */
export function* dropMissing({ columns, isDropped, report }: Work, name: string): Resumable<void> {
  const column = columns.get(name)!
  let count = 0
  yield* inBlocks(isDropped.length, (begin, end) => {
    for (let row = begin; row < end; row++)
      if (isDropped[row] === 0 && isMissing(column, row)) {
        isDropped[row] = 1
        count++
      }
  })
  report.missing[name] = { count, fill: 'drop', value: null }
  report.dropped.missing += count
}

export function unusable(name: string, column: Column, fill: string): KindredError {
  return new KindredError(
    'ERR_COLUMN',
    `missing: ${name}: a column of type ${column.type} cannot be filled by '${fill}'.`,
  )
}

/** The value that most rows have; of several the one that comes first. */
function* mostFrequent(name: string, column: Column, isDropped: Uint8Array): Resumable<Value> {
  if (!isNumeric(column) && column.type !== 'string') throw unusable(name, column, 'most-frequent')
  const counts = new Map<number, number>()
  const cells = column.type === 'string' ? column.codes : column.values
  yield* inBlocks(cells.length, (begin, end) => {
    for (let row = begin; row < end; row++)
      if (isDropped[row] === 0 && !isMissing(column, row)) counts.set(cells[row]!, (counts.get(cells[row]!) ?? 0) + 1)
  })
  let best: number | undefined
  for (const [cell, count] of counts) if (best === undefined || count > counts.get(best)!) best = cell
  if (best === undefined) return null
  if (column.type === 'string') return column.dictionary[best]!
  return column.type === 'boolean' ? best !== 0 : best
}

/** What the rule puts where a value is missing. @throws ERR_DATA where there are no values to take it from, ERR_COLUMN */
export function* fitFill({ columns, isDropped }: Work, name: string, rule: Rule): Resumable<Value> {
  const column = columns.get(name)!
  if (rule.fill === 'drop' || rule.fill === 'none') return null
  if (rule.fill === 'constant') return rule.value
  let value: Value
  if (rule.fill === 'most-frequent') value = yield* mostFrequent(name, column, isDropped)
  else {
    if (!isNumeric(column) || column.type === 'boolean') throw unusable(name, column, rule.fill)
    const rows = yield* presentRows(column.values, isDropped)
    if (rows.length === 0) value = null
    else if (rule.fill === 'mean') value = (yield* meanAndDeviation(column.values, rows)).mean
    else value = (yield* quantiles(column.values, rows, [0.5]))[0]!
  }
  if (value === null)
    throw new KindredError('ERR_DATA', `missing: column ${show(name)} has no values to take its ${rule.fill} from.`)
  return value
}

/** Whether no row has a value: the type is then that of no value. */
function* isEmpty(column: Column): Resumable<boolean> {
  let present = 0
  yield* inBlocks(rowsOf(column), (begin, end) => {
    for (let row = begin; row < end && present === 0; row++) if (!isMissing(column, row)) present++
  })
  return present === 0
}

/** A column of the value's type with no value. */
function emptyColumn(name: string, rows: number, value: number | string | boolean): Column {
  if (typeof value === 'string') return { type: 'string', name, codes: new Int32Array(rows).fill(-1), dictionary: [] }
  return { type: typeof value as 'number' | 'boolean', name, values: new Float64Array(rows).fill(Number.NaN) }
}

/**
 * The column with `value` where one is missing; one without any value takes the value's type.
 * @throws ERR_COLUMN for a value that the column cannot hold
 */
function* filled(name: string, column: Column, value: number | string | boolean): Resumable<Column> {
  if (column.type === 'string' && typeof value === 'string') {
    const known = column.dictionary.indexOf(value)
    const code = known < 0 ? column.dictionary.length : known
    const codes = new Int32Array(column.codes)
    yield* inBlocks(codes.length, (begin, end) => {
      for (let row = begin; row < end; row++) if (codes[row]! < 0) codes[row] = code
    })
    return { ...column, codes, dictionary: known < 0 ? [...column.dictionary, value] : column.dictionary }
  }
  const isFit = isNumeric(column) && typeof value === (column.type === 'boolean' ? 'boolean' : 'number')
  if (!isFit && (yield* isEmpty(column))) return yield* filled(name, emptyColumn(name, rowsOf(column), value), value)
  if (!isFit)
    throw new KindredError(
      'ERR_COLUMN',
      `missing: ${name}: a column of type ${column.type} cannot hold ${show(value)}.`,
    )
  const values = new Float64Array(column.values)
  yield* inBlocks(values.length, (begin, end) => {
    for (let row = begin; row < end; row++) if (Number.isNaN(values[row]!)) values[row] = Number(value)
  })
  return withValues(column, values)
}

/** Counts what is missing, fills and flags it as the rule says. */
export function* fillMissing(work: Work, name: string, { fill, flag }: Rule, value: Value): Resumable<void> {
  const { columns, isDropped, report } = work
  const column = columns.get(name)!
  const flags = new Float64Array(flag ? rowsOf(column) : 0)
  if (fill !== 'drop') {
    let count = 0
    yield* inBlocks(isDropped.length, (begin, end) => {
      for (let row = begin; row < end; row++) {
        if (isDropped[row] !== 0 || !isMissing(column, row)) continue
        count++
        if (flag) flags[row] = 1
      }
    })
    report.missing[name] = { count, fill, value }
  }
  if (value !== null) columns.set(name, yield* filled(name, column, value))
  if (flag) addFlags(work, `${name}_missing`, flags)
}
