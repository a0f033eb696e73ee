// A worker thread that fits and recommends over and over, and tells whether all came out the same.
import { parentPort } from 'node:worker_threads'
import { makeLog, quickAls } from './logs.mjs'

const lists = async () => {
  const model = await quickAls().fit(makeLog({ users: 300 }))
  return JSON.stringify(await model.recommendMany(model.users, { k: 5 }))
}

let asked = false
parentPort.once('message', () => {
  asked = true
})
const first = await lists()
let rounds = 0
let same = true
while (!asked) {
  same &&= (await lists()) === first
  rounds++
  await new Promise((resolve) => setTimeout(resolve, 20))
}
parentPort.postMessage({ rounds, same, lists: first })
