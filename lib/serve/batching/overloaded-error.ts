import { KindredError } from '../../native/errors.js'

/** More calls than can wait, code ERR_OVERLOADED. */
export class OverloadedError extends KindredError {
  /** When to try again at the earliest, in milliseconds from now: about when what waits now will have been done. */
  readonly retryAfterMs: number

  /** @param waiting how many calls wait */
  constructor(waiting: number, retryAfterMs: number) {
    super(
      'ERR_OVERLOADED',
      `Expected fewer calls at once: ${waiting} wait already, the most that the queue holds. Try again in ${retryAfterMs} ms (error.retryAfterMs), or raise maxQueue.`,
    )
    this.retryAfterMs = retryAfterMs
  }
}
