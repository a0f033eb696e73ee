import { closeSync, openSync, readSync } from 'node:fs'

/** Milliseconds that this thread has computed, from Linux; waiting for a core that somebody else holds is not in it. */
function threadClock() {
  let file
  try {
    file = openSync('/proc/thread-self/schedstat', 'r')
  } catch {
    return undefined
  }
  const buffer = Buffer.alloc(64)
  return {
    now: () => Number(buffer.toString('latin1', 0, readSync(file, buffer, 0, 64, 0)).split(' ')[0]) / 1e6,
    close: () => closeSync(file),
  }
}

/**
 * Runs a call while the event loop turns as fast as it can.
 * @returns `block`, the longest that the loop stood still, in ms: of the main thread's own time where the system tells it
 * (Linux), else by the clock; `ms`, the time of the call by the clock; and its result
 */
export async function longestBlock(call) {
  const thread = threadClock()
  const now = thread?.now ?? (() => performance.now())
  let block = 0
  let running = true
  const start = performance.now()
  try {
    await new Promise((resolve) => setImmediate(resolve))
    let last = now()
    const turn = () => {
      const time = now()
      block = Math.max(block, time - last)
      last = time
      if (running) setImmediate(turn)
    }
    setImmediate(turn)
    const result = await call()
    block = Math.max(block, now() - last)
    return { block, ms: performance.now() - start, result }
  } finally {
    running = false
    // After the last turn, which still reads it.
    if (thread) setImmediate(() => setImmediate(thread.close))
  }
}
