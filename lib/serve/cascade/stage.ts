import { abortError, KindredError } from '../../native/errors.js'
import { onAbort, untilAborted } from '../../native/native-call.js'
import type { StageSettings } from './check-declaration.js'

/** How a stage of a request went. */
export interface StageReport {
  /** What the declaration calls it. */
  name: string
  /** How long it took. */
  milliseconds: number
  /** How many items it gave. */
  count: number
  /** Why the answer goes on without it; undefined where it does not. */
  fallback?: string
}

/**
 * Runs a stage within its time; where that is over, or the stage fails and may, `instead` gives what the answer goes on with.
 * @throws ERR_ABORTED, ERR_TIMEOUT, and what the stage throws
 */
export async function runStage<T extends { readonly length: number }>(
  { name, timeoutMs, fallback }: StageSettings,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
  instead: (signal: AbortSignal | undefined) => T | Promise<T>,
): Promise<{ value: T; report: StageReport }> {
  const started = performance.now()
  const reported = (value: T, why?: string) => ({
    value,
    report: {
      name,
      milliseconds: performance.now() - started,
      count: value.length,
      ...(why !== undefined && { fallback: why }),
    },
  })
  const controller = new AbortController()
  if (signal?.aborted) throw abortError(signal)
  const unwatch = signal && onAbort(signal, () => controller.abort(signal.reason))
  let isLate = false
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          isLate = true
          controller.abort()
        }, timeoutMs)
  try {
    return reported(await untilAborted(work(controller.signal), controller.signal))
  } catch (error) {
    if (signal?.aborted) throw abortError(signal)
    const late = `took longer than ${timeoutMs} ms`
    if (isLate && fallback === 'none')
      throw new KindredError('ERR_TIMEOUT', `${name}: ${late}. Give it more time, or a fallback.`, { cause: error })
    if (!isLate && fallback !== 'failure') throw error
    return reported(
      await instead(signal),
      isLate ? late : `failed: ${(error as Error | undefined)?.message ?? String(error)}`,
    )
  } finally {
    clearTimeout(timer)
    unwatch?.()
  }
}
