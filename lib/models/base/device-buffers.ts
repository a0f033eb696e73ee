import type { Matrix } from '../../data/matrix.js'
import type { AbortFlag, Addon, Csr, DeviceCsrHandle, DeviceMatrixHandle } from '../../native/addon.js'
import { nativeCall, nativeCallSync } from '../../native/native-call.js'

/** What a training run holds in the memory of the GPU, given back together. */
export class DeviceBuffers {
  readonly #signal: AbortSignal | undefined
  readonly #releases: ((native: Addon) => void)[] = []

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal
  }

  /** A copy of `from`. @throws ERR_OUT_OF_MEMORY, ERR_DEVICE, ERR_ABORTED */
  matrix(from: Matrix): Promise<DeviceMatrixHandle> {
    return this.#hold(
      (native, abort) => native.deviceUpload(from, abort),
      (native, handle) => native.deviceRelease(handle),
    )
  }

  /** The same of a sparse matrix. */
  csr(from: Csr): Promise<DeviceCsrHandle> {
    return this.#hold(
      (native, abort) => native.deviceCsr(from, abort),
      (native, handle) => native.deviceCsrRelease(handle),
    )
  }

  /** Copies a matrix back to where it came from. */
  fetch(handle: DeviceMatrixHandle, into: Matrix): Promise<void> {
    return nativeCall(this.#signal, (native, abort) => native.deviceDownload(handle, into, abort))
  }

  dispose(): void {
    for (const release of this.#releases.splice(0)) nativeCallSync(release)
  }

  async #hold<Handle>(
    make: (native: Addon, abort: AbortFlag | undefined) => Promise<Handle>,
    release: (native: Addon, handle: Handle) => void,
  ): Promise<Handle> {
    const handle = await nativeCall(this.#signal, make)
    this.#releases.push((native) => release(native, handle))
    return handle
  }
}
