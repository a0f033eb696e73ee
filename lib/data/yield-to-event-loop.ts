import { throwIfAborted } from '../native/errors.js'

/** Longest time that a loop holds the event loop up. */
const MAX_HOLD_MS = 8

/** Lets the event loop run every few milliseconds of a long loop. */
export class LoopYielder {
  readonly #signal: AbortSignal | undefined
  #started = performance.now()

  /** @throws ERR_ABORTED if the signal has fired */
  constructor(signal?: AbortSignal) {
    throwIfAborted(signal)
    this.#signal = signal
  }

  /** Whether the loop has run for so long that {@link yieldToLoop} is due. */
  get due(): boolean {
    return performance.now() - this.#started >= MAX_HOLD_MS
  }

  /** Lets the event loop run. @throws ERR_ABORTED if the signal has fired */
  async yieldToLoop(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    throwIfAborted(this.#signal)
    this.#started = performance.now()
  }

  /** Calls `work(begin, end)` over [0, count), at most `size` at a time, and yields in between when due. @throws ERR_ABORTED */
  async over(count: number, size: number, work: (begin: number, end: number) => void): Promise<void> {
    for (let begin = 0; begin < count; begin += size) {
      work(begin, Math.min(begin + size, count))
      if (this.due) await this.yieldToLoop()
    }
  }
}
