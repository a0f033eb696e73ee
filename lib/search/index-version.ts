import type { VectorIndexHandle } from '../native/addon.js'
import type { Device } from '../native/device.js'
import { nativeCallSync } from '../native/native-call.js'
import { type DeviceIndex, releaseDeviceIndex, uploadIndex } from './device-index.js'
import type { IndexDtype } from './index-options.js'

/** One state of an index, which the next one replaces as a whole; searches under way keep theirs. */
export interface IndexVersion {
  readonly handle: VectorIndexHandle
  /** The copy on the GPU, where searches go there. */
  readonly onDevice: DeviceIndex | undefined
  /** Rows ever given, the removed ones included. */
  readonly rows: number
  readonly removed: number
}

/** The first version of an index, without rows. */
export function emptyVersion(handle: VectorIndexHandle): IndexVersion {
  return { handle, onDevice: undefined, rows: 0, removed: 0 }
}

/**
 * The version of a native index that follows `former`, copied to the GPU where `device` says so.
 * @throws ERR_DEVICE, ERR_OUT_OF_MEMORY for 'cuda', ERR_ABORTED; `handle` is then released
 */
export async function versionOf(
  handle: VectorIndexHandle,
  former: IndexVersion,
  where: { device: Device; dtype: IndexDtype },
  signal: AbortSignal | undefined,
): Promise<IndexVersion> {
  try {
    const { rows, removed } = nativeCallSync((native) => native.vectorIndexSize(handle))
    const onDevice = await uploadIndex({ ...where, index: handle, rows }, former.onDevice, signal)
    return { handle, onDevice, rows, removed }
  } catch (error) {
    nativeCallSync((native) => native.vectorIndexRelease(handle))
    throw error
  }
}

/** Frees the memory of a version, once no search under way needs it. */
export function releaseVersion({ handle, onDevice }: IndexVersion): void {
  nativeCallSync((native) => native.vectorIndexRelease(handle))
  releaseDeviceIndex(onDevice)
}
