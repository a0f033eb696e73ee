/**
 * Errors, and what the kernels run on: instruction set, threads, GPU. From `'kindred'`.
 * @module runtime
 */

export { type BackendInfo, backendInfo, type CudaInfo, setThreads } from './backend.js'
export type { AbortOptions, Progress } from './call-options.js'
export type { Device } from './device.js'
export { KindredError, type KindredErrorCode } from './errors.js'
