import type { Catalogue } from '../../data/catalogue.js'
import { Features } from '../../data/features.js'
import type { Id } from '../../data/id-map.js'
import type { Matrix } from '../../data/matrix.js'
import type { Embedder } from '../../encode/embedder.js'
import { FactorModel } from '../../models/base/factor-model.js'
import type {
  Explanation,
  HistoryEntry,
  RankedUser,
  Recommendation,
  RecommendOptions,
} from '../../models/base/recommend-options.js'
import type { Recommender } from '../../models/base/recommender.js'
import { KindredError } from '../../native/errors.js'
import { SimilarityIndex } from '../../search/similarity-index.js'
import type { LogEvent } from '../events/event.js'
import type { ServiceLimits } from './limits.js'
import { ListCache, type ModelState } from './list-cache.js'
import { ListGatherer } from './list-gatherer.js'
import type { CascadeQuery, CascadeSource, LiveSource } from './live-source.js'

/** What a request for a list may say, as its schema has let it through. */
export interface ListBody {
  k?: number
  candidates?: Id[]
  minScore?: number
  fallback?: 'popularity' | 'none'
  unknown?: 'error' | 'ignore'
  titles?: boolean
}

/** The body of /recommend. */
export interface RecommendBody extends ListBody {
  user?: Id
  history?: (Id | HistoryEntry)[]
  exclude?: 'seen' | 'none' | Id[] | { seen?: boolean; items?: Id[] }
  reasons?: boolean
}

/** One entry of an answer's list. */
export interface AnswerItem extends Recommendation {
  title?: string | undefined
  reasons?: string[]
}

/** A plain request for the list of a user that is to be computed. */
export interface PlainList {
  /** Under which the cache keeps its answer. */
  key: string
  state: ModelState
  user: Id
  k: number
}

/** What a service is made of. */
export interface ServiceParts {
  source: LiveSource
  limits: Required<ServiceLimits>
  cachedLists: number
  embedder?: Embedder | undefined
  features?: Features | undefined
  titles?: Catalogue | undefined
  cascade?: CascadeSource | undefined
}

/** Items near a text whose users /readers asks for. */
const NEAR_ITEMS = 8
/** Contributions that become reasons. */
const REASONS = 3

const entryOf = (entry: Id | HistoryEntry): HistoryEntry => (typeof entry === 'object' ? entry : { item: entry })
const short = (value: number) => Number(value.toPrecision(2))

function reasonsOf({ contributions }: Explanation): string[] {
  return contributions
    .slice(0, REASONS)
    .map(({ from, id, contribution }) =>
      contribution < 0
        ? `despite ${from} ${id}, which takes ${short(-contribution)}`
        : `because of ${from} ${id}, which gives ${short(contribution)}`,
    )
}

/**
 * What the routes answer, whatever brings their requests. Each call takes the model once and answers from it alone; bodies have
 * been checked against their schema.
 */
export class Service {
  readonly cache: ListCache
  readonly gatherer: ListGatherer
  readonly #parts: ServiceParts
  #index: SimilarityIndex | undefined

  constructor(parts: ServiceParts) {
    this.#parts = parts
    this.cache = new ListCache(parts.source, parts.cachedLists)
    this.gatherer = new ListGatherer(parts.limits.waiting)
  }

  /** What must be there before the first request. @throws ERR_SHAPE where features are not of the embedder's length */
  async prepare(): Promise<void> {
    const { embedder, features } = this.#parts
    if (embedder === undefined || features === undefined || this.#index !== undefined) return
    if (features.dims !== embedder.dims)
      throw new KindredError(
        'ERR_SHAPE',
        `features: expected vectors of the embedder's ${embedder.dims} numbers but received ${features.dims}. Take the embedder that made them.`,
      )
    this.#index = await SimilarityIndex.build(features, { metric: 'cosine' })
  }

  /** Releases what {@link prepare} has made. */
  dispose(): void {
    this.#index?.dispose()
    this.#index = undefined
  }

  get state(): ModelState {
    return this.cache.state
  }

  /** What the page can show. */
  get abilities(): { explain: boolean; similar: boolean; search: boolean; titles: boolean } {
    const { explain, similarItems } = this.state.model.capabilities
    return {
      explain,
      similar: similarItems,
      search: this.#index !== undefined,
      titles: this.#parts.titles !== undefined,
    }
  }

  /** The answer of /recommend as JSON where it is plain, for which this is the short way; else undefined. */
  plainList(body: RecommendBody): string | PlainList | undefined {
    for (const name in body) if (name !== 'user' && name !== 'k') return undefined
    if (body.user === undefined) return undefined
    const { user, k = 10 } = body
    const { state } = this
    const key = typeof user === 'string' ? `${k} "${user}` : `${k} ${user}`
    return this.cache.get(state, key) ?? { key, state, user, k }
  }

  async recommend(body: RecommendBody, signal: AbortSignal): Promise<{ items: AnswerItem[]; version: string }> {
    const { user, history, reasons = false, titles = false, exclude = 'seen', ...filters } = body
    if ((user === undefined) === (history === undefined))
      throw new KindredError(
        'ERR_VALUE',
        `body: expected either user or history but received ${user === undefined ? 'neither' : 'both'}.`,
      )
    const { model, version } = this.state
    if (reasons && (user === undefined || !model.capabilities.explain))
      throw new KindredError(
        'ERR_NOT_SUPPORTED',
        user === undefined
          ? 'reasons: of the list of a user; a history has none.'
          : "reasons: this service's model does not tell what its scores are made of.",
      )
    const options: RecommendOptions = { ...filters, k: filters.k ?? 10, exclude, signal }
    const isPlain = Object.keys(filters).every((name) => name === 'k') && typeof exclude === 'string'
    let list: Recommendation[]
    if (user === undefined) list = await model.recommendFor(history!.map(entryOf), options)
    else if (isPlain) list = await this.gatherer.list(model, user, { k: options.k!, exclude, signal })
    else list = await model.recommend(user, options)
    const items: AnswerItem[] = this.#titled(list, titles)
    if (reasons)
      for (const entry of items)
        entry.reasons = reasonsOf(await model.explain(user!, entry.item, { k: REASONS, signal }))
    return { items, version }
  }

  async cascade(body: Omit<CascadeQuery, 'history'> & { history?: (Id | HistoryEntry)[] }, signal: AbortSignal) {
    const { cascade } = this.#parts
    if (cascade === undefined) throw this.#lacks('a cascade')
    const { history, ...rest } = body
    const entries = history?.map(entryOf)
    return cascade.run({ ...rest, ...(entries === undefined ? {} : { history: entries }), signal })
  }

  async similar(body: ListBody & { item: Id }, signal: AbortSignal) {
    const { item, titles = false, ...filters } = body
    const { model, version } = this.state
    return { items: this.#titled(await model.similarItems(item, { ...filters, signal }), titles), version }
  }

  async score(body: { user: Id; items: Id[]; unknown?: 'error' | 'nan' }, signal: AbortSignal) {
    const { user, items, unknown } = body
    const { model, version } = this.state
    const scores = await model.score(user, items, { unknown, signal })
    return { scores: Array.from(scores, (score) => (Number.isFinite(score) ? score : null)), version }
  }

  async search(body: { text: string; k?: number; titles?: boolean }, signal: AbortSignal) {
    const { version } = this.state
    const items = await this.#near(await this.#vectorOf(body.text, signal), body.k ?? 10, signal)
    return { items: this.#titled(items, body.titles ?? false), version }
  }

  async readers(
    body: { text: string; k?: number },
    signal: AbortSignal,
  ): Promise<{ users: RankedUser[]; by: 'item vector' | 'nearest items'; version: string }> {
    const { model, version } = this.state
    const { k = 10 } = body
    const vectors = await this.#vectorOf(body.text, signal)
    if (model instanceof FactorModel) {
      const users = await model.usersByFeatures(Features.from(['the text'], vectors), { k, signal })
      if (users !== undefined) return { users, by: 'item vector', version }
    }
    const near = (await this.#near(vectors, NEAR_ITEMS, signal)).filter(({ item }) => model.items.has(item))
    const sums = new Map<Id, number>()
    for (const { item, score } of near)
      for (const reader of await model.recommendUsers(item, { k, exclude: 'none', signal }))
        sums.set(reader.user, (sums.get(reader.user) ?? 0) + (Math.max(0, score) * reader.score) / near.length)
    const users: RankedUser[] = Array.from(sums, ([user, score]) => ({ user, score }))
    users.sort((a, b) => b.score - a.score)
    return { users: users.slice(0, k), by: 'nearest items', version }
  }

  async events(body: LogEvent[], signal: AbortSignal): Promise<{ accepted: number }> {
    try {
      await this.#parts.source.accept(body, { signal })
    } finally {
      this.cache.changed()
    }
    return { accepted: body.length }
  }

  async embed(body: { texts: string[] }, signal: AbortSignal) {
    const { embedder } = this.#parts
    if (embedder === undefined) throw this.#lacks('an embedder')
    const { vectors, truncated } = await embedder.embed(body.texts, { signal })
    return { vectors: Array.from({ length: vectors.rows }, (_, n) => Array.from(vectors.row(n))), truncated }
  }

  async explain(body: { user: Id; item: Id; k?: number }, signal: AbortSignal) {
    const { user, item, k } = body
    const { model, version } = this.state
    const explanation = await model.explain(user, item, { k, signal })
    return { ...explanation, reasons: reasonsOf(explanation), version }
  }

  async history(body: { user: Id; k?: number; titles?: boolean }) {
    const { user, k = 10, titles = false } = body
    const { model, version } = this.state
    const seen = [...(model as Recommender).seenItems(user)]
    const items = seen.slice(Math.max(0, seen.length - k)).map((item) => ({ item, ...this.#title(item, titles) }))
    return { items, version }
  }

  #title(item: Id, wanted: boolean): { title?: string } {
    if (!wanted) return {}
    const { titles } = this.#parts
    if (titles === undefined) throw this.#lacks('titles')
    return titles.ids.has(item) ? { title: titles.text(item) } : {}
  }

  #titled(list: readonly Recommendation[], wanted: boolean): AnswerItem[] {
    if (!wanted) return list as AnswerItem[]
    return list.map((entry) => ({ ...entry, ...this.#title(entry.item, true) }))
  }

  /** [1, dims] */
  async #vectorOf(text: string, signal: AbortSignal): Promise<Matrix> {
    const { embedder } = this.#parts
    if (embedder === undefined || this.#index === undefined) throw this.#lacks('an embedder and features of items')
    return (await embedder.embed([text], { signal })).vectors
  }

  async #near(vectors: Matrix, k: number, signal: AbortSignal): Promise<Recommendation[]> {
    const [found] = await this.#index!.searchItems(vectors, { k, signal })
    return found!
  }

  #lacks(what: string): KindredError {
    return new KindredError('ERR_NOT_SUPPORTED', `This service was started without ${what}.`)
  }
}
