// Reads of a FeatureStore: values of 10 and of 250 features, of one entity and of twenty, in process and in a local Redis, whose
// server is started here where there is one on PATH. Calls of 10 and 250 features take turns, one by one.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FeatureStore } from '../dist/index.mjs'
import { USUAL_ROUNDS } from './harness/compete.mjs'
import { generator } from './harness/random.mjs'
import { median, quantile } from './harness/statistics.mjs'

export const summary = 'reads of 10 and of 250 features, in process and in a local Redis'

const WIDTHS = [10, 250]
const ENTITIES = [1, 20]

const command = () => ['redis-server', 'valkey-server'].find((name) => spawnSync(name, ['--version']).status === 0)

async function freePort() {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

const listens = (port) =>
  new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1')
    socket.once('connect', () => resolve(socket.destroy() !== undefined))
    socket.once('error', () => resolve(false))
  })

async function startRedis(name) {
  const dir = mkdtempSync(join(tmpdir(), 'kindred-redis-'))
  const port = await freePort()
  const server = spawn(name, ['--port', port, '--bind', '127.0.0.1', '--save', '', '--dir', dir], { stdio: 'ignore' })
  while (!(await listens(port))) await new Promise((resolve) => setTimeout(resolve, 20))
  const stop = async () => {
    const ended = new Promise((resolve) => server.once('exit', resolve))
    server.kill()
    await ended
    rmSync(dir, { recursive: true })
  }
  return { url: `redis://127.0.0.1:${port}`, stop }
}

async function openStores(store, users) {
  const views = Object.fromEntries(WIDTHS.map((width) => [`v${width}`, { columns: { x: width } }]))
  const opened = await FeatureStore.open({ views, store })
  const next = generator(1)
  for (const width of WIDTHS)
    await opened.putMany(
      `v${width}`,
      Array.from({ length: users }, (_, id) => ({ id, values: Float32Array.from({ length: width }, next) })),
    )
  return opened
}

/** Milliseconds of each call, by width: calls of each take turns. */
async function round(store, { users, calls, entities }) {
  const next = generator(2)
  const times = WIDTHS.map(() => new Float64Array(calls))
  for (let call = 0; call < calls; call++)
    for (const [w, width] of WIDTHS.entries()) {
      const requests = Array.from({ length: entities }, () => ({ view: `v${width}`, id: Math.floor(users * next()) }))
      const start = performance.now()
      const answers = await store.get(requests)
      times[w][call] = performance.now() - start
      if (answers.some(({ status }) => status !== 'fresh')) throw new Error('a value is not fresh')
    }
  return times.map((list) => ({ p50: quantile(list, 0.5), p99: quantile(list, 0.99) }))
}

const short = (number) => Number(number.toPrecision(3))

export async function run({ small, rounds = USUAL_ROUNDS, notices, log }) {
  const [users, calls] = small ? [200, 200] : [20_000, 5000]
  const name = command()
  const redis = name === undefined ? undefined : await startRedis(name)
  if (redis === undefined) notices.push('No redis-server or valkey-server on PATH: Redis is left out.')
  const rows = []
  try {
    const places = [
      ['in process', 'memory'],
      ...(redis === undefined ? [] : [[`local ${name}`, { redis: redis.url, timeoutMs: 10_000 }]]),
    ]
    const stores = await Promise.all(places.map(([, store]) => openStores(store, users)))
    const cases = places.flatMap(([place], s) =>
      ENTITIES.map((entities) => ({ place, store: stores[s], entities, met: [] })),
    )
    for (let n = 0; n <= rounds; n++) {
      for (const one of cases) {
        const met = await round(one.store, { users, calls, entities: one.entities })
        if (n > 0) one.met.push(met) // the first warms up
      }
      log(`round ${n} of ${rounds}`)
    }
    for (const { place, entities, met } of cases) {
      for (const [w, width] of WIDTHS.entries()) {
        const of = (what) => short(median(met.map((times) => times[w][what])))
        const growth = (what) => short(median(met.map((times) => times[w][what] / times[0][what])))
        rows.push([place, entities, width, of('p50'), of('p99'), growth('p50'), growth('p99')])
      }
    }
    for (const store of stores) store.dispose()
  } finally {
    await redis?.stop()
  }
  const text = `Milliseconds of a read of ${users.toLocaleString('en')} entities, ${calls.toLocaleString('en')} reads a round. Median of ${rounds} rounds; growth: the ratio to 10 features of the same round.`
  const columns = ['where', 'entities', 'features', 'p50, ms', 'p99, ms', 'growth p50', 'growth p99']
  return { tables: [{ text, columns, rows }] }
}
