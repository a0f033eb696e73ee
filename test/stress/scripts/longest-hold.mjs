// The longest stretch for which a call keeps the main thread from its event loop. The thread's own processor time is taken
// (Linux), as other programs cannot lengthen it.
import { readFileSync } from 'node:fs'

const mainThread = `/proc/self/task/${process.pid}/schedstat`
const milliseconds = () => Number(readFileSync(mainThread, 'utf8').split(' ')[0]) / 1e6

/** @returns what the call gives, and that stretch in ms */
export async function longestHold(call) {
  let most = 0
  let last = milliseconds()
  let done = false
  const tick = () => {
    const now = milliseconds()
    most = Math.max(most, now - last)
    last = now
    if (!done) setTimeout(tick, 1)
  }
  tick()
  const result = await call()
  tick()
  done = true
  return { result, ms: most }
}
