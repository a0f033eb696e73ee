import type { Recommender } from '../../models/base/recommender.js'
import type { AbortOptions } from '../../native/call-options.js'
import type { LogEvent } from '../events/event.js'

/**
 * Where a service takes its model: once for each request, so that an answer is of one model alone. A {@link LiveModel} is one.
 */
export interface LiveSource {
  /** The model of this moment. Who has taken it keeps it, whatever comes after. */
  readonly current: Recommender
  /** Names that model; another one after each change of it. */
  readonly version: string
  /** Takes events: the promise is kept once they are durable and the next list knows them. */
  accept(events: readonly LogEvent[], options?: AbortOptions): Promise<void>
}

/** Whether `value` is a source rather than a model. */
export function isLiveSource(value: unknown): value is LiveSource {
  return typeof value === 'object' && value !== null && 'current' in value && 'accept' in value
}
