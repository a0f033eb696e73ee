import type { Id } from '../../data/id-map.js'
import type { Recommender } from '../../models/base/recommender.js'
import type { AbortOptions } from '../../native/call-options.js'

/** One interaction that a service is told. */
export interface ServiceEvent {
  /** Who. */
  user: Id
  /** What. */
  item: Id
  /** How much, a finite number; default 1. */
  weight?: number
  /** When, in the unit of the log. */
  time?: number
}

/**
 * Where a service takes its model: once for each request, so that an answer is of one model alone. A `LiveModel` is one, with
 * an event log.
 */
export interface LiveSource {
  /** The model of this moment. Who has taken it keeps it, whatever comes after. */
  readonly current: Recommender
  /** Names that model; another one after each change of it. */
  readonly version: string
  /** Takes events: the promise is kept once they are durable and the next list knows them. */
  accept(events: readonly ServiceEvent[], options?: AbortOptions): Promise<void>
}

/** Whether `value` is a source rather than a model. */
export function isLiveSource(value: unknown): value is LiveSource {
  return typeof value === 'object' && value !== null && 'current' in value && 'accept' in value
}
