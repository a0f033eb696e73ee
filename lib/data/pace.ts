import { throwIfAborted } from '../native/errors.js'

const SLICE_MS = 8

/** Cuts a long loop on the main thread into slices of a few milliseconds, between which the event loop runs. */
export class Pace {
  readonly #signal: AbortSignal | undefined
  #started = performance.now()

  constructor(signal?: AbortSignal) {
    throwIfAborted(signal)
    this.#signal = signal
  }

  /** Whether the slice is used up and {@link rest} is due. */
  get due(): boolean {
    return performance.now() - this.#started >= SLICE_MS
  }

  /** Lets the event loop run. @throws ERR_ABORTED if the signal has fired */
  async rest(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    throwIfAborted(this.#signal)
    this.#started = performance.now()
  }

  /** Calls `work(begin, end)` over [0, count) in steps, resting in between when due. */
  async over(count: number, step: number, work: (begin: number, end: number) => void): Promise<void> {
    for (let begin = 0; begin < count; begin += step) {
      work(begin, Math.min(begin + step, count))
      if (this.due) await this.rest()
    }
  }
}
