import { Features } from '../../../data/features.js'
import type { Id, IdMap } from '../../../data/id-map.js'
import { runYielding } from '../../../data/resumable.js'
import { type Column, cellOf, type TableRow } from '../../../data/table/column.js'
import { Table } from '../../../data/table/table.js'
import { takingRows } from '../../../data/table/take-rows.js'
import { LoopYielder } from '../../../data/yield-to-event-loop.js'
import { checkOptions, checkString } from '../../../native/argument-checks.js'
import { KindredError, show } from '../../../native/errors.js'

/** What is known of users or of items: vectors, or a table and its column of their ids. */
export type JoinedRows =
  | Features
  | {
      /** The rows, one per id; its other columns are fields. */
      readonly table: Table
      /** The column of ids: strings or integers, each once. */
      readonly id: string
    }

/** Columns by id, of which rows are taken as they are asked for. */
export interface JoinedColumns {
  /** Without that of ids; named `<prefix>.<name>`. */
  columns: readonly Column[]
  /** The ids of the rows. */
  ids: readonly Id[]
  rowOf: ReadonlyMap<Id, number>
}

/** @throws ERR_VALUE for what is none, ERR_COLUMN for ids that are not there or no ids, ERR_DUPLICATE for an id that comes twice */
export async function joinedColumns(
  where: string,
  joined: JoinedRows,
  prefix: string,
  signal: AbortSignal | undefined,
): Promise<JoinedColumns> {
  const { table, id } = tableOf(where, joined)
  const ids = await idsOf(where, table, id, signal)
  const rowOf = new Map(ids.map((own, row) => [own, row]))
  if (rowOf.size < ids.length) {
    const twice = ids.find((own, row) => rowOf.get(own) !== row)
    throw new KindredError('ERR_DUPLICATE', `${where}: ${show(twice)} comes twice in column ${show(id)}.`)
  }
  const names = table.columns.filter((name) => name !== id)
  return { ids, rowOf, columns: names.map((name) => ({ ...table.column(name), name: `${prefix}.${name}` })) }
}

/** A table to join, and its column of ids. @throws ERR_VALUE for what is none, ERR_COLUMN for a column that is not there */
export function tableOf(where: string, joined: JoinedRows): { table: Table; id: string } {
  if (joined instanceof Features) return { table: Table.fromFeatures(joined), id: 'id' }
  const { table, id } = checkOptions(where, joined, ['table', 'id'])
  if (!(table instanceof Table))
    throw new KindredError('ERR_VALUE', `${where}.table: expected a Table but received ${show(table)}.`)
  table.column(checkString(`${where}.id`, id))
  return { table, id }
}

/** The ids of a column. @throws ERR_COLUMN, ERR_VALUE for a row without one */
export async function idsOf(where: string, table: Table, name: string, signal: AbortSignal | undefined): Promise<Id[]> {
  const column = table.column(name)
  if (column.type !== 'string' && column.type !== 'number')
    throw new KindredError(
      'ERR_COLUMN',
      `${where}: column ${show(name)} is of type ${column.type}; expected strings or integers as ids.`,
    )
  const ids = new Array<Id>(table.rows)
  await new LoopYielder(signal).over(table.rows, 1 << 12, (begin, end) => {
    for (let row = begin; row < end; row++) {
      const cell = cellOf(column, row)
      if (cell === null || (typeof cell === 'number' && !Number.isSafeInteger(cell)))
        throw new KindredError(
          'ERR_VALUE',
          `${where}: row ${row} of column ${show(name)} holds ${show(cell)}, which is no id.`,
        )
      ids[row] = cell as Id
    }
  })
  return ids
}

/** Where the rows of ids are [ids], -1 where there is none; kept for as long as the ids are. */
export function placesOf({ rowOf }: JoinedColumns, ids: IdMap): Int32Array {
  const ofColumns = kept.get(rowOf) ?? new WeakMap<IdMap, Int32Array>()
  kept.set(rowOf, ofColumns)
  const places = ofColumns.get(ids) ?? Int32Array.from(ids, (id) => rowOf.get(id) ?? -1)
  ofColumns.set(ids, places)
  return places
}

const kept = new WeakMap<ReadonlyMap<Id, number>, WeakMap<IdMap, Int32Array>>()

/** These rows of the columns; -1: missing. */
export async function takeColumns(
  columns: readonly Column[],
  rows: Int32Array,
  signal: AbortSignal | undefined,
): Promise<Column[]> {
  const taken: Column[] = []
  for (const column of columns) taken.push(await runYielding(takingRows(column, rows), signal))
  return taken
}

/** Ids as a column of texts: those at `rows`; -1: missing. */
export function idColumn(name: string, ids: IdMap, rows: Int32Array): Column {
  return { type: 'string', name, codes: rows, dictionary: textsOf(ids) }
}

const texts = new WeakMap<IdMap, readonly string[]>()

function textsOf(ids: IdMap): readonly string[] {
  const own = texts.get(ids) ?? Array.from(ids, String)
  texts.set(ids, own)
  return own
}

/** One row as columns of the same names and types as `like`; what it lacks is missing. @throws ERR_VALUE for what does not fit */
export function contextColumns(like: readonly Column[], prefix: string, context: TableRow | undefined): Column[] {
  if (like.length === 0) {
    if (context !== undefined)
      throw new KindredError('ERR_VALUE', 'context: the model was fitted without contexts: fit(train, { contexts }).')
    return []
  }
  const names = like.map(({ name }) => name.slice(prefix.length + 1))
  const row = context === undefined ? {} : checkOptions('context', context, names)
  const types = Object.fromEntries(like.map(({ type }, n) => [names[n]!, type]))
  const given = Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined))
  const table = Table.from([given], { types })
  const [[wrong] = []] = Object.entries(table.report.unreadable ?? {})
  if (wrong !== undefined)
    throw new KindredError(
      'ERR_VALUE',
      `context.${wrong}: expected a ${types[wrong]} but received ${show(row[wrong])}.`,
    )
  return like.map((column, n) => matched(table.column(names[n]!), column))
}

/** A vector that is missing is one of the right width. */
function matched(column: Column, like: Column): Column {
  if (like.type === 'vector' && column.type === 'vector' && column.width !== like.width) {
    if (column.width !== 0 && !Number.isNaN(column.values[0]!))
      throw new KindredError(
        'ERR_SHAPE',
        `${like.name}: expected a vector of ${like.width} numbers but received ${column.width}.`,
      )
    return { ...like, values: new Float32Array(like.width).fill(Number.NaN) }
  }
  return { ...column, name: like.name } as Column
}
