export { type BackendInfo, backendInfo, setThreads } from './native/backend.js'
export { KindredError, type KindredErrorCode } from './native/errors.js'
export { Matrix } from './native/matrix.js'
