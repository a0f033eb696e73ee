import { isInt32Array } from 'node:util/types'
import { checkOneOf } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import { nearestSpelling } from '../../native/nearest-spelling.js'
import { type Column, type ColumnType, rowsOf } from './column.js'

/** All types of columns. */
export const COLUMN_TYPES: readonly ColumnType[] = [
  ...(['number', 'boolean', 'timestamp', 'string', 'list', 'sparse', 'vector'] as const),
]

/** The arrays of each type. */
const ARRAYS: Readonly<Record<ColumnType, readonly string[]>> = {
  number: ['values'],
  boolean: ['values'],
  timestamp: ['values'],
  string: ['codes', 'dictionary'],
  list: ['offsets', 'codes', 'dictionary'],
  sparse: ['offsets', 'indices', 'values'],
  vector: ['values'],
}

/** Whether the value is an object in the form of a {@link Column}. */
export function isColumn(value: unknown): value is Column {
  if (value === null || typeof value !== 'object' || !('type' in value)) return false
  const arrays = ARRAYS[value.type as ColumnType] as readonly string[] | undefined
  return arrays?.every((key) => key in value) ?? false
}

/** The error of a column that the table does not have. */
export function noColumn(where: string, name: unknown, existing: readonly string[]): KindredError {
  const nearest = typeof name === 'string' ? nearestSpelling(name, existing) : undefined
  const shown = existing.slice(0, 50).map(show).join(', ')
  return new KindredError(
    'ERR_COLUMN',
    `${where}: there is no column ${show(name)}. The table has: ${shown}${existing.length > 50 ? ', ...' : ''}.${nearest === undefined ? '' : ` Did you mean ${show(nearest)}?`}`,
  )
}

/** @throws ERR_VALUE for a name that comes twice or is none, ERR_SHAPE for columns of several lengths */
export function checkColumns(where: string, columns: readonly Column[]): number {
  const names = new Set<string>()
  for (const column of columns) {
    if (!isColumn(column))
      throw new KindredError('ERR_VALUE', `${where}: expected a column but received ${show(column)}.`)
    if (typeof column.name !== 'string' || column.name === '')
      throw new KindredError('ERR_VALUE', `${where}: expected the name of a column but received ${show(column.name)}.`)
    if (names.has(column.name))
      throw new KindredError('ERR_VALUE', `${where}: the column ${show(column.name)} comes twice. Rename one of them.`)
    names.add(column.name)
  }
  const [first] = columns
  if (first === undefined) return 0
  const rows = rowsOf(first)
  const other = columns.find((column) => rowsOf(column) !== rows)
  if (other !== undefined)
    throw new KindredError(
      'ERR_SHAPE',
      `${where}: expected columns of one length, but ${show(first.name)} has ${rows} rows and ${show(other.name)} has ${rowsOf(other)}.`,
    )
  return rows
}

/** `types` if it gives a type by name. @throws ERR_VALUE */
export function checkTypes(where: string, types: unknown = {}): Readonly<Record<string, ColumnType>> {
  if (types === null || typeof types !== 'object' || Array.isArray(types))
    throw new KindredError('ERR_VALUE', `${where}: expected types by the names of columns but received ${show(types)}.`)
  const own: Record<string, ColumnType> = Object.create(null)
  for (const [name, type] of Object.entries(types)) own[name] = checkOneOf(`${where}: ${name}`, type, COLUMN_TYPES)
  return own
}

/** @throws ERR_VALUE unless `rows` are indices of rows, each from `least` to below `count` */
export function checkRows(where: string, rows: unknown, count: number): Int32Array {
  if (!isInt32Array(rows))
    throw new KindredError('ERR_VALUE', `${where}: expected an Int32Array of rows but received ${show(rows)}.`)
  for (let i = 0; i < rows.length; i++)
    if (rows[i]! < 0 || rows[i]! >= count)
      throw new KindredError('ERR_VALUE', `${where}: expected rows from 0 to ${count - 1} but received ${rows[i]}.`)
  return rows
}

/** The names if they are an array of strings. @throws ERR_VALUE */
export function checkNames(where: string, names: unknown): readonly string[] {
  if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return names
  throw new KindredError('ERR_VALUE', `${where}: expected the names of columns but received ${show(names)}.`)
}
