import { addon } from './addon.js'
import { checkOneOf } from './argument-checks.js'
import { findCudaLibrary } from './cuda-library.js'
import { probeCuda, probeSeconds } from './cuda-probe.js'
import { abortError, KindredError, type KindredErrorCode, throwIfAborted } from './errors.js'
import { onAbort } from './native-call.js'

/**
 * Where to compute. 'cpu'. 'cuda': on the first NVIDIA GPU that this process sees, or an error that says what is missing.
 * 'auto': there if it can be used, else on the CPU; {@link backendInfo} says which, and why.
 */
export type Device = 'auto' | 'cpu' | 'cuda'

/** What a device may fail with where the CPU would not. */
const DEVICE_FAILURES: readonly (KindredErrorCode | undefined)[] = [
  'ERR_DEVICE',
  'ERR_OUT_OF_MEMORY',
  'ERR_TOO_LARGE',
  'ERR_NOT_SUPPORTED',
]

/** @throws ERR_VALUE */
export function checkDevice(device: unknown): Device {
  return checkOneOf('device', device ?? 'cpu', ['auto', 'cpu', 'cuda'])
}

function warn(reason: string): void {
  process.emitWarning(`The CPU is used instead of a GPU: ${reason}`, { type: 'KindredWarning', code: 'KINDRED_DEVICE' })
}

/** Why `library` cannot be used; undefined where it is open in this process from now on. */
async function tryLibrary(library: string): Promise<string | undefined> {
  try {
    const failure = await probeCuda(library, probeSeconds())
    if (failure === undefined) await addon().cudaOpen(library)
    return failure
  } catch (error) {
    return (error as Error).message
  }
}

/** Finds out, once for the process. What a library that is there fails with is worth a warning. */
async function decide(): Promise<string | undefined> {
  const native = addon()
  if (native.cudaState().decided) return undefined
  const library = findCudaLibrary()
  if (library.path === undefined) {
    native.cudaRefuse(library.reason)
    return undefined
  }
  const failure = await tryLibrary(library.path)
  if (failure !== undefined) native.cudaRefuse(failure)
  return failure
}

let deciding: Promise<string | undefined> | undefined
let warned = false

/** `promise`, or the error of `signal` if it fires first. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  throwIfAborted(signal)
  if (signal === undefined) return promise
  let stop = () => {}
  const fired = new Promise<never>((_, reject) => {
    stop = onAbort(signal, () => reject(abortError(signal)))
  })
  try {
    return await Promise.race([promise, fired])
  } finally {
    stop()
  }
}

/**
 * Whether to compute on the GPU. The first call that asks finds out, for the whole process; where there is a library to
 * try, that starts another one.
 * @throws ERR_DEVICE if 'cuda' cannot be had, with what to do about it; ERR_ABORTED
 */
export async function chooseCuda(device: Device, signal?: AbortSignal): Promise<boolean> {
  if (device === 'cpu') return false
  deciding ??= decide()
  const failure = await unlessAborted(deciding, signal)
  const { usable, reason } = addon().cudaState()
  if (usable) return true
  if (device === 'cuda') throw new KindredError('ERR_DEVICE', `device: 'cuda' cannot be used: ${reason}`)
  if (failure !== undefined && !warned) warn(failure)
  warned = true
  return false
}

/**
 * `onCuda`, begun at once; for 'auto' `onCpu` where the device fails, has too little memory or cannot take the shapes,
 * which {@link backendInfo} counts and the first one emits a warning.
 */
export async function withCpuFallback<T>(
  device: Device,
  onCuda: () => Promise<T>,
  onCpu: () => Promise<T>,
): Promise<T> {
  try {
    return await onCuda()
  } catch (error) {
    if (device === 'cuda' || !DEVICE_FAILURES.includes((error as KindredError).code)) throw error
    const { message } = error as Error
    if (addon().cudaState().fallbacks === 0) warn(message)
    addon().cudaFellBack(message)
    return onCpu()
  }
}

/** `onCuda` where `device` and the machine say so, as {@link withCpuFallback} does it, else `onCpu`. */
export async function onDevice<T>(
  device: Device,
  signal: AbortSignal | undefined,
  onCuda: () => Promise<T>,
  onCpu: () => Promise<T>,
): Promise<T> {
  return (await chooseCuda(device, signal)) ? withCpuFallback(device, onCuda, onCpu) : onCpu()
}
