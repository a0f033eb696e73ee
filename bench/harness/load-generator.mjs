// A process of its own that loads a service and prints what it saw as JSON: node load-generator.mjs '{"url", ...}'.
// With `rate` the loop is open: requests start at their times (a Poisson process), whatever the answers do, and a latency counts
// from the time at which a request should have started. Without, each connection sends its next request at once (saturation).
import { setTimeout as sleep } from 'node:timers/promises'
import { HdrHistogram } from './hdr-histogram.mjs'
import { Connections } from './http-client.mjs'
import { generator } from './random.mjs'

const { url, rate, seconds, connections, users, items, k, eventShare, seed, path } = JSON.parse(process.argv[2])
const next = generator(seed)
const pool = new Connections(url, connections)
const latencies = { reads: new HdrHistogram(), events: new HdrHistogram() }
const failures = new Map()
const versions = new Set()

function request() {
  const user = Math.floor(next() * users)
  if (next() >= eventShare) return { kind: 'reads', path, body: `{"user":${user},"k":${k}}` }
  const item = Math.floor(next() * next() * items)
  return { kind: 'events', path: '/events', body: `[{"user":${user},"item":${item}}]` }
}

function count({ kind }, { status, body, error }, start) {
  latencies[kind].record(1000 * (performance.now() - start))
  if (status === (kind === 'reads' ? 200 : 202)) {
    const version = kind === 'reads' ? /"version":"([^"]*)"/.exec(body)?.[1] : undefined
    if (version !== undefined) versions.add(version.split('.')[0])
    return
  }
  const what = error ?? `${status} ${body.slice(0, 100)}`
  failures.set(what, (failures.get(what) ?? 0) + 1)
}

async function open() {
  const begin = performance.now()
  let due = begin
  let underWay = 0
  while (due < begin + 1000 * seconds) {
    const now = performance.now()
    while (due <= now) {
      const one = request()
      const start = due
      underWay++
      pool.post(one.path, one.body, (answer) => {
        underWay--
        count(one, answer, start)
      })
      due += (-1000 * Math.log(1 - next())) / rate
    }
    await sleep(Math.max(0, due - performance.now()))
  }
  for (const end = performance.now() + 10_000; underWay > 0 && performance.now() < end; ) await sleep(5)
  if (underWay > 0) failures.set('no answer', underWay)
  return performance.now() - begin
}

function closed() {
  const begin = performance.now()
  const end = begin + 1000 * seconds
  return new Promise((resolve) => {
    let running = connections
    const go = () => {
      const start = performance.now()
      if (start >= end) {
        if (--running === 0) resolve(start - begin)
        return
      }
      const one = request()
      pool.post(one.path, one.body, (answer) => {
        count(one, answer, start)
        go()
      })
    }
    for (let n = 0; n < connections; n++) setImmediate(go)
  })
}

const ms = await (rate ? open() : closed())
pool.end()
const summary = (histogram) => ({
  count: histogram.count,
  p50: histogram.percentile(50) / 1000,
  p99: histogram.percentile(99) / 1000,
  p999: histogram.percentile(99.9) / 1000,
  max: histogram.max / 1000,
})
const { reads, events } = latencies
console.log(
  JSON.stringify({
    reads: summary(reads),
    events: summary(events),
    perSecond: (1000 * (reads.count + events.count)) / ms,
    failures: [...failures],
    versions: versions.size,
  }),
)
