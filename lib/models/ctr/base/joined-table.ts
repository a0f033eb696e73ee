import { Table } from '../../../data/table/table.js'

/** Items, some of them and again and again, beside the same context in each row. @throws ERR_ABORTED */
export async function joinedTable(
  items: Table,
  rows: Int32Array,
  context: Readonly<Record<string, unknown>>,
  signal: AbortSignal | undefined,
): Promise<Table> {
  const own = await items.filterRowsAsync(rows, { signal })
  const given = Object.fromEntries(Object.entries(context).filter(([name]) => !items.has(name)))
  if (Object.keys(given).length === 0) return own
  const one = Table.from([given])
  const repeated = await one.filterRowsAsync(new Int32Array(rows.length), { signal })
  return own.with(repeated.columns.map((name) => repeated.column(name)))
}
