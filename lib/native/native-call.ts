import { isNativeError } from 'node:util/types'
import { type AbortFlag, type Addon, addon } from './addon.js'
import { abortError, KindredError, type KindredErrorCode, throwIfAborted } from './errors.js'

function translate(error: unknown, signal: AbortSignal | undefined): unknown {
  if (!isNativeError(error)) return error
  const { code } = error as { code?: unknown }
  if (typeof code !== 'string' || !code.startsWith('ERR_')) return error
  if (code === 'ERR_ABORTED' && signal?.aborted) return abortError(signal)
  // An error is without words where there was no memory even for them.
  return new KindredError(code as KindredErrorCode, error.message || 'Not enough memory for this operation.')
}

/** What each signal calls. One listener serves them all: Node warns of a leak from the eleventh on. */
const watched = new WeakMap<AbortSignal, { callbacks: Set<() => void>; listener: () => void }>()

/** Calls `callback` when `signal` fires, until the function returned is called. */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  let entry = watched.get(signal)
  if (entry === undefined) {
    const callbacks = new Set<() => void>()
    const listener = () => {
      for (const each of callbacks) each()
    }
    entry = { callbacks, listener }
    watched.set(signal, entry)
    signal.addEventListener('abort', listener, { once: true })
  }
  const { callbacks, listener } = entry
  const own = () => callback()
  callbacks.add(own)
  return () => {
    callbacks.delete(own)
    if (callbacks.size > 0) return
    signal.removeEventListener('abort', listener)
    watched.delete(signal)
  }
}

/** Waits for a promise, which others may wait for too, no longer than until the signal fires. @throws ERR_ABORTED, and what it rejects with */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  let unwatch = () => {}
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(abortError(signal))
    else unwatch = onAbort(signal, () => reject(abortError(signal)))
  })
  try {
    return await Promise.race([aborted, promise])
  } finally {
    unwatch()
  }
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
  const unwatch = signal && onAbort(signal, () => flag!.raise())
  try {
    return await call(native, flag)
  } catch (error) {
    throw translate(error, signal)
  } finally {
    unwatch?.()
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
