import type { VectorIndexHandle } from '../native/addon.js'
import { nativeCall, nativeCallSync } from '../native/call.js'
import type { DeviceIndexHandle } from '../native/cuda-addon.js'
import { chooseCuda, type Device, onDevice } from '../native/device.js'

/** A version of an index on the GPU. */
export interface DeviceVersion {
  handle: DeviceIndexHandle
  /** Rows ever given; versions of as many share their vectors. */
  rows: number
}

export function releaseVersion(version: DeviceVersion | undefined): void {
  if (version) nativeCallSync((native) => native.deviceIndexRelease(version.handle))
}

/**
 * The version on the GPU of an index [rows, ...] that follows `former`; undefined where the CPU is to search.
 * @throws ERR_DEVICE, ERR_OUT_OF_MEMORY for 'cuda', ERR_ABORTED
 */
export async function deviceVersion(
  device: Device,
  index: VectorIndexHandle,
  rows: number,
  former: DeviceVersion | undefined,
  signal: AbortSignal | undefined,
): Promise<DeviceVersion | undefined> {
  if (!(await chooseCuda(device, signal))) return undefined
  if (former?.rows === rows)
    return { handle: nativeCallSync((native) => native.deviceIndexOf(former.handle, index)), rows }
  return onDevice<DeviceVersion | undefined>(
    device,
    signal,
    async () => ({ handle: await nativeCall(signal, (native, abort) => native.deviceIndex(index, abort)), rows }),
    async () => undefined,
  )
}
