import { KindredError, show } from '../../../native/errors.js'
import { inBlocks, type Resumable } from '../../resumable.js'
import { isNumeric } from '../column.js'
import { withValues } from '../take-rows.js'
import { addFlags } from './add-flags.js'
import type { OutlierRule } from './clean-options.js'
import { meanAndDeviation, presentRows, quantiles } from './quantiles.js'
import type { Work } from './work.js'

/** The least and the largest value of a column that is no outlier. */
export interface FittedOutliers {
  /** The least. */
  low: number
  /** The largest. */
  high: number
}

/** @throws ERR_COLUMN unless it is one of numbers or timestamps */
export function numericColumn({ columns }: Work, name: string) {
  const column = columns.get(name)!
  if (isNumeric(column) && column.type !== 'boolean') return column
  throw new KindredError(
    'ERR_COLUMN',
    `outliers: column ${show(name)} is of type ${column.type}; expected numbers or timestamps.`,
  )
}

/** @throws ERR_DATA for a column without values, ERR_COLUMN */
export function* fitOutliers(work: Work, name: string, rule: Required<OutlierRule>): Resumable<FittedOutliers> {
  const { values } = numericColumn(work, name)
  const rows = yield* presentRows(values, work.isDropped)
  if (rows.length === 0)
    throw new KindredError('ERR_DATA', `outliers: column ${show(name)} has no values to take limits from.`)
  if (rule.method === 'z-score') {
    const { mean, deviation } = yield* meanAndDeviation(values, rows)
    return { low: mean - rule.factor * deviation, high: mean + rule.factor * deviation }
  }
  const [first, last] = yield* quantiles(values, rows, rule.method === 'iqr' ? [0.25, 0.75] : rule.limits)
  const reach = rule.method === 'iqr' ? rule.factor * (last! - first!) : 0
  return { low: first! - reach, high: last! + reach }
}

/** Counts the outliers, and does with them what the rule says. */
export function* applyOutliers(
  work: Work,
  name: string,
  action: NonNullable<OutlierRule['action']>,
  { low, high }: FittedOutliers,
): Resumable<void> {
  const column = numericColumn(work, name)
  const { isDropped, report } = work
  const isChanged = action === 'clip' || action === 'missing'
  const values = isChanged ? new Float64Array(column.values) : column.values
  const flags = action === 'flag' ? new Float64Array(values.length) : undefined
  let count = 0
  yield* inBlocks(values.length, (begin, end) => {
    for (let row = begin; row < end; row++) {
      const value = values[row]!
      if (isDropped[row] !== 0 || !(value < low || value > high)) continue
      count++
      if (action === 'clip') values[row] = value < low ? low : high
      else if (action === 'missing') values[row] = Number.NaN
      else if (flags !== undefined) flags[row] = 1
      else isDropped[row] = 1
    }
  })
  report.outliers[name] = { count, low, high, action }
  if (action === 'drop') report.dropped.outliers += count
  if (isChanged) work.columns.set(name, withValues(column, values))
  if (flags !== undefined) addFlags(work, `${name}_outlier`, flags)
}
