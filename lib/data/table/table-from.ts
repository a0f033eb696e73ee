import { isFloat64Array, isTypedArray } from 'node:util/types'
import { KindredError, show } from '../../native/errors.js'
import { runAtOnce } from '../resumable.js'
import { type Column, type ColumnType, rowsOf } from './column.js'
import { type ColumnBuilder, columnBuilder } from './column-builder.js'
import { inferType } from './infer-type.js'
import { isColumn } from './table-checks.js'
import { emptyTableReport, type TableReport, told } from './table-report.js'

/** Columns, and what did not fit them. */
export interface BuiltColumns {
  columns: Column[]
  report: TableReport
}

/** The types of columns by name. */
export type ColumnTypes = Readonly<Record<string, ColumnType>>

function finish(builders: readonly (ColumnBuilder & { name?: string })[], rows: number): BuiltColumns {
  const report = { ...emptyTableReport(), read: rows }
  const columns = builders.map((builder) => {
    const column = runAtOnce(builder.finish())
    if (builder.unreadable > 0) told(report, column.name, builder)
    return column
  })
  return { columns, report }
}

/** Rows that decide of the type of a column whose type is not given: all of them. */
function* fieldsOf(rows: readonly object[], name: string): Generator<unknown> {
  for (const row of rows) yield Object.hasOwn(row, name) ? (row as Record<string, unknown>)[name] : undefined
}

/** @throws ERR_VALUE for a row that is no object */
export function columnsFromRows(rows: readonly unknown[], types: ColumnTypes): BuiltColumns {
  const names = new Set(Object.keys(types))
  for (const [i, row] of rows.entries()) {
    if (row === null || typeof row !== 'object' || Array.isArray(row))
      throw new KindredError(
        'ERR_VALUE',
        `Table.from: expected an object of fields for row ${i} but received ${show(row)}.`,
      )
    for (const name of Object.keys(row)) names.add(name)
  }
  const builders = [...names].map((name) => {
    const fields = () => fieldsOf(rows as readonly object[], name)
    const builder = columnBuilder(types[name] ?? inferType(fields()), name)
    for (const value of fields()) builder.push(value)
    return builder
  })
  return finish(builders, rows.length)
}

const isInfinite = (value: number) => Math.abs(value) === Infinity

/** Numbers as they are, without a copy where they are of 64-bit floats; undefined where some are infinite. */
function plainNumbers(given: NodeJS.TypedArray): Float64Array | undefined {
  const values = isFloat64Array(given) ? given : Float64Array.from(given as ArrayLike<number>)
  return values.some(isInfinite) ? undefined : values
}

function columnOf(name: string, given: unknown, type: ColumnType | undefined): Column | ColumnBuilder {
  if (isColumn(given)) return { ...given, name }
  if (isTypedArray(given) && !given[Symbol.toStringTag].startsWith('Big') && (type ?? 'number') === 'number') {
    const values = plainNumbers(given)
    if (values !== undefined) return { type: 'number', name, values }
  }
  if (!Array.isArray(given) && !isTypedArray(given))
    throw new KindredError(
      'ERR_VALUE',
      `Table.from: expected an array or a column for ${show(name)} but received ${show(given)}.`,
    )
  const values = given as ArrayLike<unknown> & Iterable<unknown>
  const builder = columnBuilder(type ?? inferType(values), name)
  for (const value of values) builder.push(value)
  return builder
}

/** @throws ERR_VALUE for a column that is no array, ERR_SHAPE for columns of several lengths */
export function columnsFromRecord(record: Readonly<Record<string, unknown>>, types: ColumnTypes): BuiltColumns {
  const report = emptyTableReport()
  const columns = Object.entries(record).map(([name, given]) => {
    const column = columnOf(name, given, types[name])
    if ('type' in column && !('push' in column)) return column
    const builder = column as ColumnBuilder
    const built = runAtOnce(builder.finish())
    if (builder.unreadable > 0) told(report, name, builder)
    return built
  })
  report.read = columns.length === 0 ? 0 : rowsOf(columns[0]!)
  return { columns, report }
}
