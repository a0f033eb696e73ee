export { type BackendInfo, backendInfo, setThreads } from './backend.js'
export { KindredError, type KindredErrorCode } from './errors.js'
