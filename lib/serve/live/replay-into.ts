import type { Recommender } from '../../models/base/recommender.js'
import { throwIfAborted } from '../../native/errors.js'
import type { LogEvent } from '../events/event.js'
import type { EventLog } from '../events/event-log.js'
import { applyEvents } from './apply-events.js'

/** What a model has learnt of a log. */
export interface Replayed {
  /** The number of the first event that it has not. */
  next: number
  applied: number
  deferred: number
  refused: number
}

/**
 * Has a model learn the events of a log from its checkpoint on, those too that are appended meanwhile.
 * @param maxBatch events of one update
 * @throws ERR_DATA for a damaged log, ERR_IO, ERR_ABORTED
 */
export async function replayInto(
  model: Recommender,
  log: EventLog,
  maxBatch: number,
  signal: AbortSignal | undefined,
): Promise<Replayed> {
  const counts = { applied: 0, deferred: 0, refused: 0 }
  let some: LogEvent[][] = []
  const apply = async () => {
    const { errors, isDeferred } = await applyEvents(model, some, signal)
    counts.refused += errors.size
    counts[isDeferred ? 'deferred' : 'applied'] += some.length - errors.size
    some = []
  }
  let next = Math.max(log.checkpointed, log.first)
  while (next < log.next) {
    const end = log.next
    for await (const events of log.replayAppends(next)) {
      throwIfAborted(signal)
      for (const event of events) some.push([event])
      if (some.length >= maxBatch) await apply()
    }
    if (some.length > 0) await apply()
    next = end
  }
  return { next, ...counts }
}
