// A service under load on loopback, its generator in a process of its own: an open loop at a fixed rate with events among the
// requests and newer models swapped in, latencies from the intended start; then the requests a second at which it saturates,
// beside Fastify alone that answers an equal body.
import { spawn } from 'node:child_process'
import { cp, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { AlternatingLeastSquares, Interactions } from '../dist/index.mjs'
import { powerLawLog, rowsOf } from './harness/power-law-log.mjs'
import { median } from './harness/statistics.mjs'

export const summary = 'a service under load: latency at a rate, saturation beside bare Fastify'

const harness = (name) => fileURLToPath(new URL(`harness/${name}`, import.meta.url))
const command = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))

/** Every item once, and a log of power laws. */
function* rows(shape) {
  for (let item = 0; item < shape.items; item++) yield { user: item % shape.users, item }
  yield* rowsOf(powerLawLog(shape))
}

/** Starts a process whose first line is { url }. */
async function start(args) {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => child.on('close', resolve))
  const line = await Promise.race([
    new Promise((resolve) => createInterface(child.stdout).once('line', resolve)),
    ended.then((code) => Promise.reject(new Error(`${args[0]} ended with ${code}`))),
  ])
  const end = async () => {
    child.kill('SIGTERM')
    return ended
  }
  return { url: JSON.parse(line).url, end }
}

async function load(settings) {
  const child = spawn(process.execPath, [harness('load-generator.mjs'), JSON.stringify(settings)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  for await (const data of child.stdout) text += data
  return JSON.parse(text)
}

async function recommend(url, user, k) {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${url}/recommend`, { method: 'POST', headers, body: JSON.stringify({ user, k }) })
  return response.text()
}

async function metric(url, name) {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
}

/** Saves the other of two models into the served folder, again and again, while `work` is under way. */
async function swapping(dir, saved, count, seconds, work) {
  let isOver = false
  const swaps = (async () => {
    for (let n = 1; n <= count && !isOver; n++) {
      await sleep((1000 * seconds) / (count + 1))
      const from = saved[n % saved.length]
      for (const name of (await readdir(from)).sort().reverse()) {
        await cp(join(from, name), join(dir, `${name}.new`))
        await rename(join(dir, `${name}.new`), join(dir, name))
      }
    }
  })()
  const result = await work
  isOver = true
  await swaps
  return result
}

const short = (value) => Number(value.toPrecision(3))

export async function run({ small, rounds = 3, notices, arguments: args, log }) {
  const { values } = parseArgs({
    args,
    options: Object.fromEntries(
      ['rate', 'seconds', 'swaps', 'events', 'connections'].map((name) => [name, { type: 'string' }]),
    ),
  })
  const shape = small
    ? { users: 500, items: 2000, nonzeros: 5000, factors: 16 }
    : { users: 50_000, items: 100_000, nonzeros: 1_000_000, factors: 128 }
  const rate = Number(values.rate ?? (small ? 100 : 1000))
  const seconds = Number(values.seconds ?? (small ? 1 : 60))
  const swaps = Number(values.swaps ?? (small ? 1 : 5))
  const eventShare = Number(values.events ?? 5) / 100
  const connections = Number(values.connections ?? 64)
  const dir = await mkdtemp(join(tmpdir(), 'kindred-load-'))
  const running = []
  try {
    const saved = [join(dir, 'first'), join(dir, 'second')]
    const interactions = Interactions.from(rows(shape))
    for (const [n, folder] of saved.entries()) {
      const model = new AlternatingLeastSquares({ factors: shape.factors, iterations: 1, seed: n + 1 })
      await (await model.fit(interactions)).save(folder)
    }
    const folder = join(dir, 'served')
    await cp(saved[0], folder, { recursive: true })
    log('an open loop')
    const service = await start([command, 'serve', '--model', folder, '--json'])
    running.push(service)
    const settings = { users: shape.users, items: shape.items, k: 10, connections, path: '/recommend' }
    for (let n = 0; n < 20; n++) await recommend(service.url, n, 10)
    const work = load({ ...settings, url: service.url, rate, seconds, eventShare, seed: 7 })
    const seen = await swapping(folder, saved, swaps, seconds, work)
    const delay = await metric(service.url, 'kindred_event_loop_delay_max_seconds')
    const failed = seen.failures.reduce((sum, [, count]) => sum + count, 0)
    for (const [what, count] of seen.failures) notices.push(`failed: ${count} times ${what}`)
    log('saturation')
    const bare = await start([harness('bare-fastify.mjs'), await recommend(service.url, 1, 10)])
    running.push(bare)
    const few = { ...settings, eventShare: 0, seconds: small ? 0.5 : 5 }
    const ratios = { cached: [], computed: [] }
    const rates = { bare: [], cached: [], computed: [] }
    for (let round = 0; round < rounds; round++) {
      const alone = await load({ ...few, url: bare.url, seed: round + 1 })
      // Few users: their lists are kept; all of them: most are computed.
      const cached = await load({ ...few, url: service.url, users: 200, seed: round + 1 })
      const computed = await load({ ...few, url: service.url, seed: round + 1 })
      for (const { failures } of [cached, computed])
        for (const [what, count] of failures) notices.push(`failed: ${count} times ${what}`)
      rates.bare.push(alone.perSecond)
      rates.cached.push(cached.perSecond)
      rates.computed.push(computed.perSecond)
      ratios.cached.push(cached.perSecond / alone.perSecond)
      ratios.computed.push(computed.perSecond / alone.perSecond)
    }
    const times = (name, { count, p50, p99, p999, max }) => [name, count, ...[p50, p99, p999, max].map(short)]
    return {
      data: { seen, delay, rates, ratios },
      tables: [
        {
          text: `${shape.items.toLocaleString('en')} items of ${shape.factors} factors, ${shape.users.toLocaleString('en')} users; ${rate} requests a second for ${seconds} s, ${100 * eventShare} % events, ${swaps} swaps: ${failed} failed, ${seen.versions} saved models seen, loop delay at most ${short(1000 * delay)} ms.`,
          columns: ['', 'requests', 'p50, ms', 'p99, ms', 'p99.9, ms', 'max, ms'],
          rows: [times('lists', seen.reads), times('events', seen.events)],
        },
        {
          text: `Saturation on ${connections} connections, requests a second, median of ${rounds}.`,
          columns: ['', 'requests/s', 'of bare Fastify'],
          rows: [
            ['bare Fastify, an equal body', Math.round(median(rates.bare)), '1'],
            ['lists of 200 users', Math.round(median(rates.cached)), short(median(ratios.cached))],
            ['lists of all users', Math.round(median(rates.computed)), short(median(ratios.computed))],
          ],
        },
      ],
    }
  } finally {
    for (const process of running) await process.end()
    await rm(dir, { recursive: true, force: true })
  }
}
