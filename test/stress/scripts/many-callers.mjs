// A large fit, with many questions to another model meanwhile. Prints { answered, wrong, before }: the answers, those
// that were wrong, and those that came before the fit was done.
import { makeLog, quickAls, slowAls } from './logs.mjs'

const model = await quickAls().fit(makeLog())
const users = [...model.users]
const expected = (await model.recommendMany(users, { k: 10 })).map((list) => JSON.stringify(list))

const stop = new AbortController()
let fitting = true
const fit = slowAls()
  .fit(makeLog(), { signal: stop.signal })
  .catch(({ name }) => {
    if (name !== 'AbortError') throw new Error(name)
    fitting = false
  })

let answered = 0
let wrong = 0
let before = 0
async function ask(first) {
  for (let n = 0, user = first; n < 100; n++, user = (user + 37) % users.length) {
    const [list] = await Promise.all([model.recommend(users[user], { k: 10 }), model.similarItems(user % 500)])
    answered++
    if (fitting) before++
    if (JSON.stringify(list) !== expected[user]) wrong++
  }
}
await Promise.all(Array.from({ length: 40 }, (_, n) => ask(n)))
stop.abort()
await fit
console.log(JSON.stringify({ answered, wrong, before }))
