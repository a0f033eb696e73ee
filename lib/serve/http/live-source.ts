import type { Id } from '../../data/id-map.js'
import type { HistoryEntry } from '../../models/base/recommend-options.js'
import type { Recommender } from '../../models/base/recommender.js'
import type { AbortOptions } from '../../native/call-options.js'
import type { CascadeAnswer } from '../cascade/cascade.js'
import type { LogEvent } from '../events/event.js'

/**
 * Where a service takes its model: once for each request, so that an answer is of one model alone. A `LiveModel` is one.
 */
export interface LiveSource {
  /** The model of this moment. Who has taken it keeps it, whatever comes after. */
  readonly current: Recommender
  /** Names that model; another one after each change of it. */
  readonly version: string
  /** Takes events: the promise is kept once they are durable and the next list knows them. */
  accept(events: readonly LogEvent[], options?: AbortOptions): Promise<void>
}

/** A request to a {@link CascadeSource}. */
export interface CascadeQuery extends AbortOptions {
  /** Whom the list is for. */
  user?: Id
  /** What they had. */
  history?: HistoryEntry[]
  /** What is searched for. */
  query?: string
  /** How many items the answer has. */
  k?: number
  /** Items that are not listed. */
  exclude?: Id[]
}

/** What makes lists in stages, for `/cascade`. A `Cascade` is one. */
export interface CascadeSource {
  /** The list, with what was done with each item, and how each stage went. */
  run(request: CascadeQuery): Promise<CascadeAnswer>
}

/** Whether `value` is a source rather than a model. */
export function isLiveSource(value: unknown): value is LiveSource {
  return typeof value === 'object' && value !== null && 'current' in value && 'accept' in value
}
