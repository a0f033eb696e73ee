import { Table } from '../../../data/table/table.js'

/** Items, some of them and again and again, beside the same context in each row, but for what each has of its own. @throws ERR_ABORTED */
export async function joinedTable(
  items: Table,
  rows: Int32Array,
  context: Readonly<Record<string, unknown>>,
  signal: AbortSignal | undefined,
  ofItems: Readonly<Record<string, ArrayLike<unknown>>> = {},
): Promise<Table> {
  const taken = await items.filterRowsAsync(rows, { signal })
  const columns = Object.fromEntries(
    Object.entries(ofItems).flatMap(([name, values]) => (items.has(name) ? [] : [[name, Array.from(values)]])),
  )
  const more = Table.from(columns)
  const own = taken.with(more.columns.map((name) => more.column(name)))
  const given = Object.fromEntries(Object.entries(context).filter(([name]) => !own.has(name)))
  if (Object.keys(given).length === 0) return own
  const one = Table.from([given])
  const repeated = await one.filterRowsAsync(new Int32Array(rows.length), { signal })
  return own.with(repeated.columns.map((name) => repeated.column(name)))
}
