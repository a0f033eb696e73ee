// Terminates a worker whose call waits in line behind long calls of the main thread, which are asked to
// stop afterwards. Prints the milliseconds that the termination took.
import { Worker } from 'node:worker_threads'
import { SLOW_CALLS } from './slow-calls.mjs'

const start = await SLOW_CALLS.topK()
const stop = new AbortController()
const calls = Array.from({ length: 20 }, () => start(stop.signal).catch(({ name }) => name))
const worker = new Worker(new URL('busy-worker.mjs', import.meta.url), { workerData: { kind: 'topK' } })
await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
const begun = performance.now()
await worker.terminate()
const ms = performance.now() - begun
stop.abort()
console.log(JSON.stringify({ ms, ended: [...new Set(await Promise.all(calls))] }))
