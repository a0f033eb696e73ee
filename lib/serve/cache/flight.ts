import { untilAborted } from '../../native/native-call.js'

/** A computation that several calls wait for: it is aborted once all of them have given up. */
export class Flight<T> {
  readonly #controller = new AbortController()
  readonly #result: Promise<T>
  #waiting = 0

  /** @param work begins at once */
  constructor(work: (signal: AbortSignal) => Promise<T>) {
    this.#result = work(this.#controller.signal)
    this.#result.catch(() => undefined) // those who wait hear of it
  }

  /** Whether it was aborted, so that it serves nobody. */
  get isAborted(): boolean {
    return this.#controller.signal.aborted
  }

  /** The result. @throws ERR_ABORTED where the caller's signal fires, and what the computation throws */
  async join(signal: AbortSignal | undefined): Promise<T> {
    this.#waiting++
    try {
      return await untilAborted(this.#result, signal)
    } finally {
      if (--this.#waiting === 0) this.#controller.abort()
    }
  }
}
