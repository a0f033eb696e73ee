import { rowIndices } from '../../data/csr.js'
import type { Id, IdMap } from '../../data/id-map.js'
import { Matrix } from '../../data/matrix.js'
import { ROWS_PER_YIELD } from '../../data/resumable.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr, TopK } from '../../native/addon.js'
import { checkInteger, checkIterable, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import { KindredError, throwIfAborted } from '../../native/errors.js'
import { type Contributions, explanationOf } from './explanation.js'
import { historyRows } from './history-rows.js'
import { candidateBitmap, exclusions, rowOf, sameForAll, seenBy, usersWith } from './list-filters.js'
import { ModelLifecycle } from './model-lifecycle.js'
import { type ListRequest, toList, topOfScores, usersAtOnce } from './ranked-lists.js'
import type {
  ExplainOptions,
  Explanation,
  HistoryEntry,
  Ids,
  RankedUser,
  Recommendation,
  RecommendForOptions,
  RecommendOptions,
  RecommendUsersOptions,
  ScoreOptions,
  SimilarOptions,
} from './recommend-options.js'
import type { Recommender } from './recommender.js'
import { type PairRows, pairRows, type ScoreManyOptions, scoresOfPairs, type UserItemPair } from './score-pairs.js'

const UNKNOWN_USER = ' recommendFor(history) serves users who are not in the log.'

/**
 * What all built-in models share: scores and lists in the caller's ids. A model implements how users and histories are
 * scored, and may override how lists are made.
 */
export abstract class BaseRecommender extends ModelLifecycle implements Recommender {
  /** @internal Scores of every item [userRows.length, items] for dense user rows. */
  abstract scoreRows(userRows: Int32Array, signal?: AbortSignal): Promise<Matrix>
  /** @internal Scores of every item [1, items] for a history of item rows and weights. */
  protected abstract scoreHistory(history: ReadonlyMap<number, number>, signal?: AbortSignal): Promise<Matrix>

  /** @internal The items most similar to `row`; `request.exclude` holds the item itself. */
  protected async similarRows(_row: number, _request: ListRequest): Promise<TopK> {
    throw this.unsupported('similarItems')
  }

  /** @internal The parts of an item's score for a user. */
  protected async contributions(_userRow: number, _itemRow: number, _signal?: AbortSignal): Promise<Contributions> {
    throw this.unsupported('explain')
  }

  /** @internal The lists of a block of users. */
  protected async topRows(userRows: Int32Array, request: ListRequest): Promise<TopK> {
    return topOfScores(await this.scoreRows(userRows, request.signal), request)
  }

  /** @internal The list of a history. */
  protected async topHistory(history: ReadonlyMap<number, number>, request: ListRequest): Promise<TopK> {
    return topOfScores(await this.scoreHistory(history, request.signal), request)
  }

  /** @internal The scores of pairs of dense rows [pairs], NaN where either is -1. */
  protected scorePairs(rows: PairRows, signal?: AbortSignal): Promise<Float32Array> {
    return scoresOfPairs(rows, this.fitted(), (userRows) => this.scoreRows(userRows, signal), signal)
  }

  /** @internal The score of a pair of which at least one row is -1, unknown, of models that have one. */
  protected scoreOfUnknown?(userRow: number, itemRow: number): number

  /** @internal Brings scores into the range in which {@link score} and {@link scoreMany} give them; lists keep theirs. */
  protected limitScores(_scores: Float32Array): void {}

  /** @internal The scores of one item for every user [users]; models that can compute them without the other items do. */
  protected async userScores(itemRow: number, signal?: AbortSignal): Promise<Float32Array> {
    const scores = new Float32Array(this.users.size)
    const block = usersAtOnce(this.items.size)
    for (let begin = 0; begin < scores.length; begin += block) {
      const rows = Int32Array.from({ length: Math.min(block, scores.length - begin) }, (_, i) => begin + i)
      const ofBlock = await this.scoreRows(rows, signal)
      for (let i = 0; i < rows.length; i++) scores[begin + i] = ofBlock.data[i * ofBlock.cols + itemRow]!
    }
    return scores
  }

  /** @internal The best users of an item. */
  protected async topUsers(itemRow: number, request: ListRequest): Promise<TopK> {
    const scores = await this.userScores(itemRow, request.signal)
    return topOfScores(new Matrix(1, scores.length, scores), request)
  }

  get users(): IdMap {
    return this.fitted().users
  }

  get items(): IdMap {
    return this.fitted().items
  }

  /** @internal What each user had in the log [users, items]. */
  get seen(): Csr {
    const { seen, users, items } = this.fitted()
    return { ...seen, rows: users.size, cols: items.size }
  }

  async recommend(user: Id, options: RecommendOptions = {}): Promise<Recommendation[]> {
    const [list] = await this.recommendMany([user], options)
    return list!
  }

  async recommendMany(users: Ids, options: RecommendOptions = {}): Promise<Recommendation[][]> {
    checkOptions('recommend', options, ['k', 'exclude', 'candidates', 'signal'])
    throwIfAborted(options.signal)
    const log = this.fitted()
    const now = this.snapshot()
    const rows = Int32Array.from([...checkIterable('users', users, 'a list of user ids')], (id) =>
      rowOf(log.users, id, 'user', UNKNOWN_USER),
    )
    const k = Math.min(checkK(options.k), log.items.size)
    const candidates = candidateBitmap(options.candidates, log.items, 'item')
    const lists: Recommendation[][] = []
    const block = usersAtOnce(Math.max(log.items.size, k))
    const yielder = new LoopYielder(options.signal)
    for (let begin = 0; begin < rows.length; begin += block) {
      const some = rows.subarray(begin, begin + block)
      const seen = () => seenBy(log.seen, some, log.items.size)
      const exclude = exclusions(options.exclude, log.items, 'item', some.length, seen)
      const top = await now.topRows(some, { k, exclude, candidates, signal: options.signal })
      for (let q = 0; q < some.length; q++) {
        lists.push(toList(top, q, k, log.items, recommendation))
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
    const seen = () => sameForAll(Int32Array.from(rows.keys()).sort(), 1, items.size)
    const exclude = exclusions(options.exclude, items, 'item', 1, seen)
    const candidates = candidateBitmap(options.candidates, items, 'item')
    const top = await this.snapshot().topHistory(rows, { k, exclude, candidates, signal: options.signal })
    return toList(top, 0, k, items, recommendation)
  }

  async recommendUsers(item: Id, options: RecommendUsersOptions = {}): Promise<RankedUser[]> {
    checkOptions('recommendUsers', options, ['k', 'exclude', 'candidates', 'signal'])
    const { signal } = options
    throwIfAborted(signal)
    const { users, items, seen } = this.fitted()
    const now = this.snapshot()
    const row = rowOf(items, item, 'item')
    const k = Math.min(checkK(options.k), users.size)
    const candidates = candidateBitmap(options.candidates, users, 'user')
    const excludeSeen = options.exclude === undefined || options.exclude === 'seen'
    const had = excludeSeen ? await usersWith(seen, row, signal) : new Int32Array(0)
    const exclude = exclusions(options.exclude, users, 'user', 1, () => sameForAll(had, 1, users.size))
    const top = await now.topUsers(row, { k, exclude, candidates, signal })
    return toList(top, 0, k, users, (user, score) => ({ user, score }))
  }

  async similarItems(item: Id, options: SimilarOptions = {}): Promise<Recommendation[]> {
    checkOptions('similarItems', options, ['k', 'candidates', 'signal'])
    throwIfAborted(options.signal)
    const { items } = this.fitted()
    if (!this.capabilities.similarItems) throw this.unsupported('similarItems')
    const row = rowOf(items, item, 'item')
    const k = Math.min(checkK(options.k), items.size)
    const exclude = sameForAll(Int32Array.of(row), 1, items.size)
    const candidates = candidateBitmap(options.candidates, items, 'item')
    const top = await this.snapshot().similarRows(row, { k, exclude, candidates, signal: options.signal })
    return toList(top, 0, k, items, recommendation)
  }

  async explain(user: Id, item: Id, options: ExplainOptions = {}): Promise<Explanation> {
    checkOptions('explain', options, ['k', 'signal'])
    throwIfAborted(options.signal)
    const k = checkK(options.k)
    const { users, items } = this.fitted()
    if (!this.capabilities.explain) throw this.unsupported('explain')
    const userRow = rowOf(users, user, 'user')
    const itemRow = rowOf(items, item, 'item')
    const parts = await this.snapshot().contributions(userRow, itemRow, options.signal)
    return explanationOf(parts, k, parts.from === 'item' ? items : users)
  }

  async score(user: Id, items: Ids, options: ScoreOptions = {}): Promise<Float32Array> {
    checkOptions('score', options, ['unknown', 'signal'])
    const unknown = checkOneOf('unknown', options.unknown ?? 'error', ['error', 'nan'])
    const log = this.fitted()
    const userRow = rowOf(log.users, user, 'user', UNKNOWN_USER)
    const ids = checkIterable('items', items, 'a list of item ids')
    const rows = Array.from(ids, (id) => (unknown === 'nan' ? log.items.indexOf(id) : rowOf(log.items, id, 'item')))
    const all = await this.snapshot().scoreRows(Int32Array.of(userRow), options.signal)
    const scores = Float32Array.from(rows, (row) => (row < 0 ? Number.NaN : all.data[row]!))
    this.limitScores(scores)
    return scores
  }

  async scoreMany(pairs: Iterable<UserItemPair>, options: ScoreManyOptions = {}): Promise<Float32Array> {
    checkOptions('scoreMany', options, ['unknown', 'signal'])
    const unknown = checkOneOf('unknown', options.unknown ?? 'error', ['error', 'nan', 'mean'])
    if (unknown === 'mean' && !this.scoreOfUnknown)
      throw new KindredError(
        'ERR_NOT_SUPPORTED',
        `${this.algorithm}: unknown 'mean' is of MatrixFactorization, which predicts ratings. Take 'nan' or 'error'.`,
      )
    const log = this.fitted()
    const now = this.snapshot()
    const rows = await pairRows(pairs, log, unknown !== 'error', options.signal)
    const scores = await now.scorePairs(rows, options.signal)
    await new LoopYielder(options.signal).over(scores.length, ROWS_PER_YIELD, (begin, end) => {
      if (unknown === 'mean')
        for (let n = begin; n < end; n++) {
          const [user, item] = [rows.users[n]!, rows.items[n]!]
          if (user < 0 || item < 0) scores[n] = now.scoreOfUnknown!(user, item)
        }
      now.limitScores(scores.subarray(begin, end))
    })
    return scores
  }

  seenItems(user: Id): Id[] {
    const { users, items, seen } = this.fitted()
    return Array.from(rowIndices(seen, rowOf(users, user, 'user')), (row) => items.idAt(row))
  }
}

const recommendation = (item: Id, score: number): Recommendation => ({ item, score })

function checkK(k: unknown): number {
  return checkInteger('k', k ?? 10, { min: 0 })
}
