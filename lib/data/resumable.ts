import { LoopYielder } from './yield-to-event-loop.js'

/**
 * Work that yields at least every {@link ROWS_PER_YIELD} rows, so that one implementation serves callers that wait for
 * it and callers that must not block the event loop.
 */
export type Resumable<T> = Generator<void, T, void>

/** Rows that take well under a millisecond. */
export const ROWS_PER_YIELD = 1 << 14

/** Does all the work at once. */
export function runAtOnce<T>(work: Resumable<T>): T {
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
  }
}

/** Does the work while the event loop runs every few milliseconds. @throws ERR_ABORTED if the signal fires */
export async function runYielding<T>(work: Resumable<T>, signal?: AbortSignal): Promise<T> {
  const yielder = new LoopYielder(signal)
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
    if (yielder.due) await yielder.yieldToLoop()
  }
}
