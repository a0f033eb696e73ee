import { DeviceMatrix } from '../data/device-matrix.js'
import type { Matrix } from '../data/matrix.js'
import type { Csr, DeviceIndexHandle, TopK, VectorIndexHandle } from '../native/addon.js'
import { type Device, onDevice } from '../native/device.js'
import { nativeCall, nativeCallSync } from '../native/native-call.js'
import type { IndexDtype } from './index-options.js'

/** A version of an index on the GPU. */
export interface DeviceVersion {
  handle: DeviceIndexHandle
  /** Rows ever given; versions of as many share their vectors. */
  rows: number
}

export function releaseVersion(version: DeviceVersion | undefined): void {
  if (version) nativeCallSync((native) => native.deviceIndexRelease(version.handle))
}

/** An index [rows, ...], and where it is wanted. */
export interface WantedVersion {
  device: Device
  dtype: IndexDtype
  index: VectorIndexHandle
  rows: number
}

/**
 * The version on the GPU of an index that follows `former`; undefined where the CPU is to search.
 * @throws ERR_DEVICE, ERR_OUT_OF_MEMORY for 'cuda', ERR_ABORTED
 */
export function deviceVersion(
  { device, dtype, index, rows }: WantedVersion,
  former: DeviceVersion | undefined,
  signal: AbortSignal | undefined,
): Promise<DeviceVersion | undefined> {
  return onDevice<DeviceVersion | undefined>(
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
export function searchVersion(
  { handle }: DeviceVersion,
  queries: Matrix | DeviceMatrix,
  { k, exclude, allow }: { k: number; exclude: Csr | null; allow: Uint8Array | null },
  signal: AbortSignal | undefined,
): Promise<TopK> {
  return nativeCall(signal, (native, abort) => {
    const given = queries instanceof DeviceMatrix ? queries.handle : queries
    return native.deviceIndexSearch(handle, given, k, exclude, allow, abort)
  })
}
