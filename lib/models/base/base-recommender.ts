import type { Features } from '../../data/features.js'
import type { Id, IdMap } from '../../data/id-map.js'
import type { Interactions } from '../../data/log/interactions.js'
import type { Matrix } from '../../data/matrix.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr, TopK } from '../../native/addon.js'
import { checkInteger, checkIterable, checkOneOf, checkOptions } from '../../native/check.js'
import { KindredError, show, throwIfAborted } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'
import { allowBitmap, exclusions, rowOf, seenBy } from './item-filters.js'
import type {
  AddItemsReport,
  ExplainOptions,
  Explanation,
  FitOptions,
  HistoryEntry,
  Recommendation,
  Recommender,
  RecommendForOptions,
  RecommendOptions,
  ScoreOptions,
  SimilarOptions,
} from './recommender.js'

/** Scores on their way from the kernels at a time: 8 MB, which the event loop hardly notices. */
const SCORES_AT_A_TIME = 1 << 21

/** What every fitted model holds besides its parameters. */
export interface FittedLog {
  users: IdMap
  items: IdMap
  /** [users, items known to the log when it was stored], weights; items added since are not among its columns. */
  seen: Csr
}

/** One list to make: a block of dense user rows or one history. */
export interface ListRequest {
  k: number
  exclude: Csr | null
  allow: Uint8Array | null
  signal: AbortSignal | undefined
}

/** The parts of one score: dense rows, of items or of users, and what each adds. */
export interface Contributions {
  from: 'item' | 'user'
  rows: Int32Array
  values: Float64Array
}

/**
 * The part of {@link Recommender} that is the same for all models: ids, options, filters, lists. A model says how users
 * are scored ({@link scoreRows}, {@link scoreHistory}) and may say faster ways to lists.
 */
export abstract class BaseRecommender implements Recommender {
  /** Set as a whole at the end of fit, update, addItems or load, so that a failed call leaves the model as it was. */
  protected log: FittedLog | undefined

  abstract fit(train: Interactions, options?: FitOptions): Promise<this>
  abstract update(interactions: Interactions, options?: { signal?: AbortSignal }): Promise<void>
  abstract addItems(features: Features): Promise<AddItemsReport>
  abstract save(dir: string): Promise<void>
  abstract scoreRows(userRows: Int32Array, signal?: AbortSignal): Promise<Matrix>

  /** Scores of every item [1, items] for a history of item rows and weights. */
  protected abstract scoreHistory(history: ReadonlyMap<number, number>, signal?: AbortSignal): Promise<Matrix>
  /** The items most like `row`; `request.exclude` holds the item itself. */
  protected abstract similarRows(row: number, request: ListRequest): Promise<TopK>

  /** What a user's score of an item is the sum of. */
  protected async contributions(_userRow: number, _itemRow: number, _signal?: AbortSignal): Promise<Contributions> {
    throw new KindredError('ERR_NOT_SUPPORTED', `${this.constructor.name}: its scores cannot be explained by parts.`)
  }

  /** The lists of a block of users; models with factors override it with a fused kernel. */
  protected async topRows(userRows: Int32Array, request: ListRequest): Promise<TopK> {
    return topOfScores(await this.scoreRows(userRows, request.signal), request)
  }

  protected async topHistory(history: ReadonlyMap<number, number>, request: ListRequest): Promise<TopK> {
    return topOfScores(await this.scoreHistory(history, request.signal), request)
  }

  protected fitted(): FittedLog {
    if (this.log === undefined)
      throw new KindredError('ERR_NOT_FITTED', `${this.constructor.name}: call fit() or load a saved model first.`)
    return this.log
  }

  /** Throws if the model is no longer what it was when `log` was read: what came of it would be lost, or mixed up. */
  protected checkUnchanged(log: FittedLog | undefined): void {
    if (this.log !== log)
      throw new KindredError(
        'ERR_VALUE',
        `${this.constructor.name}: the model changed during the call. Await one change before the next call.`,
      )
  }

  get users(): IdMap {
    return this.fitted().users
  }

  get items(): IdMap {
    return this.fitted().items
  }

  get seen(): Csr {
    const { seen, users, items } = this.fitted()
    return { ...seen, rows: users.size, cols: items.size }
  }

  async recommend(user: Id, options: RecommendOptions = {}): Promise<Recommendation[]> {
    const [list] = await this.recommendMany([user], options)
    return list!
  }

  async recommendMany(users: Iterable<Id>, options: RecommendOptions = {}): Promise<Recommendation[][]> {
    checkOptions('recommend', options, ['k', 'exclude', 'candidates', 'signal'])
    throwIfAborted(options.signal)
    const log = this.fitted()
    const rows = Int32Array.from([...checkIterable('users', users, 'a list of user ids')], (id) =>
      rowOf(log.users, id, 'user', ' recommendFor(history) serves users who are in no log.'),
    )
    const k = Math.min(checkK(options.k), log.items.size)
    const allow = allowBitmap(options.candidates, log.items)
    const lists: Recommendation[][] = []
    const block = Math.max(1, Math.min(4096, Math.floor(SCORES_AT_A_TIME / Math.max(1, log.items.size, k))))
    const yielder = new LoopYielder(options.signal)
    for (let begin = 0; begin < rows.length; begin += block) {
      this.checkUnchanged(log)
      const some = rows.subarray(begin, begin + block)
      const exclude = exclusions(options.exclude, log.items, some.length, () => seenBy(log.seen, some, log.items.size))
      const top = await this.topRows(some, { k, exclude, allow, signal: options.signal })
      for (let q = 0; q < some.length; q++) {
        lists.push(toList(top, q, k, log.items))
        if (yielder.due) await yielder.yieldToLoop()
      }
    }
    return lists
  }

  async recommendFor(history: Iterable<HistoryEntry>, options: RecommendForOptions = {}): Promise<Recommendation[]> {
    checkOptions('recommendFor', options, ['k', 'exclude', 'candidates', 'unknown', 'signal'])
    throwIfAborted(options.signal)
    const { items } = this.fitted()
    const rows = historyRows(history, items, checkOneOf('unknown', options.unknown ?? 'error', ['error', 'ignore']))
    const k = Math.min(checkK(options.k), items.size)
    const seenRows = Int32Array.from(rows.keys()).sort()
    const seen = (): Csr => ({
      rows: 1,
      cols: items.size,
      indptr: Int32Array.of(0, seenRows.length),
      indices: seenRows,
      values: null,
    })
    const exclude = exclusions(options.exclude, items, 1, seen)
    const allow = allowBitmap(options.candidates, items)
    return toList(await this.topHistory(rows, { k, exclude, allow, signal: options.signal }), 0, k, items)
  }

  async similarItems(item: Id, options: SimilarOptions = {}): Promise<Recommendation[]> {
    checkOptions('similarItems', options, ['k', 'candidates', 'signal'])
    throwIfAborted(options.signal)
    const { items } = this.fitted()
    const row = rowOf(items, item, 'item')
    const k = Math.min(checkK(options.k), items.size)
    const exclude: Csr = {
      rows: 1,
      cols: items.size,
      indptr: Int32Array.of(0, 1),
      indices: Int32Array.of(row),
      values: null,
    }
    const allow = allowBitmap(options.candidates, items)
    return toList(await this.similarRows(row, { k, exclude, allow, signal: options.signal }), 0, k, items)
  }

  async explain(user: Id, item: Id, options: ExplainOptions = {}): Promise<Explanation> {
    checkOptions('explain', options, ['k', 'signal'])
    throwIfAborted(options.signal)
    const k = checkK(options.k)
    const { users, items } = this.fitted()
    const userRow = rowOf(users, user, 'user')
    const itemRow = rowOf(items, item, 'item')
    const { from, rows, values } = await this.contributions(userRow, itemRow, options.signal)
    const order = Array.from(values.keys()).filter((n) => values[n] !== 0)
    order.sort((a, b) => Math.abs(values[b]!) - Math.abs(values[a]!) || rows[a]! - rows[b]!)
    const sum = (places: number[]) => places.reduce((total, n) => total + values[n]!, 0)
    const ids = from === 'item' ? items : users
    return {
      score: sum(order),
      contributions: order.slice(0, k).map((n) => ({ from, id: ids.idAt(rows[n]!), contribution: values[n]! })),
      rest: sum(order.slice(k)),
    }
  }

  async score(user: Id, items: Iterable<Id>, options: ScoreOptions = {}): Promise<Float32Array> {
    checkOptions('score', options, ['unknown', 'signal'])
    const unknown = checkOneOf('unknown', options.unknown ?? 'error', ['error', 'nan'])
    const log = this.fitted()
    const userRow = rowOf(log.users, user, 'user', ' recommendFor(history) serves users who are in no log.')
    const ids = checkIterable('items', items, 'a list of item ids')
    const rows = Array.from(ids, (id) => (unknown === 'nan' ? log.items.indexOf(id) : rowOf(log.items, id, 'item')))
    const all = await this.scoreRows(Int32Array.of(userRow), options.signal)
    return Float32Array.from(rows, (row) => (row < 0 ? Number.NaN : all.data[row]!))
  }
}

function checkK(k: unknown): number {
  return checkInteger('k', k ?? 10, { min: 0 })
}

/** History as item row -> weight; the weights of an item that comes twice add up. */
function historyRows(history: Iterable<HistoryEntry>, items: IdMap, unknown: 'error' | 'ignore'): Map<number, number> {
  const rows = new Map<number, number>()
  for (const entry of checkIterable('history', history, 'a list of { item, weight? }')) {
    if (entry === null || typeof entry !== 'object' || !('item' in entry))
      throw new KindredError('ERR_VALUE', `history: expected entries { item, weight? } but received ${show(entry)}.`)
    const weight = entry.weight ?? 1
    if (typeof weight !== 'number' || !Number.isFinite(Math.fround(weight)))
      throw new KindredError('ERR_VALUE', `history: expected a finite weight but received ${show(weight)}.`)
    if (unknown === 'ignore' && !items.has(entry.item)) continue
    const row = rowOf(items, entry.item, 'item', " unknown: 'ignore' passes over such entries.")
    rows.set(row, (rows.get(row) ?? 0) + weight)
  }
  return rows
}

/** The best of scores [queries, items] that exist already. */
export function topOfScores(scores: Matrix, { k, exclude, allow, signal }: ListRequest): Promise<TopK> {
  return nativeCall(signal, (native, abort) => native.topKOfScores(scores, k, exclude, allow, abort))
}

/** Row `q` of top-k lists [queries, k] in the caller's ids. */
function toList(top: TopK, q: number, k: number, items: IdMap): Recommendation[] {
  const list: Recommendation[] = []
  for (let i = q * k; i < (q + 1) * k && top.indices[i]! >= 0; i++)
    list.push({ item: items.idAt(top.indices[i]!), score: top.scores[i]! })
  return list
}
