// node queueing-round.mjs DIST MODEL: one round of `queueing` with the build in the folder DIST and the model in the
// folder MODEL. Prints { name: ms }.
import { pathToFileURL } from 'node:url'
import { median } from './statistics.mjs'

const [dist, folder] = process.argv.slice(2)
const load = (file) => import(new URL(file, `${pathToFileURL(dist)}/`))
const { loadModel, Matrix, setThreads, backendInfo } = await load('index.mjs')
const { nativeCall } = await load('native/native-call.js')
const times = {}

const filled = (rows, cols) =>
  new Matrix(
    rows,
    cols,
    Float32Array.from({ length: rows * cols }, (_, i) => ((i * 0.618) % 1) - 0.5),
  )
const small = filled(2, 2)
const gram = (matrix) => nativeCall(undefined, (native) => native.gram(matrix))
const topK = (queries, items, signal) =>
  nativeCall(signal, (native, abort) => native.topK(queries, items, 'dot', 10, null, null, abort))

async function ms(call) {
  const begun = performance.now()
  await call()
  return performance.now() - begun
}

async function typical(name, count, call) {
  await call(0)
  const each = []
  for (let n = 1; n <= count; n++) each.push(await ms(() => call(n)))
  times[name] = median(each)
}

/** A short call behind `count` long ones. */
async function behind(count) {
  const stop = new AbortController()
  const [queries, items] = [filled(8000, 64), filled(40_000, 64)]
  const calls = Array.from({ length: count }, () => topK(queries, items, stop.signal).catch(() => {}))
  times[`2 x 2 Gram, called right after ${count} long calls`] = await ms(() => gram(small))
  stop.abort()
  await Promise.all(calls)
}

await gram(small)
for (const count of [1, 16]) await behind(count)

const model = await loadModel(folder)
const [users, items] = [[...model.users], [...model.items]]
const at = (ids, n) => ids[(n * 7919) % ids.length]
const some = (n) => Array.from({ length: 20 }, (_, i) => at(items, 20 * n + i))
await typical('similarItems', 15, (n) => model.similarItems(at(items, n)))
await typical('similarUsers', 15, (n) => model.similarUsers(at(users, n)))
await typical('recommend', 15, (n) => model.recommend(at(users, n)))
await typical('recommendFor, 20 items', 15, (n) => model.recommendFor(some(n).map((item) => ({ item }))))
await typical('recommendUsers', 15, (n) => model.recommendUsers(at(items, n)))
await typical('score, 20 items', 15, (n) => model.score(at(users, n), some(n)))

const [tall, query, catalogue, left, right] = [
  filled(4096, 32),
  filled(1, 64),
  filled(20_000, 64),
  filled(64, 64),
  filled(1000, 64),
]
const before = backendInfo().threads.count
for (const threads of [1, 2, 8, 64]) {
  setThreads(threads)
  await typical(`Gram of 4096 x 32, ${threads} threads`, 200, () => gram(tall))
  await typical(`the best of 20,000 x 64 for one query, ${threads} threads`, 200, () => topK(query, catalogue))
  await typical(`products of 64 and 1000 vectors, ${threads} threads`, 200, () =>
    nativeCall(undefined, (native) => native.similarityMatrix(left, right, 'dot')),
  )
}
setThreads(before)
console.log(JSON.stringify(times))
