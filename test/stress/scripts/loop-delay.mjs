// Fits on a large log and lists for all its users. Prints the longest stretch, in ms, for which each kept the main
// thread from its event loop: the least of a few attempts, since the garbage collector may add its own. The thread's own
// processor time is taken (Linux), as other programs cannot lengthen it.
import { readFileSync } from 'node:fs'
import { AlternatingLeastSquares } from 'kindred'
import { makeLog } from './logs.mjs'

const mainThread = `/proc/self/task/${process.pid}/schedstat`
const milliseconds = () => Number(readFileSync(mainThread, 'utf8').split(' ')[0]) / 1e6

async function longest(call) {
  let most = 0
  let last = milliseconds()
  let done = false
  const tick = () => {
    const now = milliseconds()
    most = Math.max(most, now - last)
    last = now
    if (!done) setTimeout(tick, 1)
  }
  tick()
  const result = await call()
  tick()
  done = true
  return { result, ms: most }
}

const log = makeLog({ users: 20_000, items: 3000, perUser: 20 })
const least = { fit: Number.POSITIVE_INFINITY, lists: Number.POSITIVE_INFINITY }
for (let attempt = 0; attempt < 4; attempt++) {
  const fit = await longest(() => new AlternatingLeastSquares({ factors: 64, iterations: 1 }).fit(log))
  const lists = await longest(() => fit.result.recommendMany(fit.result.users, { k: 50 }))
  least.fit = Math.min(least.fit, fit.ms)
  least.lists = Math.min(least.lists, lists.ms)
}
console.log(JSON.stringify(least))
