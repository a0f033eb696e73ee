import { LoopYielder } from './yield-to-event-loop.js'

/**
 * Work that yields at least every {@link ROWS_PER_YIELD} rows, so that one implementation serves callers that wait for
 * it and callers that must not block the event loop.
 */
export type Resumable<T> = Generator<void, T, void>

/** Rows that take well under a millisecond. */
export const ROWS_PER_YIELD = 1 << 14

/**
 * Calls `work(begin, end)` over [0, count), yielding after each part. The inner loop is then one of an ordinary function,
 * which V8 makes several times faster than one with a `yield` in it.
 */
export function* inBlocks(count: number, work: (begin: number, end: number) => void): Resumable<void> {
  for (let begin = 0; begin < count; begin += ROWS_PER_YIELD) {
    work(begin, Math.min(begin + ROWS_PER_YIELD, count))
    yield
  }
}

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
