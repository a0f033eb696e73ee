import { Features } from '../../data/features.js'
import type { Id } from '../../data/id-map.js'
import type { Matrix } from '../../data/matrix.js'
import { isNumeric } from '../../data/table/column.js'
import type { Table } from '../../data/table/table.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { KindredError, show } from '../../native/errors.js'
import { checkTarget } from '../categories/target-encoder.js'
import { checkTable } from './schema.js'

/** Rows that are looked at in well under a millisecond, unless they are wide. */
const ROWS_AT_ONCE = 256

/** The target of each row. @throws ERR_COLUMN, ERR_VALUE */
export function targetOf(where: string, table: Table, name: string): Float64Array {
  const column = table.column(name)
  if (!isNumeric(column))
    throw new KindredError(
      'ERR_COLUMN',
      `${where}: expected a target of numbers or booleans but ${show(name)} is of type ${column.type}.`,
    )
  checkTarget(`${where}, target ${show(name)}`, column.values, table.rows)
  return column.values
}

/** @throws ERR_COLUMN where the table has no such column, or one that holds no ids */
export function checkIds(where: string, table: Table, name: string): void {
  checkTable(where, table)
  const { type } = table.column(name)
  if (type !== 'string' && type !== 'number')
    throw new KindredError(
      'ERR_COLUMN',
      `${where}: expected ids that are strings or numbers but ${show(name)} is of type ${type}.`,
    )
}

function* idsOf(where: string, table: Table, name: string | undefined): Generator<Id> {
  const column = name === undefined ? undefined : table.column(name)
  for (let i = 0; i < table.rows; i++) {
    const id =
      column === undefined
        ? i
        : column.type === 'string'
          ? column.dictionary[column.codes[i]!]
          : isNumeric(column)
            ? column.values[i]
            : undefined
    if (id === undefined || Number.isNaN(id))
      throw new KindredError('ERR_DATA', `${where}: row ${i} has no id in column ${show(name)}.`)
    yield id
  }
}

/** @throws ERR_VALUE naming the feature of the first number that is not finite */
async function checkFinite(where: string, { data, rows, cols }: Matrix, names: readonly string[], cause: unknown) {
  await new LoopYielder(undefined).over(rows, ROWS_AT_ONCE, (begin, end) => {
    for (let at = begin * cols; at < end * cols; at++)
      if (!Number.isFinite(data[at]!))
        throw new KindredError(
          'ERR_VALUE',
          `${where}: feature ${show(names[at % cols])} is ${data[at]} in row ${Math.floor(at / cols)}; features by id are finite in 32 bits. Scale it or clip its outliers; where missing is 'keep', transformMatrix gives NaN.`,
          { cause },
        )
  })
}

/**
 * The rows of a matrix under the ids of a table. @param names of the columns of the matrix
 * @throws ERR_DATA for a row without an id, ERR_DUPLICATE, ERR_VALUE for a number that is not finite, ERR_ABORTED
 */
export async function featuresOf(
  where: string,
  table: Table,
  id: string | undefined,
  { matrix, names }: { matrix: Matrix; names: readonly string[] },
  signal: AbortSignal | undefined,
): Promise<Features> {
  try {
    return await Features.fromAsync(idsOf(where, table, id), matrix, { signal })
  } catch (error) {
    if (error instanceof KindredError && error.code === 'ERR_VALUE') await checkFinite(where, matrix, names, error)
    throw error
  }
}
