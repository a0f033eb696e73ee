import { backendInfo } from '../native/backend.js'

/**
 * A batch of texts is copied to native memory on the main thread: few enough that this takes a millisecond or two, and
 * enough that the call around it does not matter.
 */
const BATCH_TEXTS = 2048
const BATCH_CHARACTERS = 1 << 20

/**
 * Calls `work(begin, end)` over batches of `texts`, the event loop running in between. With more than one thread, a
 * batch is copied while another is computed. After a failure no further batch begins.
 */
export async function overTextBatches(
  texts: readonly { readonly length: number }[],
  work: (begin: number, end: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const takeBatch = () => {
    const begin = next
    for (let characters = 0; next < texts.length && next - begin < BATCH_TEXTS; next++) {
      characters += texts[next]!.length
      if (characters > BATCH_CHARACTERS && next > begin) break
    }
    return begin
  }
  const worker = async () => {
    try {
      while (next < texts.length) await work(takeBatch(), next)
    } finally {
      next = texts.length
    }
  }
  const results = await Promise.allSettled(Array.from({ length: backendInfo().threads.count > 1 ? 2 : 1 }, worker))
  for (const result of results) if (result.status === 'rejected') throw result.reason
}
