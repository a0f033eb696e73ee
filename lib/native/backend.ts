import { nativeCallSync } from './call.js'
import { checkInteger } from './check.js'

/** What the kernels run on, and why. */
export interface BackendInfo {
  /** The instruction set of the kernels. `KINDRED_ISA` forces one of `available`. */
  isa: { name: string; reason: string; available: string[] }
  /**
   * Threads of a call, kindred's kernels and onnxruntime alike. `KINDRED_THREADS` or {@link setThreads} decide, else
   * the smaller of the affinity mask and the cgroup quota.
   */
  threads: { count: number; reason: string; affinity: number; quota: number | null }
  /** GPU support. */
  cuda: { available: false; reason: string }
}

/**
 * Names the instruction set and the number of threads that were chosen, and why.
 * @throws ERR_ADDON if the addon is missing, ERR_VALUE if KINDRED_ISA or KINDRED_THREADS hold something illegal
 */
export function backendInfo(): BackendInfo {
  const info = nativeCallSync((native) => native.backendInfo())
  return {
    isa: { name: info.isa, reason: info.isaReason, available: info.isaAvailable },
    threads: {
      count: info.threads,
      reason: info.threadsReason,
      affinity: info.affinity,
      quota: info.quota > 0 ? info.quota : null,
    },
    cuda: { available: false, reason: 'this version has CPU kernels only' },
  }
}

/**
 * Sets the number of threads for every later call, kindred's kernels and newly started encoders alike.
 * @param threads 1 to 1024
 * @throws ERR_VALUE
 */
export function setThreads(threads: number): void {
  checkInteger('threads', threads, { min: 1, max: 1024 })
  nativeCallSync((native) => native.setThreads(threads))
}
