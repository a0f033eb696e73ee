import { type Id, toId } from '../../data/id-map.js'
import type { TableRow } from '../../data/table/column.js'
import type { HistoryEntry, Ids } from '../../models/base/recommend-options.js'
import { checkInteger, checkIterable, checkNumber, checkOptions, checkString } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError, show } from '../../native/errors.js'
import { rankRequest } from '../../rank/base/ranked-list.js'
import type { CascadeModel } from './declaration.js'

/** What an answer is asked for: a user, a history, a query, or several of them. */
export interface CascadeRequest extends AbortOptions {
  /** Whom the list is for. One that a model does not know gets that model's list for `history`. */
  user?: Id
  /** What the user had, in its order. Given, models answer it and not what they know of the user, but those that know the user exclude what they have seen of them too. */
  history?: Iterable<HistoryEntry>
  /** What is searched for. */
  query?: string
  /** How many items the answer has, a natural number. Default 10. */
  k?: number
  /** Items that are not listed, besides what the user had. */
  exclude?: Ids
  /** Fields of the request, of a ranking model that was fitted with contexts. */
  context?: TableRow
  /** The time of the request, in the unit of the items' times. Default Date.now(). */
  now?: number
}

/** A request that was checked. */
export interface CheckedRequest {
  readonly user: Id | undefined
  readonly history: readonly Required<HistoryEntry>[] | undefined
  readonly query: string | undefined
  readonly k: number
  readonly exclude: readonly Id[]
  readonly context: TableRow | undefined
  readonly now: number
  readonly signal: AbortSignal | undefined
}

/** @throws ERR_VALUE */
export function checkRequest(where: string, options: CascadeRequest): CheckedRequest {
  const own = checkOptions(where, options, ['user', 'history', 'query', 'k', 'exclude', 'context', 'now', 'signal'])
  const query = own.query === undefined ? undefined : checkString('query', own.query)
  if (own.user === undefined && own.history === undefined && query === undefined)
    throw new KindredError('ERR_VALUE', `${where}: expected a user, a history or a query.`)
  if (own.context !== undefined && (typeof own.context !== 'object' || own.context === null))
    throw new KindredError('ERR_VALUE', `context: expected an object but received ${show(own.context)}.`)
  const { history } = own.history === undefined ? { history: undefined } : rankRequest(where, { history: own.history })
  return {
    user: own.user === undefined ? undefined : toId(own.user, () => 'user'),
    history,
    query,
    k: checkInteger('k', own.k ?? 10, { min: 0 }),
    exclude: Array.from(checkIterable('exclude', own.exclude ?? [], 'a list of ids'), (id) =>
      toId(id, () => 'exclude'),
    ),
    context: own.context,
    now: checkNumber('now', own.now ?? Date.now()),
    signal: own.signal,
  }
}

/** What the user had: the request's history and what these models know. */
export function hadItems(models: readonly CascadeModel[], { user, history = [] }: CheckedRequest): Set<Id> {
  const had = new Set<Id>(history.map(({ item }) => item))
  if (user !== undefined)
    for (const model of models) if (model.users.has(user)) for (const item of model.seenItems(user)) had.add(item)
  return had
}
