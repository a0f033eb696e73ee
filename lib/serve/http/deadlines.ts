import { setMaxListeners } from 'node:events'

/**
 * Signals that fire after a time, one for all requests of a second: a timer for each request would cost more than its answer.
 * A signal fires `milliseconds` to `milliseconds` + 1000 after it was given.
 */
export class Deadlines {
  readonly #milliseconds: number
  #current: AbortSignal | undefined
  readonly #timers = new Set<NodeJS.Timeout>()

  /** @param milliseconds until a signal fires */
  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds
  }

  /** The signal of a request that begins now. */
  get signal(): AbortSignal {
    if (this.#current !== undefined) return this.#current
    const controller = new AbortController()
    setMaxListeners(0, controller.signal)
    this.#current = controller.signal
    this.#later(1000, () => {
      this.#current = undefined
    })
    this.#later(this.#milliseconds + 1000, () => controller.abort(new Error('The time of the request is over.')))
    return controller.signal
  }

  #later(milliseconds: number, call: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      call()
    }, milliseconds)
    timer.unref()
    this.#timers.add(timer)
  }

  /** Ends its timers; signals that were given no longer fire. */
  close(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }
}
