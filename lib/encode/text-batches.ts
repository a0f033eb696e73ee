import { backendInfo } from '../native/backend.js'

/**
 * A window of texts is copied to native memory on the main thread: few enough that this takes a millisecond or two, and
 * enough that the call around it does not matter.
 */
const WINDOW_TEXTS = 2048
const WINDOW_CHARACTERS = 1 << 20

/**
 * Calls `work(begin, end)` over windows of `texts`, the event loop running in between. With more than one thread, a
 * window is copied while another is computed. After a failure no further window begins.
 */
export async function overTextBatches(
  texts: readonly string[],
  work: (begin: number, end: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const takeWindow = () => {
    const begin = next
    for (let characters = 0; next < texts.length && next - begin < WINDOW_TEXTS; next++) {
      characters += texts[next]!.length
      if (characters > WINDOW_CHARACTERS && next > begin) break
    }
    return begin
  }
  const lane = async () => {
    try {
      while (next < texts.length) await work(takeWindow(), next)
    } finally {
      next = texts.length
    }
  }
  const results = await Promise.allSettled(Array.from({ length: backendInfo().threads.count > 1 ? 2 : 1 }, lane))
  for (const result of results) if (result.status === 'rejected') throw result.reason
}
