import type { Matrix } from '../data/matrix.js'
import type { AbortFlag, Addon } from '../native/addon.js'
import { nativeCall, nativeCallSync } from '../native/call.js'
import type { AlsSettings } from './als-options.js'
import type { AlsData, AlsSweeps } from './als-train.js'

/**
 * Sweeps on the GPU, where log and factors stay until the end.
 * @throws ERR_OUT_OF_MEMORY, before anything is uploaded, if they do not fit; ERR_DEVICE, ERR_ABORTED
 */
export async function deviceSweeps(data: AlsData, settings: AlsSettings, signal?: AbortSignal): Promise<AlsSweeps> {
  const { Cui, Ciu, X, Y } = data
  const held: (() => void)[] = []
  const dispose = () => {
    for (const release of held.splice(0)) release()
  }
  /** What is made on the GPU by `make`, given back by `release`. */
  const hold = async <Handle>(
    make: (native: Addon, abort: AbortFlag | undefined) => Promise<Handle>,
    release: (native: Addon, handle: Handle) => void,
  ): Promise<Handle> => {
    const handle = await nativeCall(signal, make)
    held.push(() => nativeCallSync((native) => release(native, handle)))
    return handle
  }
  const matrix = (from: Matrix) =>
    hold(
      (native, abort) => native.deviceUpload(from, abort),
      (native, handle) => native.deviceRelease(handle),
    )
  const csr = (from: typeof Cui) =>
    hold(
      (native, abort) => native.deviceCsr(from, abort),
      (native, handle) => native.deviceCsrRelease(handle),
    )
  await nativeCall(signal, (native, abort) => native.deviceAlsMemory(Cui, settings.factors, settings, abort))
  try {
    const [users, items] = [await matrix(X), await matrix(Y)]
    const [byUser, byItem] = [await csr(Cui), await csr(Ciu)]
    return {
      async sweep() {
        await nativeCall(signal, (native, abort) => native.deviceAlsHalfSweep(byUser, items, users, settings, abort))
        await nativeCall(signal, (native, abort) => native.deviceAlsHalfSweep(byItem, users, items, settings, abort))
      },
      async fetch() {
        await nativeCall(signal, (native, abort) => native.deviceDownload(users, X, abort))
        await nativeCall(signal, (native, abort) => native.deviceDownload(items, Y, abort))
      },
      dispose,
    }
  } catch (error) {
    dispose()
    throw error
  }
}
