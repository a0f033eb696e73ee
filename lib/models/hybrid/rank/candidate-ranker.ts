import { csrFromLists, rowIndices, selectRows } from '../../../data/csr.js'
import type { Features } from '../../../data/features.js'
import type { Interactions } from '../../../data/log/interactions.js'
import { Matrix } from '../../../data/matrix.js'
import type { Csr, TopK } from '../../../native/addon.js'
import { guardReceivers } from '../../../native/guard-receivers.js'
import { nativeCall, untilAborted } from '../../../native/native-call.js'
import { BaseRecommender } from '../../base/base-recommender.js'
import { type Capabilities, capabilities } from '../../base/capabilities.js'
import { zeroScores } from '../../base/evidence.js'
import type { FittedState } from '../../base/fitted-log.js'
import { seenBy } from '../../base/list-filters.js'
import type { LogUpdate } from '../../base/merge-log.js'
import { type ListRequest, topOfScores, usersAtOnce } from '../../base/ranked-lists.js'
import type { UpdateOptions } from '../../base/recommend-options.js'
import type { PairRows } from '../../base/score-pairs.js'
import type { TrainedLog } from '../members/member-model.js'
import { membersIn } from '../members/member-model.js'
import { historyScoresOfMember, type Member, scoresOfMember } from '../members/members.js'
import { bothPatterns, type ListFilter, placeRest, seenAndAsked } from './rest-of-list.js'

/** What a retriever gives every item, for some users. */
export interface Retrieved {
  /** [users, items] its scores */
  scores: Matrix
  /** Further numbers of each item that the ranker takes, each [users, items], NaN where there is none. */
  features: readonly Matrix[]
}

/** Items to be ranked for one user. */
export interface RankQuery {
  /** Row of the user; -1 for one who is in no log. */
  user: number
  /** What the user had: rows of items and weights; of one who is in no log. */
  history: ReadonlyMap<number, number> | undefined
  /** Rows of the items. */
  items: Int32Array
  /** Where the user is among those of `retrieved`. */
  place: number
  retrieved: Retrieved
}

/** What a fitted ranker of candidates holds. */
export interface RankerState extends FittedState {
  retriever: Member
}

const ALL: ListFilter = { exclude: null, candidates: null }
/** Rows that a ranker is given at a time. */
const ROWS_AT_ONCE = 1 << 13
/** Ranked items score above 0: 0 says that nothing is known of an item. */
const LEAST = 2 ** -100

/**
 * A model that ranks the best of another one's: of the items that a call asks about and the user has not had, the `depth` best of
 * the retriever, and what the user has had, get the ranker's score, above 0; the others of which the retriever knows something
 * follow in its order, with -1, -2, ... as scores; the rest score 0.
 */
export abstract class CandidateRanker extends BaseRecommender {
  /** @internal */
  declare protected state: RankerState | undefined

  /** @internal How many items of the retriever are ranked. */
  protected abstract get depth(): number
  /** @internal The retriever as it was given. */
  protected abstract get unfitted(): BaseRecommender
  /** @internal The ranker's scores of each query's items, from 0 to 1, one query after the other. */
  protected abstract rank(queries: readonly RankQuery[], signal?: AbortSignal): Promise<Float32Array>

  /** The fitted model that finds what is ranked. It is to be read: change the whole. @throws ERR_NOT_FITTED */
  get retriever(): BaseRecommender {
    this.fitted()
    return this.state!.retriever.model
  }

  /** What the retriever supports, but for `similarUsers` and `explain`. */
  override get capabilities(): Capabilities {
    const model = this.state === undefined ? this.unfitted : this.state.retriever.model
    return Object.freeze({ ...capabilities(), ...model.capabilities, similarUsers: false, explain: false })
  }

  /** @internal The retriever warns of weights that it learns from. */
  protected override get learnsFromWeights(): boolean {
    return false
  }

  /** @internal */
  protected override async logOf(train: Interactions, signal?: AbortSignal): Promise<TrainedLog> {
    return { ...(await super.logOf(train, signal)), train }
  }

  /** @internal */
  protected async retrieve(userRows: Int32Array, signal?: AbortSignal): Promise<Retrieved> {
    const { retriever, log } = this.state!
    return { scores: await scoresOfMember(retriever, userRows, log.items.size, signal), features: [] }
  }

  /** @internal */
  protected async retrieveFor(history: ReadonlyMap<number, number>, signal?: AbortSignal): Promise<Retrieved> {
    const { retriever, log } = this.state!
    return { scores: await historyScoresOfMember(retriever, history, log.items.size, signal), features: [] }
  }

  /** @internal */
  async scoreRows(userRows: Int32Array, signal?: AbortSignal): Promise<Matrix> {
    const { scores } = await this.rankedRows(userRows, ALL, Infinity, signal)
    return scores
  }

  /** @internal */
  protected override async topRows(userRows: Int32Array, request: ListRequest): Promise<TopK> {
    const { scores } = await this.rankedRows(userRows, request, request.k, request.signal)
    return topOfScores(scores, request)
  }

  /** @internal */
  protected async scoreHistory(history: ReadonlyMap<number, number>, signal?: AbortSignal): Promise<Matrix> {
    return this.rankedHistory(history, ALL, Infinity, signal)
  }

  /** @internal */
  protected override async topHistory(history: ReadonlyMap<number, number>, request: ListRequest): Promise<TopK> {
    return topOfScores(await this.rankedHistory(history, request, request.k, request.signal), request)
  }

  /** @internal */
  protected override async itemScores(userRow: number, items: Int32Array, signal?: AbortSignal): Promise<Float32Array> {
    const candidates = new Uint8Array(Math.ceil(this.items.size / 8))
    for (const row of items) if (row >= 0) candidates[row >> 3]! |= 1 << (row & 7)
    const { scores } = await this.rankedRows(Int32Array.of(userRow), { exclude: null, candidates }, Infinity, signal)
    return Float32Array.from(items, (row) => (row < 0 ? Number.NaN : scores.data[row]!))
  }

  /** @internal Each pair is ranked, whatever place the retriever gives it. */
  protected override async scorePairs(pairs: PairRows, signal?: AbortSignal): Promise<Float32Array> {
    const scores = new Float32Array(pairs.users.length).fill(Number.NaN)
    const known = Int32Array.from(scores.keys()).filter((n) => pairs.users[n]! >= 0 && pairs.items[n]! >= 0)
    const users = Int32Array.from(new Set(known.map((n) => pairs.users[n]!))).sort()
    const placesOf = new Map<number, number[]>(Array.from(users, (user) => [user, []]))
    for (const n of known) placesOf.get(pairs.users[n]!)!.push(n)
    await this.inBlocks(users, signal, async (some, retrieved) => {
      const queries = Array.from(some, (user, place) => {
        const items = Int32Array.from(placesOf.get(user)!, (n) => pairs.items[n]!)
        return { user, history: undefined, items, place, retrieved }
      })
      const ranked = await this.rankInParts(queries, signal)
      for (const [q, user] of some.entries())
        for (const [i, n] of placesOf.get(user)!.entries()) scores[n] = Math.max(LEAST, ranked[q]![i]!)
    })
    return scores
  }

  /** @internal */
  protected override userScores(itemRow: number, signal?: AbortSignal): Promise<Float32Array> {
    const users = Int32Array.from({ length: this.users.size }, (_, row) => row)
    return this.scorePairs({ users, items: new Int32Array(users.length).fill(itemRow) }, signal)
  }

  /** @internal */
  protected override async similarRows(row: number, request: ListRequest): Promise<TopK> {
    const { items, model } = this.state!.retriever
    if (items !== null) throw this.unsupported('similarItems')
    return model.inner.similarRows(row, request)
  }

  /** @internal The retriever takes what is new; the ranker stays. */
  protected async learnUpdate({ log, added }: LogUpdate, { signal }: UpdateOptions): Promise<RankerState> {
    const model = this.state!.retriever.model.copy()
    await model.update(added, { signal })
    return this.withRetriever(await membersIn(log, [model], signal))
  }

  /** @internal */
  protected override async placeItems(features: Features, before: RankerState, signal?: AbortSignal) {
    const model = before.retriever.model.copy()
    const report = await model.addItems(features, { signal })
    return { state: await this.withRetriever(await membersIn(before.log, [model], signal)), report }
  }

  /** @internal The state with another retriever in another log. */
  protected async withRetriever({ log, members }: Awaited<ReturnType<typeof membersIn>>): Promise<RankerState> {
    return { ...this.state!, log, retriever: members[0]! }
  }

  /** @internal */
  protected async inBlocks(
    userRows: Int32Array,
    signal: AbortSignal | undefined,
    work: (some: Int32Array, retrieved: Retrieved, begin: number) => Promise<void>,
  ): Promise<void> {
    const block = usersAtOnce(this.items.size, 256)
    for (let begin = 0; begin < userRows.length; begin += block) {
      const some = userRows.subarray(begin, begin + block)
      await work(some, await this.retrieve(some, signal), begin)
    }
  }

  /** @internal @param least how many places of each list must be right */
  protected async rankedRows(
    userRows: Int32Array,
    { exclude, candidates }: ListFilter,
    least: number,
    signal: AbortSignal | undefined,
  ): Promise<{ scores: Matrix }> {
    const { log } = this.state!
    const out = new Matrix(userRows.length, log.items.size)
    await this.inBlocks(userRows, signal, async (some, retrieved, begin) => {
      const rows = Int32Array.from(some.keys(), (q) => begin + q)
      const filter = { exclude: exclude && selectRows(exclude, rows), candidates }
      const seen = seenBy(log.seen, some, log.items.size)
      const queries = Array.from(some, (user) => ({ user, history: undefined }))
      const part = out.subarray(begin, begin + some.length)
      await this.rankInto(part, queries, retrieved, seen, filter, least, signal)
    })
    return { scores: out }
  }

  /** @internal */
  protected async rankedHistory(
    history: ReadonlyMap<number, number>,
    filter: ListFilter,
    least: number,
    signal: AbortSignal | undefined,
  ): Promise<Matrix> {
    const out = new Matrix(1, this.items.size)
    const seen = csrFromLists([history], out.cols)
    const retrieved = await this.retrieveFor(history, signal)
    await this.rankInto(out, [{ user: -1, history }], retrieved, seen, filter, least, signal)
    return out
  }

  /** @internal */
  protected async rankInto(
    out: Matrix,
    users: readonly Pick<RankQuery, 'user' | 'history'>[],
    retrieved: Retrieved,
    seen: Csr,
    filter: ListFilter,
    least: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { log, retriever } = this.state!
    const { evidence } = retriever.model.inner
    const placing = { fallback: 'popularity', minScore: undefined } as const
    const zeros = await untilAborted(zeroScores(log, 'items', evidence, placing), signal)
    const k = Math.min(this.depth, out.cols)
    const exclude = bothPatterns(filter.exclude, seen)
    const top = await nativeCall(signal, (native, abort) =>
      native.topKOfScores(retrieved.scores, k, exclude, filter.candidates, zeros, abort),
    )
    const queries = users.map((user, place): RankQuery => {
      const found = top.indices.subarray(place * k, (place + 1) * k).filter((row) => row >= 0)
      const had = seenAndAsked(rowIndices(seen, place), filter, place)
      const items = new Int32Array(found.length + had.length)
      items.set(found)
      items.set(had, found.length)
      return { ...user, items, place, retrieved }
    })
    const ranked = await this.rankInParts(queries, signal)
    if (queries.some(({ items }) => items.length < Math.min(least, out.cols)))
      await placeRest(out, retrieved.scores, queries, { seen, zeros, knowsAll: evidence === 'all' }, signal)
    for (const [place, { items }] of queries.entries()) {
      const row = out.row(place)
      for (let i = 0; i < items.length; i++) row[items[i]!] = Math.max(LEAST, ranked[place]![i]!)
    }
  }

  /** @internal The ranker's scores of each query's items, some queries at a time. */
  protected async rankInParts(queries: readonly RankQuery[], signal?: AbortSignal): Promise<Float32Array[]> {
    const scores: Float32Array[] = []
    for (let begin = 0; begin < queries.length; ) {
      let end = begin
      for (let rows = 0; end < queries.length && (end === begin || rows + queries[end]!.items.length <= ROWS_AT_ONCE); )
        rows += queries[end++]!.items.length
      const some = queries.slice(begin, end)
      const ranked = some.some(({ items }) => items.length > 0) ? await this.rank(some, signal) : new Float32Array(0)
      let at = 0
      for (const { items } of some) {
        scores.push(ranked.subarray(at, at + items.length))
        at += items.length
      }
      begin = end
    }
    return scores
  }
}

guardReceivers(CandidateRanker)
