import { type AbortFlag, type Addon, addon } from './addon.js'
import { abortError, KindredError, type KindredErrorCode, throwIfAborted } from './errors.js'

function translate(error: unknown, signal: AbortSignal | undefined): unknown {
  const code = (error as { code?: unknown }).code
  if (!(error instanceof Error) || typeof code !== 'string' || !code.startsWith('ERR_')) return error
  if (code === 'ERR_ABORTED' && signal?.aborted) return abortError(signal)
  return new KindredError(code as KindredErrorCode, error.message)
}

/**
 * Runs one asynchronous native call: raises its abort flag when `signal` fires, and turns native errors into
 * KindredErrors that carry the caller's stack.
 */
export async function nativeCall<T>(
  signal: AbortSignal | undefined,
  call: (native: Addon, abort: AbortFlag | undefined) => Promise<T>,
): Promise<T> {
  throwIfAborted(signal)
  const native = addon()
  const flag = signal && new native.AbortFlag()
  const onAbort = () => flag?.raise()
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    return await call(native, flag)
  } catch (error) {
    throw translate(error, signal)
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}

/** The same for synchronous native functions. */
export function nativeCallSync<T>(call: (native: Addon) => T): T {
  try {
    return call(addon())
  } catch (error) {
    throw translate(error, undefined)
  }
}
