import { show } from '../../../native/errors.js'
import { type Resumable, ROWS_PER_YIELD } from '../../resumable.js'
import { type Column, type ColumnType, cellOf, isNumeric, rowsOf } from '../column.js'
import { columnBuilder, numberOf, textOf } from '../column-builder.js'
import type { UnreadableValues } from '../table-report.js'

/** A column, and what did not fit it. */
export interface CoercedColumn {
  column: Column
  unreadable: UnreadableValues | undefined
}

/** Texts as numbers: each text of the dictionary is read once. */
function* numbersOfTexts(
  column: Extract<Column, { type: 'string' }>,
  type: 'number' | 'boolean' | 'timestamp',
): Resumable<CoercedColumn> {
  const { codes, dictionary, name } = column
  const numbers = dictionary.map((text) => numberOf(type, text))
  const values = new Float64Array(codes.length)
  let count = 0
  let example: string | undefined
  for (let i = 0; i < codes.length; i++) {
    if (i % ROWS_PER_YIELD === 0) yield
    const code = codes[i]!
    const number = code < 0 ? Number.NaN : numbers[code]
    if (number === undefined) {
      count++
      example ??= show(dictionary[code])
    }
    values[i] = number ?? Number.NaN
  }
  return { column: { type, name, values }, unreadable: count === 0 ? undefined : { count, example: example! } }
}

/** The column as one of another type; itself if it is of that. What does not fit is missing. */
export function* coerceColumn(column: Column, type: ColumnType): Resumable<CoercedColumn> {
  if (column.type === type) return { column, unreadable: undefined }
  const isToNumber = type === 'number' || type === 'boolean' || type === 'timestamp'
  if (column.type === 'string' && isToNumber) return yield* numbersOfTexts(column, type)
  if (isNumeric(column) && type === 'number')
    return { column: { type, name: column.name, values: column.values }, unreadable: undefined }
  const builder = columnBuilder(type, column.name)
  const isToText = type === 'string' || type === 'list'
  const rows = rowsOf(column)
  for (let i = 0; i < rows; i++) {
    if (i % ROWS_PER_YIELD === 0) yield
    const cell = cellOf(column, i)
    builder.push(isToText && isNumeric(column) ? textOf(cell) : cell)
  }
  const { unreadable: count, example } = builder
  return { column: yield* builder.finish(), unreadable: count === 0 ? undefined : { count, example: example! } }
}
