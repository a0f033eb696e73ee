import { cellOf, type TableRow } from '../../../data/table/column.js'
import { Table } from '../../../data/table/table.js'
import { untilAborted } from '../../../native/native-call.js'
import type { FittedLog } from '../../base/fitted-log.js'
import type { BaseClickModel, CandidateScorer } from '../../ctr/base/base-click-model.js'
import type { RankQuery } from './candidate-ranker.js'
import { contextColumns, idColumn, type JoinedColumns, placesOf, takeColumns } from './joined-columns.js'
import type { RankJoins } from './rank-fields.js'
import { scoreFieldName } from './retriever-scores.js'

/** Rows of a query from which on a run of its own costs less than the table of all queries. */
const ROWS_OF_QUERY = 32
/** A column that is no field. */
const ROW = 'row'

/** What ranks. */
interface RankedBy {
  readonly log: FittedLog
  readonly joins: RankJoins
  readonly ranker: BaseClickModel
  /** Whether ids are fields. */
  readonly ids: boolean
  readonly context: TableRow | undefined
}

/** What scores the rows of the items' table, of which the last is of items without one; null where the click model has no faster way. */
const scorers = new WeakMap<BaseClickModel, WeakMap<RankJoins, Promise<CandidateScorer | null>>>()

/**
 * The click model's probabilities of each query's items, one query after the other, where it has a faster way for candidates
 * than for rows: what is joined to items is encoded once for good, what is the user's and the request's once a query.
 * @returns undefined where it has not, or queries are so small that one table of all is faster
 */
export async function rankFast(
  queries: readonly RankQuery[],
  by: RankedBy,
  signal: AbortSignal | undefined,
): Promise<Float32Array | undefined> {
  const rows = queries.reduce((sum, { items }) => sum + items.length, 0)
  if (rows < ROWS_OF_QUERY * queries.length) return undefined
  const scorer = await untilAborted(scorerOf(by), signal)
  if (scorer === null) return undefined
  const { log, joins, ids } = by
  const scores = new Float32Array(rows)
  const request = contextOf(by)
  const places = joins.items && placesOf(joins.items, log.items)
  const last = joins.items === null ? 0 : joins.items.ids.length
  const itemTexts = idColumn('item', log.items, new Int32Array(0))
  let at = 0
  for (const { user, items, place, retrieved } of queries) {
    if (items.length === 0) continue
    const context = { ...request, ...userCells(user, by) }
    const own: Record<string, ArrayLike<unknown>> = {}
    if (ids && itemTexts.type === 'string') own.item = Array.from(items, (row) => itemTexts.dictionary[row])
    for (const [n, { data, cols }] of retrieved.features.entries())
      own[scoreFieldName(n)] = Float64Array.from(items, (row) => data[place * cols + row]!)
    const taken = items.map((row) => (places === null || (places[row] ?? -1) < 0 ? last : places[row]!))
    scores.set(await scorer.score(context, taken, signal, own), at)
    at += items.length
  }
  return scores
}

function scorerOf({ ranker, joins }: RankedBy): Promise<CandidateScorer | null> {
  const ofRanker = scorers.get(ranker) ?? new WeakMap<RankJoins, Promise<CandidateScorer | null>>()
  scorers.set(ranker, ofRanker)
  const known = ofRanker.get(joins)
  if (known !== undefined) return known
  const made = makeScorer(ranker, joins)
  ofRanker.set(joins, made)
  made.catch(() => ofRanker.delete(joins))
  return made
}

/** Not aborted by one request, since others wait for it. */
async function makeScorer(
  ranker: BaseClickModel,
  { users, items, contexts }: RankJoins,
): Promise<CandidateScorer | null> {
  if (!ranker.scoresCandidates) return null
  // What is of each item, and is not the table's, must be one category or number; sparse features cannot be of a context.
  const isOwn = (column: string) => column === 'item' || column.startsWith('retriever.')
  if (ranker.fields.some(({ column, kind }) => isOwn(column) && kind !== 'numeric' && kind !== 'categorical'))
    return null
  if ([...(users?.columns ?? []), ...contexts].some(({ type }) => type === 'sparse')) return null
  return ranker.candidates(await itemTable(items))
}

/** A row for each item with something joined, and one without. */
async function itemTable(items: JoinedColumns | null): Promise<Table> {
  const count = items === null ? 0 : items.ids.length
  const rows = Int32Array.from({ length: count + 1 }, (_, row) => (row < count ? row : -1))
  const columns = items === null ? [] : await takeColumns(items.columns, rows, undefined)
  // Without columns a table has no rows.
  return Table.fromColumns([...columns, { type: 'number', name: ROW, values: Float64Array.from(rows) }])
}

function contextOf({ joins, context }: RankedBy): Record<string, unknown> {
  const columns = contextColumns(joins.contexts, 'context', context)
  return Object.fromEntries(columns.map((column) => [column.name, cellOf(column, 0)]))
}

function userCells(user: number, { log, joins, ids }: RankedBy): Record<string, unknown> {
  const cells: Record<string, unknown> = {}
  if (user < 0) return cells
  if (ids) cells.user = String(log.users.idAt(user))
  if (joins.users === null) return cells
  const row = placesOf(joins.users, log.users)[user] ?? -1
  if (row >= 0) for (const column of joins.users.columns) cells[column.name] = cellOf(column, row)
  return cells
}
