import { type Id, toId } from '../../data/id-map.js'
import { type Cell, cellOf } from '../../data/table/column.js'
import { Table } from '../../data/table/table.js'
import { checkOptions, checkString } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'

/** What an attribute of an item can be; null and undefined: it has none. */
export type ItemValue = string | number | boolean | Date | readonly string[] | null | undefined

/**
 * An attribute of items: a function, a Map, or a column of a table (lists of strings are several values). A function is asked at each
 * request; it must answer at once.
 */
export type ItemAttribute = ((item: Id) => ItemValue) | ReadonlyMap<Id, ItemValue> | AttributeColumn

/** A column of a table of items as their attribute. */
export interface AttributeColumn {
  /** The rows, one per item. */
  readonly table: Table
  /** The column of the items' ids: strings or integers, each once. */
  readonly id: string
  /** The column of the attribute. */
  readonly column: string
}

const rowsOf = new WeakMap<Table, Map<string, ReadonlyMap<Id, number>>>()

function rowsById(where: string, table: Table, id: string): ReadonlyMap<Id, number> {
  const known = rowsOf.get(table) ?? new Map<string, ReadonlyMap<Id, number>>()
  rowsOf.set(table, known)
  const own = known.get(id)
  if (own !== undefined) return own
  const column = table.column(id)
  if (column.type !== 'string' && column.type !== 'number')
    throw new KindredError('ERR_COLUMN', `${where}: column ${show(id)} is of type ${column.type}; expected ids.`)
  const rows = new Map<Id, number>()
  for (let row = 0; row < table.rows; row++) {
    const item = toId(cellOf(column, row) as Id, () => `${where}: row ${row} of column ${show(id)}`)
    if (rows.has(item))
      throw new KindredError('ERR_DUPLICATE', `${where}: ${show(item)} comes twice in column ${show(id)}.`)
    rows.set(item, row)
  }
  known.set(id, rows)
  return rows
}

/** Of an item, the value of an attribute. @throws ERR_VALUE for what is no attribute, ERR_COLUMN, ERR_DUPLICATE */
export function attributeOf(where: string, attribute: ItemAttribute): (item: Id) => ItemValue {
  if (typeof attribute === 'function') return attribute
  if (typeof attribute !== 'object' || attribute === null)
    throw new KindredError(
      'ERR_VALUE',
      `${where}: expected a function, a Map or { table, id, column } but received ${show(attribute)}.`,
    )
  if (Object.prototype.toString.call(attribute) === '[object Map]') {
    const map = attribute as ReadonlyMap<Id, ItemValue>
    return (item) => map.get(item)
  }
  const { table, id, column: name } = checkOptions(where, attribute as AttributeColumn, ['table', 'id', 'column'])
  if (!(table instanceof Table))
    throw new KindredError('ERR_VALUE', `${where}.table: expected a Table but received ${show(table)}.`)
  const rows = rowsById(where, table, checkString(`${where}.id`, id))
  const column = table.column(checkString(`${where}.column`, name))
  if (column.type === 'vector' || column.type === 'sparse')
    throw new KindredError(
      'ERR_COLUMN',
      `${where}: column ${show(name)} holds ${column.type}s; expected values or lists.`,
    )
  return (item) => {
    const row = rows.get(item)
    return row === undefined ? null : (cellOf(column, row) as Exclude<Cell, object> | string[])
  }
}

/** The distinct values of an item as texts. @throws ERR_VALUE for a value that is none */
export function textsOf(where: string, item: Id, value: ItemValue): readonly string[] {
  if (value === null || value === undefined || value === '') return []
  if (Array.isArray(value)) return [...new Set(value.map((one) => textOf(where, item, one)))]
  return [textOf(where, item, value)]
}

function textOf(where: string, item: Id, value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (Object.prototype.toString.call(value) === '[object Date]') return (value as Date).toISOString()
  throw new KindredError(
    'ERR_VALUE',
    `${where}: expected a string, a number, a boolean, a Date or a list of strings of item ${show(item)} but received ${show(value)}.`,
  )
}

/** Of an item, the values of an attribute as texts. @throws as {@link attributeOf} */
export function categoriesOf(where: string, attribute: ItemAttribute): (item: Id) => readonly string[] {
  const own = attributeOf(where, attribute)
  return (item) => textsOf(where, item, own(item))
}

/** Of an item, an attribute that is a number or a time. @throws as {@link attributeOf} */
export function numberOf(where: string, attribute: ItemAttribute): (item: Id) => number | undefined {
  const own = attributeOf(where, attribute)
  return (item) => {
    const value = own(item)
    if (value === null || value === undefined) return undefined
    const number = Object.prototype.toString.call(value) === '[object Date]' ? Number(value) : value
    if (typeof number === 'number' && Number.isFinite(number)) return number
    throw new KindredError(
      'ERR_VALUE',
      `${where}: expected a finite number or a Date of item ${show(item)} but received ${show(value)}.`,
    )
  }
}
