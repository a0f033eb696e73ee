// A short call behind long ones, which are asked to stop once it has settled. Prints { product, settled, ended }: what it
// gave, how many of the long ones had settled by then, and how they ended.
import { Matrix } from 'kindred'
import { nativeCall } from '#lib/native/native-call.js'
import { SLOW_CALLS } from './slow-calls.mjs'

const start = await SLOW_CALLS.topK()
const stop = new AbortController()
let settled = 0
const calls = Array.from({ length: Number(process.argv[2]) }, async () => {
  try {
    await start(stop.signal)
  } catch ({ name }) {
    return name
  } finally {
    settled++
  }
})
const small = new Matrix(2, 2, Float32Array.of(1, 2, 3, 4))
const product = await nativeCall(undefined, (native) => native.gram(small))
const before = settled
stop.abort()
console.log(JSON.stringify({ product: [...product], settled: before, ended: [...new Set(await Promise.all(calls))] }))
