import { checkOptions } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import { Features } from '../features.js'
import type { Id } from '../id-map.js'
import { Matrix } from '../matrix.js'
import { runAtOnce } from '../resumable.js'
import { type Column, type ColumnSource, cellOf, isNumeric } from './column.js'
import { columnBuilder } from './column-builder.js'
import { checkNames } from './table-checks.js'

/** Which columns {@link Table.toFeatures} takes. */
export interface ToFeaturesOptions {
  /** The column of ids: strings or integers, each once. */
  id: string
  /** The columns whose numbers make a row's vector: numbers, booleans, timestamps, vectors; all of those but `id` if absent. */
  columns?: readonly string[]
}

const widthOf = (column: Column) => (column.type === 'vector' ? column.width : 1)

/** Copies a column's numbers into a matrix from column `at` on. @throws ERR_VALUE for a missing value */
function copyInto(matrix: Matrix, column: Column, at: number): void {
  const { rows, cols, data } = matrix
  const missing = (i: number) =>
    new KindredError(
      'ERR_VALUE',
      `toFeatures: column ${show(column.name)} has no finite 32-bit number in row ${i}. Fill or drop what is missing first: see cleanTable.`,
    )
  if (column.type === 'vector') {
    const { width, values } = column
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < width; j++) {
        const value = values[i * width + j]!
        if (!Number.isFinite(value)) throw missing(i)
        data[i * cols + at + j] = value
      }
    return
  }
  if (!isNumeric(column))
    throw new KindredError(
      'ERR_COLUMN',
      `toFeatures: column ${show(column.name)} is of type ${column.type}; expected numbers, booleans, timestamps or vectors. Encode it first: see kindred/features.`,
    )
  for (let i = 0; i < rows; i++) {
    data[i * cols + at] = column.values[i]!
    if (!Number.isFinite(data[i * cols + at])) throw missing(i)
  }
}

/** @throws see Table.toFeatures */
export function featuresFromTable(table: ColumnSource, options: ToFeaturesOptions): Features {
  options = checkOptions('toFeatures', options, ['id', 'columns'])
  const id = table.column(options.id)
  if (id.type !== 'number' && id.type !== 'string')
    throw new KindredError(
      'ERR_COLUMN',
      `toFeatures: column ${show(id.name)} is of type ${id.type}; expected strings or integers as ids.`,
    )
  const isUsable = (name: string) => {
    const column = table.column(name)
    return name !== options.id && (isNumeric(column) || column.type === 'vector')
  }
  const names = options.columns === undefined ? table.columns.filter(isUsable) : checkNames('columns', options.columns)
  const columns = names.map((name) => table.column(name))
  const matrix = new Matrix(
    table.rows,
    columns.reduce((sum, column) => sum + widthOf(column), 0),
  )
  let at = 0
  for (const column of columns) {
    copyInto(matrix, column, at)
    at += widthOf(column)
  }
  const ids = function* (): Generator<Id> {
    for (let i = 0; i < table.rows; i++) {
      const cell = cellOf(id, i)
      if (cell === null)
        throw new KindredError('ERR_VALUE', `toFeatures: there is no id in row ${i} of column ${show(id.name)}.`)
      yield cell as Id
    }
  }
  return Features.from(ids(), matrix)
}

/** The columns `id` and `vector`. */
export function tableColumnsOf(features: Features): Column[] {
  const { ids, matrix } = features
  const builder = columnBuilder(ids.integers === ids.size ? 'number' : 'string', 'id')
  for (const id of ids) builder.push(id)
  return [runAtOnce(builder.finish()), { type: 'vector', name: 'vector', values: matrix.data, width: matrix.cols }]
}
