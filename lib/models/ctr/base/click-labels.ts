import { isNumeric } from '../../../data/table/column.js'
import type { Table } from '../../../data/table/table.js'
import { LoopYielder } from '../../../data/yield-to-event-loop.js'
import { KindredError, show } from '../../../native/errors.js'

const ROWS_AT_ONCE = 1 << 14

/**
 * The labels of a table [rows], 0 or 1.
 * @throws ERR_COLUMN for a column that is not there or holds no numbers, ERR_DATA for a row without a label or with another one
 */
export async function labelsOf(
  where: string,
  table: Table,
  name: string,
  signal: AbortSignal | undefined,
): Promise<Float32Array> {
  const column = table.column(name)
  if (!isNumeric(column) || column.type === 'timestamp')
    throw new KindredError(
      'ERR_COLUMN',
      `${where}: expected the label ${show(name)} to be a column of numbers or booleans but it holds ${column.type}s. Labels are 1 for a click and 0 for none.`,
    )
  const { values } = column
  const labels = new Float32Array(values.length)
  await new LoopYielder(signal).over(values.length, ROWS_AT_ONCE, (begin, end) => {
    for (let row = begin; row < end; row++) {
      const value = values[row]!
      if (value !== 0 && value !== 1)
        throw new KindredError(
          'ERR_DATA',
          `${where}: expected labels 0 and 1 but row ${row} of ${show(name)} has ${Number.isNaN(value) ? 'none' : value}. Leave such rows out, or make them 0 or 1.`,
        )
      labels[row] = value
    }
  })
  return labels
}

/** @throws ERR_DATA unless there are both */
export function checkBothClasses(where: string, labels: Float32Array): void {
  const first = labels[0]
  if (labels.some((label) => label !== first)) return
  const only = first === undefined ? 'has no rows' : `has labels ${first} alone`
  throw new KindredError('ERR_DATA', `${where}: expected clicks and others to learn from but the table ${only}.`)
}

/** Groups of rows by number; -1 for a row without one. */
export interface RowGroups {
  readonly of: Int32Array
  readonly count: number
}

/**
 * What group each row is in, by the values of a column.
 * @throws ERR_COLUMN for one that is not there, or of lists, vectors or sparse features
 */
export async function groupsOf(
  where: string,
  table: Table,
  name: string,
  signal: AbortSignal | undefined,
): Promise<RowGroups> {
  const column = table.column(name)
  if (column.type === 'string') return { of: column.codes, count: column.dictionary.length }
  if (!isNumeric(column))
    throw new KindredError(
      'ERR_COLUMN',
      `${where}: expected the group ${show(name)} to be a column of strings or numbers but it holds ${column.type}s.`,
    )
  const { values } = column
  const numbers = new Map<number, number>()
  const of = new Int32Array(values.length)
  await new LoopYielder(signal).over(values.length, ROWS_AT_ONCE, (begin, end) => {
    for (let row = begin; row < end; row++) {
      const value = values[row]!
      let group = Number.isNaN(value) ? -1 : numbers.get(value)
      if (group === undefined) {
        group = numbers.size
        numbers.set(value, group)
      }
      of[row] = group
    }
  })
  return { of, count: numbers.size }
}
