// Rounds of eight workers, terminated in the midst of their calls while a ninth and the main thread go on.
// Prints { terminated, slowest, rounds, same, lists }.
import { Worker } from 'node:worker_threads'
import { makeLog, quickAls } from './logs.mjs'

const [rounds, file] = [Number(process.argv[2]), process.argv[3]]
const kinds = ['fit', 'topK', 'embed', 'recommendMany', 'similarItems', 'evaluate', 'read', 'kernelRidge']
const here = (name) => new URL(name, import.meta.url)
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

let slowest = 0
let terminated = 0

async function startAndTerminate(kind, ms) {
  const worker = new Worker(here('busy-worker.mjs'), { workerData: { kind, file } })
  await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
  await pause(ms)
  const begun = performance.now()
  await worker.terminate()
  slowest = Math.max(slowest, performance.now() - begun)
  terminated++
}

/** Whatever it is at by then: starting, loading the addon, or in its first call. */
async function terminateAfter(kind, ms) {
  const worker = new Worker(here('busy-worker.mjs'), { workerData: { kind, file } })
  await pause(ms)
  await worker.terminate()
  terminated++
}

const steady = new Worker(here('steady-worker.mjs'))
for (let round = 0; round < rounds; round++)
  await Promise.all(kinds.map((kind, n) => startAndTerminate(kind, 40 * (n + round))))
for (let round = 0; round < rounds; round++)
  await Promise.all(kinds.map((kind, n) => terminateAfter(kind, 50 + 25 * (n + 8 * round))))
steady.postMessage('tell')
const reported = await new Promise((resolve, reject) => steady.once('message', resolve).once('error', reject))

const model = await quickAls().fit(makeLog({ users: 300 }))
const lists = JSON.stringify(await model.recommendMany(model.users, { k: 5 }))
console.log(
  JSON.stringify({ terminated, slowest, rounds: reported.rounds, same: reported.same && reported.lists === lists }),
)
