import type { Column, TableRow } from '../../../data/table/column.js'
import { Table } from '../../../data/table/table.js'
import { checkOptions, checkString } from '../../../native/argument-checks.js'
import { KindredError, show } from '../../../native/errors.js'
import type { FittedLog } from '../../base/fitted-log.js'
import type { RankQuery } from './candidate-ranker.js'
import {
  contextColumns,
  idColumn,
  idsOf,
  type JoinedColumns,
  type JoinedRows,
  joinedColumns,
  placesOf,
  tableOf,
  takeColumns,
} from './joined-columns.js'
import type { ClickContexts, RetrieveAndRankFitOptions, RetrieveAndRankSettings } from './rank-options.js'
import { scoreFieldName } from './retriever-scores.js'

/** What is joined to pairs of users and items. */
export interface RankJoins {
  users: JoinedColumns | null
  items: JoinedColumns | null
  /** The columns of contexts, of any rows: what a request may give. */
  contexts: readonly Column[]
}

/** Rows of pairs, to be scored or learnt from. */
export interface PairsToJoin {
  log: FittedLog
  /** [rows] -1: in no log */
  users: Int32Array
  /** [rows] */
  items: Int32Array
  /** [fields][rows] what the retriever gives; none where that is no field */
  scores: readonly Float64Array[]
  /** Columns of contexts, [rows] each. */
  contexts: readonly Column[]
}

/** Checks what a fit is to rank by, before anything is fitted. @throws ERR_VALUE, ERR_COLUMN */
export function checkRankedBy(
  { users, items, contexts }: RetrieveAndRankFitOptions,
  { ids, retrieverScores }: RetrieveAndRankSettings,
): void {
  let columns = 0
  for (const [where, joined] of [
    ['users', users],
    ['items', items],
  ] as const)
    if (joined !== undefined) columns += tableOf(where, joined).table.columns.length - 1
  if (contexts !== undefined) {
    const { table, user, item } = checkOptions('contexts', contexts, ['table', 'user', 'item'])
    if (!(table instanceof Table))
      throw new KindredError('ERR_VALUE', `contexts.table: expected a Table but received ${show(table)}.`)
    table.column(checkString('contexts.user', user))
    table.column(checkString('contexts.item', item))
    columns += table.columns.length - 2
  }
  if (!ids && !retrieverScores && columns === 0)
    throw new KindredError(
      'ERR_VALUE',
      'fit: expected something to rank by, but ids and retrieverScores are false, and users, items and contexts give no columns.',
    )
}

/** @throws ERR_VALUE, ERR_COLUMN, ERR_DUPLICATE */
export async function joinsOf(
  { users, items }: { users?: JoinedRows | undefined; items?: JoinedRows | undefined },
  contexts: readonly Column[],
  signal: AbortSignal | undefined,
): Promise<RankJoins> {
  return {
    users: users === undefined ? null : await joinedColumns('users', users, 'user', signal),
    items: items === undefined ? null : await joinedColumns('items', items, 'item', signal),
    contexts,
  }
}

/** The contexts of clicks: their columns, and the row of each click. @throws ERR_COLUMN, ERR_VALUE */
export async function clickContexts(
  { table, user, item }: ClickContexts,
  { users, items }: FittedLog,
  signal: AbortSignal | undefined,
): Promise<{ columns: readonly Column[]; rowOf: (user: number, item: number) => number }> {
  const userIds = await idsOf('contexts', table, user, signal)
  const itemIds = await idsOf('contexts', table, item, signal)
  const rows = new Map<number, number>()
  const key = (userRow: number, itemRow: number) => userRow * items.size + itemRow
  for (const [row, id] of userIds.entries()) {
    const [userRow, itemRow] = [users.indexOf(id), items.indexOf(itemIds[row]!)]
    if (userRow >= 0 && itemRow >= 0) rows.set(key(userRow, itemRow), row)
  }
  const names = table.columns.filter((name) => name !== user && name !== item)
  const columns = names.map((name) => ({ ...table.column(name), name: `context.${name}` }))
  return { columns, rowOf: (userRow, itemRow) => rows.get(key(userRow, itemRow)) ?? -1 }
}

/** All fields of pairs as a table. */
export async function fieldTable(
  pairs: PairsToJoin,
  joins: RankJoins,
  withIds: boolean,
  signal: AbortSignal | undefined,
): Promise<Table> {
  const { log, users, items, scores, contexts } = pairs
  const columns: Column[] = []
  if (withIds) columns.push(idColumn('user', log.users, users), idColumn('item', log.items, items))
  for (const [joined, ids, rows] of [
    [joins.users, log.users, users],
    [joins.items, log.items, items],
  ] as const) {
    if (joined === null) continue
    const places = placesOf(joined, ids)
    const own = rows.map((row) => (row < 0 ? -1 : (places[row] ?? -1)))
    columns.push(...(await takeColumns(joined.columns, own, signal)))
  }
  for (const [n, values] of scores.entries()) columns.push({ type: 'number', name: scoreFieldName(n), values })
  return Table.fromColumns([...columns, ...contexts])
}

/** The pairs of queries, each query's items in turn. */
export async function pairsOf(
  queries: readonly RankQuery[],
  log: FittedLog,
  { contexts }: RankJoins,
  context: TableRow | undefined,
  signal: AbortSignal | undefined,
): Promise<PairsToJoin> {
  const rows = queries.reduce((sum, { items }) => sum + items.length, 0)
  const fields = queries[0]?.retrieved.features.length ?? 0
  const users = new Int32Array(rows)
  const items = new Int32Array(rows)
  const scores = Array.from({ length: fields }, () => new Float64Array(rows))
  let at = 0
  for (const query of queries) {
    users.fill(query.user, at, at + query.items.length)
    items.set(query.items, at)
    for (const [f, { data, cols }] of query.retrieved.features.entries()) {
      const begin = query.place * cols
      for (let i = 0; i < query.items.length; i++) scores[f]![at + i] = data[begin + query.items[i]!]!
    }
    at += query.items.length
  }
  const now = contextColumns(contexts, 'context', context)
  return { log, users, items, scores, contexts: await takeColumns(now, new Int32Array(rows), signal) }
}
