import { DeviceMatrix } from '../data/device-matrix.js'
import type { Matrix } from '../data/matrix.js'
import type { Csr, DeviceIndexHandle, TopK, VectorIndexHandle } from '../native/addon.js'
import { type Device, onDevice } from '../native/device.js'
import { nativeCall, nativeCallSync } from '../native/native-call.js'
import type { IndexDtype } from './index-options.js'

/** The copy on the GPU of a version of an index. */
export interface DeviceIndex {
  handle: DeviceIndexHandle
  /** Rows ever given; versions with as many share their vectors. */
  rows: number
}

export function releaseDeviceIndex(index: DeviceIndex | undefined): void {
  if (index) nativeCallSync((native) => native.deviceIndexRelease(index.handle))
}

interface HostIndex {
  device: Device
  dtype: IndexDtype
  index: VectorIndexHandle
  rows: number
}

/**
 * Copies an index to the GPU, or shares the vectors that `former` has there; undefined where the CPU is to search.
 * @throws ERR_DEVICE, ERR_OUT_OF_MEMORY for 'cuda', ERR_ABORTED
 */
export function uploadIndex(
  { device, dtype, index, rows }: HostIndex,
  former: DeviceIndex | undefined,
  signal: AbortSignal | undefined,
): Promise<DeviceIndex | undefined> {
  return onDevice<DeviceIndex | undefined>(
    device,
    signal,
    async () => {
      const handle = await nativeCall(signal, (native, abort) =>
        former?.rows === rows
          ? native.deviceIndexOf(former.handle, index, abort)
          : native.deviceIndex(index, dtype === 'tf32', abort),
      )
      return { handle, rows }
    },
    async () => undefined,
  )
}

/** What the index's own search gives, from the GPU. @throws ERR_TOO_LARGE for k, ERR_DEVICE, ERR_OUT_OF_MEMORY */
export function searchDeviceIndex(
  { handle }: DeviceIndex,
  queries: Matrix | DeviceMatrix,
  { k, exclude, candidates }: { k: number; exclude: Csr | null; candidates: Uint8Array | null },
  signal: AbortSignal | undefined,
): Promise<TopK> {
  return nativeCall(signal, (native, abort) => {
    const given = queries instanceof DeviceMatrix ? queries.handle : queries
    return native.deviceIndexSearch(handle, given, k, exclude, candidates, abort)
  })
}
