export { type BackendInfo, backendInfo, type CudaInfo, setThreads } from './backend.js'
export type { AbortOptions, Progress } from './call-options.js'
export type { Device } from './device.js'
export { KindredError, type KindredErrorCode } from './errors.js'
