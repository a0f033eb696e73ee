import { throwIfAborted } from '../native/errors.js'

const SLICE_MS = 8

/** Cuts a long loop on the main thread into slices of a few milliseconds, between which the event loop runs. */
export class LoopYielder {
  readonly #signal: AbortSignal | undefined
  #started = performance.now()

  constructor(signal?: AbortSignal) {
    throwIfAborted(signal)
    this.#signal = signal
  }

  /** Whether the slice is used up and {@link yieldToLoop} is due. */
  get due(): boolean {
    return performance.now() - this.#started >= SLICE_MS
  }

  /** Lets the event loop run. @throws ERR_ABORTED if the signal has fired */
  async yieldToLoop(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    throwIfAborted(this.#signal)
    this.#started = performance.now()
  }

  /** Calls `work(begin, end)` over [0, count) in steps, resting in between when due. */
  async over(count: number, step: number, work: (begin: number, end: number) => void): Promise<void> {
    for (let begin = 0; begin < count; begin += step) {
      work(begin, Math.min(begin + step, count))
      if (this.due) await this.yieldToLoop()
    }
  }
}

/** Work in small steps, so that one implementation serves callers that wait and callers that must not block. */
export type Steps<T> = Generator<void, T, void>

/** Rows that a step handles: well under a millisecond each. */
export const STEP_ROWS = 1 << 14

/** Does all steps at once. */
export function runSteps<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

/** Does the steps in slices of a few milliseconds. @throws ERR_ABORTED if the signal fires in between */
export async function runStepsYielding<T>(steps: Steps<T>, signal?: AbortSignal): Promise<T> {
  const yielder = new LoopYielder(signal)
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
    if (yielder.due) await yielder.yieldToLoop()
  }
}
