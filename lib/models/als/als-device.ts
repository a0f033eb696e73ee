import { nativeCall } from '../../native/native-call.js'
import { DeviceBuffers } from '../base/device-buffers.js'
import type { AlsSettings } from './als-options.js'
import type { AlsData, AlsSweeps } from './als-sweeps.js'

/**
 * Sweeps on the GPU, where log and factors stay until the end.
 * @throws ERR_OUT_OF_MEMORY, before anything is uploaded, if they do not fit; ERR_DEVICE, ERR_ABORTED
 */
export async function deviceSweeps(data: AlsData, settings: AlsSettings, signal?: AbortSignal): Promise<AlsSweeps> {
  const { Cui, Ciu, X, Y } = data
  await nativeCall(signal, (native, abort) => native.deviceAlsMemory(Cui, settings.factors, settings, abort))
  const buffers = new DeviceBuffers(signal)
  try {
    const [users, items] = [await buffers.matrix(X), await buffers.matrix(Y)]
    const [byUser, byItem] = [await buffers.csr(Cui), await buffers.csr(Ciu)]
    return {
      async sweep(now) {
        await nativeCall(signal, (native, abort) => native.deviceAlsHalfSweep(byUser, items, users, now, abort))
        await nativeCall(signal, (native, abort) => native.deviceAlsHalfSweep(byItem, users, items, now, abort))
      },
      async fetch() {
        await buffers.fetch(users, X)
        await buffers.fetch(items, Y)
      },
      dispose: () => buffers.dispose(),
    }
  } catch (error) {
    buffers.dispose()
    throw error
  }
}
