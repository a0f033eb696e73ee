// A worker thread that is always in the midst of a call, and tells when it is.
import { parentPort, workerData } from 'node:worker_threads'
import { SLOW_CALLS } from './slow-calls.mjs'

const start = await SLOW_CALLS[workerData.kind](workerData.file)
const running = start()
parentPort.postMessage('busy')
await running
