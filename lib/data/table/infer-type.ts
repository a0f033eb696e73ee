import { isDate } from 'node:util/types'
import type { ColumnType } from './column.js'

/** Whether the value is an array of numbers alone. */
function isNumbers(value: unknown): boolean {
  if (ArrayBuffer.isView(value)) return true
  return Array.isArray(value) && value.length > 0 && value.every((number) => typeof number === 'number')
}

/** The type of a column that holds this value; undefined for what says nothing of it, such as null. */
function typeOf(value: unknown): ColumnType | undefined {
  if (value === null || value === undefined) return undefined
  switch (typeof value) {
    case 'number':
      return Number.isNaN(value) ? undefined : 'number'
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? 'number' : 'string'
    case 'boolean':
      return 'boolean'
    case 'object':
      if (isDate(value)) return 'timestamp'
      if (isNumbers(value)) return 'vector'
      if (Array.isArray(value)) return 'list'
      return 'indices' in value && 'values' in value ? 'sparse' : 'string'
    default:
      return 'string'
  }
}

/**
 * The type of a column of such values: their common one; 'string' where there are several, 'list' where some are lists of
 * numbers of other lengths; 'number' where there are none.
 */
export function inferType(values: Iterable<unknown>): ColumnType {
  let type: ColumnType | undefined
  let width: number | undefined
  for (const value of values) {
    const own = typeOf(value)
    if (own === undefined) continue
    if (own === 'list' && (value as unknown[]).length === 0) {
      if (type !== undefined) continue
      width = 0
      type = 'list'
      continue
    }
    if (own === 'vector') {
      const { length } = value as ArrayLike<number>
      if (type === 'list') continue
      if (type === 'vector' && width !== length) {
        type = 'list'
        continue
      }
      width = length
    }
    if (type === 'vector' && own === 'list') type = 'list'
    type ??= own
    if (type !== own) return type === 'list' || own === 'list' ? 'list' : 'string'
  }
  return type ?? 'number'
}
