import type { Id, IdMap } from '../../data/id-map.js'
import { Matrix } from '../../data/matrix.js'
import { ROWS_PER_YIELD } from '../../data/resumable.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr, TopK } from '../../native/addon.js'
import { checkIterable, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import { KindredError, throwIfAborted } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { nativeCall, untilAborted } from '../../native/native-call.js'
import { type Evidence, zeroScores } from './evidence.js'
import { type Contributions, explanationOf } from './explanation.js'
import { historiesOf, itemsOf, wholeLog } from './grown-log.js'
import { historyRows } from './history-rows.js'
import { excludedBy, exclusions, rowOf, sameForAll, usersWith } from './list-filters.js'
import { checkK, checkUnknown, DEFAULTS, FILTERED, listRequest } from './list-request.js'
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

/** @internal What a model made of others calls of each. */
export interface InnerModel {
  readonly evidence: Evidence
  /** Scores of every item [1, items] for a history of item rows and weights. */
  scoreHistory(history: ReadonlyMap<number, number>, signal?: AbortSignal): Promise<Matrix>
  similarRows(row: number, request: ListRequest): Promise<TopK>
  similarUserRows(row: number, request: ListRequest): Promise<TopK>
}

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

  /** @internal The users most similar to `row`; `request.exclude` holds the user itself. */
  protected async similarUserRows(_row: number, _request: ListRequest): Promise<TopK> {
    throw this.unsupported('similarUsers')
  }

  /** @internal Which scores are evidence. */
  protected get evidence(): Evidence {
    return 'signed'
  }

  /** @internal Scores [userRows.length, items] by which lists are ordered: what is without evidence by popularity. */
  async listScores(userRows: Int32Array, signal?: AbortSignal): Promise<Matrix> {
    return this.placed(await this.scoreRows(userRows, signal), signal)
  }

  /** @internal The same for a history of item rows and weights [1, items]. */
  async historyScores(history: ReadonlyMap<number, number>, signal?: AbortSignal): Promise<Matrix> {
    return this.placed(await this.scoreHistory(history, signal), signal)
  }

  private async placed(scores: Matrix, signal: AbortSignal | undefined): Promise<Matrix> {
    const zeros = await untilAborted(zeroScores(this.fitted(), 'items', this.evidence, DEFAULTS), signal)
    if (zeros !== null) await nativeCall(signal, (native, abort) => native.placeZeros(scores, zeros, abort))
    return scores
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

  /** @internal The scores of items for a user [items.length], NaN where a row is -1. */
  protected async itemScores(userRow: number, items: Int32Array, signal?: AbortSignal): Promise<Float32Array> {
    const all = await this.scoreRows(Int32Array.of(userRow), signal)
    return Float32Array.from(items, (row) => (row < 0 ? Number.NaN : all.data[row]!))
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

  /** @internal What models made of this one call. */
  get inner(): InnerModel {
    return {
      evidence: this.evidence,
      scoreHistory: (history, signal) => this.scoreHistory(history, signal),
      similarRows: (row, request) => this.similarRows(row, request),
      similarUserRows: (row, request) => this.similarUserRows(row, request),
    }
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

  /** @internal The same, made without holding up the event loop. @throws ERR_ABORTED */
  async seenByAll(signal: AbortSignal | undefined): Promise<Csr> {
    const log = this.fitted()
    return { ...(await wholeLog(log, signal)), rows: log.users.size, cols: log.items.size }
  }

  async recommend(user: Id, options: RecommendOptions = {}): Promise<Recommendation[]> {
    const [list] = await this.recommendMany([user], options)
    return list!
  }

  async recommendMany(users: Ids, options: RecommendOptions = {}): Promise<Recommendation[][]> {
    options = checkOptions('recommend', options, ['exclude', ...FILTERED])
    throwIfAborted(options.signal)
    const log = this.fitted()
    const now = this.snapshot()
    const rows = Int32Array.from([...checkIterable('users', users, 'a list of user ids')], (id) =>
      rowOf(log.users, id, 'user', UNKNOWN_USER),
    )
    const { items } = log
    const excluded = excludedBy(options.exclude, items, 'item')
    const request = await listRequest(now.fitted(), 'items', now.evidence, options)
    const { k } = request
    const lists: Recommendation[][] = []
    const block = usersAtOnce(Math.max(items.size, k))
    const yielder = new LoopYielder(options.signal)
    for (let begin = 0; begin < rows.length; begin += block) {
      const some = rows.subarray(begin, begin + block)
      const exclude = exclusions(excluded, some.length, items.size, () => ({
        ...historiesOf(log, some),
        values: null,
        cols: items.size,
      }))
      const top = await now.topRows(some, { ...request, exclude })
      for (let q = 0; q < some.length; q++) {
        lists.push(toList(top, q, k, items, recommendation))
        if (yielder.due) await yielder.yieldToLoop()
      }
    }
    return lists
  }

  async recommendFor(history: Iterable<HistoryEntry>, options: RecommendForOptions = {}): Promise<Recommendation[]> {
    options = checkOptions('recommendFor', options, ['exclude', ...FILTERED])
    throwIfAborted(options.signal)
    const { items } = this.fitted()
    const now = this.snapshot()
    const rows = historyRows(history, items, checkUnknown(options.unknown))
    const seen = () => sameForAll(Int32Array.from(rows.keys()).sort(), 1, items.size)
    const exclude = exclusions(excludedBy(options.exclude, items, 'item'), 1, items.size, seen)
    const request = await listRequest(now.fitted(), 'items', now.evidence, options)
    return toList(await now.topHistory(rows, { ...request, exclude }), 0, request.k, items, recommendation)
  }

  async recommendUsers(item: Id, options: RecommendUsersOptions = {}): Promise<RankedUser[]> {
    options = checkOptions('recommendUsers', options, ['exclude', ...FILTERED])
    const { signal } = options
    throwIfAborted(signal)
    const log = this.fitted()
    const { users, items } = log
    const now = this.snapshot()
    const row = rowOf(items, item, 'item')
    const excluded = excludedBy(options.exclude, users, 'user')
    const request = await listRequest(now.fitted(), 'users', now.evidence, options)
    const had = excluded.seen ? await usersWith(await wholeLog(log, signal), row, signal) : new Int32Array(0)
    const exclude = exclusions(excluded, 1, users.size, () => sameForAll(had, 1, users.size))
    return toList(await now.topUsers(row, { ...request, exclude }), 0, request.k, users, rankedUser)
  }

  async similarItems(item: Id, options: SimilarOptions = {}): Promise<Recommendation[]> {
    options = checkOptions('similarItems', options, FILTERED)
    throwIfAborted(options.signal)
    const { items } = this.fitted()
    if (!this.capabilities.similarItems) throw this.unsupported('similarItems')
    const now = this.snapshot()
    const row = rowOf(items, item, 'item')
    const exclude = sameForAll(Int32Array.of(row), 1, items.size)
    const request = await listRequest(now.fitted(), 'items', now.evidence, options)
    return toList(await now.similarRows(row, { ...request, exclude }), 0, request.k, items, recommendation)
  }

  async similarUsers(user: Id, options: SimilarOptions = {}): Promise<RankedUser[]> {
    options = checkOptions('similarUsers', options, FILTERED)
    throwIfAborted(options.signal)
    const { users } = this.fitted()
    if (!this.capabilities.similarUsers) throw this.unsupported('similarUsers')
    const now = this.snapshot()
    const row = rowOf(users, user, 'user')
    const exclude = sameForAll(Int32Array.of(row), 1, users.size)
    const request = await listRequest(now.fitted(), 'users', now.evidence, options)
    return toList(await now.similarUserRows(row, { ...request, exclude }), 0, request.k, users, rankedUser)
  }

  async explain(user: Id, item: Id, options: ExplainOptions = {}): Promise<Explanation> {
    options = checkOptions('explain', options, ['k', 'signal'])
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
    options = checkOptions('score', options, ['unknown', 'signal'])
    const unknown = checkOneOf('unknown', options.unknown ?? 'error', ['error', 'nan'])
    const log = this.fitted()
    const userRow = rowOf(log.users, user, 'user', UNKNOWN_USER)
    const ids = checkIterable('items', items, 'a list of item ids')
    throwIfAborted(options.signal)
    const find = (id: Id) => (unknown === 'nan' ? log.items.indexOf(id) : rowOf(log.items, id, 'item'))
    const rows = Int32Array.from(ids, find)
    const now = this.snapshot()
    const scores = await now.itemScores(userRow, rows, options.signal)
    now.limitScores(scores)
    return scores
  }

  async scoreMany(pairs: Iterable<UserItemPair>, options: ScoreManyOptions = {}): Promise<Float32Array> {
    options = checkOptions('scoreMany', options, ['unknown', 'signal'])
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
    const log = this.fitted()
    const { users, items } = log
    return Array.from(itemsOf(log, rowOf(users, user, 'user')), (row) => items.idAt(row))
  }
}

guardReceivers(BaseRecommender)

const recommendation = (item: Id, score: number): Recommendation => ({ item, score })
const rankedUser = (user: Id, score: number): RankedUser => ({ user, score })
