// Fits on a large log and lists for all its users. Prints the longest stretch, in ms, for which each kept the main
// thread from its event loop: the least of a few attempts, since the garbage collector may add its own.
import { AlternatingLeastSquares } from 'kindred'
import { makeLog } from './logs.mjs'
import { longestHold } from './longest-hold.mjs'

const log = makeLog({ users: 20_000, items: 3000, perUser: 20 })
const least = { fit: Number.POSITIVE_INFINITY, lists: Number.POSITIVE_INFINITY }
for (let attempt = 0; attempt < 4; attempt++) {
  const fit = await longestHold(() => new AlternatingLeastSquares({ factors: 64, iterations: 1 }).fit(log))
  const lists = await longestHold(() => fit.result.recommendMany(fit.result.users, { k: 50 }))
  least.fit = Math.min(least.fit, fit.ms)
  least.lists = Math.min(least.lists, lists.ms)
}
console.log(JSON.stringify(least))
