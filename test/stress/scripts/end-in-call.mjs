// Ends the process in the midst of a call, in the way asked for.
import { SLOW_CALLS } from './slow-calls.mjs'

const [kind, how] = process.argv.slice(2)
const ends = {
  exit0: () => process.exit(0),
  exit7: () => process.exit(7),
  throw: () => {
    throw new Error('mine')
  },
  reject: () => {
    Promise.reject(new Error('mine'))
  },
  sigterm: () => process.kill(process.pid, 'SIGTERM'),
}
const start = await SLOW_CALLS[kind]()
start().then(() => console.log('the call was too quick'))
setTimeout(ends[how], 300)
