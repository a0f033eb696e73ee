import { Interactions } from '../../data/log/interactions.js'
import type { Recommender } from '../../models/base/recommender.js'
import { KindredError } from '../../native/errors.js'
import type { LogEvent } from '../events/event.js'

/** What became of lists of events. */
export interface Applied {
  /** Why the lists of these numbers were refused; the others were learnt. */
  errors: ReadonlyMap<number, unknown>
  /** Whether the model cannot learn from events. */
  isDeferred: boolean
}

const isUnsupported = (error: unknown) => error instanceof KindredError && error.code === 'ERR_NOT_SUPPORTED'

/**
 * Has a model learn lists of events, each as a whole, all in one update where they allow it. A list that the model refuses keeps no
 * other from being learnt.
 * @throws ERR_ABORTED
 */
export async function applyEvents(
  model: Recommender,
  lists: readonly (readonly LogEvent[])[],
  signal?: AbortSignal,
): Promise<Applied> {
  const errors = new Map<number, unknown>()
  let isDeferred = false
  const apply = async (begin: number, end: number): Promise<void> => {
    try {
      const events = lists.slice(begin, end).flat()
      const rows = events.map(({ user, item, weight, time }) => ({ user, item, weight, time }))
      await model.update(Interactions.from(rows, { duplicates: 'last' }), { signal })
    } catch (error) {
      if (signal?.aborted) throw error
      if (isUnsupported(error)) {
        isDeferred = true
      } else if (end - begin === 1) {
        errors.set(begin, error)
      } else {
        const middle = (begin + end) >> 1
        await apply(begin, middle)
        await apply(middle, end)
      }
    }
  }
  if (lists.length > 0) await apply(0, lists.length)
  return { errors, isDeferred }
}
