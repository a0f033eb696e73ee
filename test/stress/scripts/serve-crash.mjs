// Kills `kindred serve` with SIGKILL while clients post events to it, at random moments of writing, again and again, and looks each
// time whether every event that was answered by 202 is there: in the log on disk, and in the history that the restarted service tells.
// node serve-crash.mjs [kills, default 50] [seed]
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Interactions } from '../../../dist/data/log/interactions.js'
import { Popularity } from '../../../dist/models/baselines/popularity.js'
import { EventLog } from '../../../dist/serve/events/event-log.js'

const CLI = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))
const CLIENTS = 16
const ITEMS = 20
/** The longest time between the first acknowledged event and the kill. */
const MOST_MS = 250

async function serve(model) {
  const child = spawn(process.execPath, [CLI, 'serve', '--model', model, '--port', '0', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  const [line] = await Promise.race([
    once(createInterface(child.stdout), 'line'),
    closed.then(() => Promise.reject(new Error('the service ended before it listened'))),
  ])
  const kill = async (signal) => {
    child.kill(signal)
    return closed
  }
  return { url: JSON.parse(line).url, kill }
}

const post = (url, route, body) =>
  fetch(url + route, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

/** Posts lists of 1 to 3 events, each of a user of its own, until the service is gone. @returns the number of each acknowledged one */
async function write(url, first, kill, afterMs) {
  const acknowledged = []
  let number = first
  let killing
  let isGone = false
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      while (!isGone) {
        const own = Array.from({ length: 1 + (number % 3) }, (_, n) => number + n)
        number += own.length
        try {
          const response = await post(
            url,
            '/events',
            own.map((n) => ({ user: `user ${n}`, item: n % ITEMS, time: n })),
          )
          // The status has come: that is the acknowledgement, whatever becomes of the rest of the answer.
          if (response.status !== 202) throw new Error(`/events answered ${response.status}: ${await response.text()}`)
          acknowledged.push(...own)
          killing ??= sleep(afterMs).then(() => kill('SIGKILL'))
          await response.text()
        } catch (error) {
          // Connections of a service that is killed fail.
          if (killing === undefined || !(error instanceof TypeError)) throw error
          isGone = true
        }
      }
    }),
  )
  await killing
  return acknowledged
}

/** The items by user of all events in a log. */
async function logged(dir) {
  const log = await EventLog.open(dir, { lockTimeout: 30_000 })
  const found = new Map()
  let next = 0
  for await (const { user, item, sequence } of log.replay()) {
    if (sequence !== next++ || found.has(user)) throw new Error(`event ${sequence} of ${user} should not be there`)
    found.set(user, item)
  }
  const isCut = log.report.cutBytes > 0
  await log.close()
  return { found, isCut }
}

async function checkHistories(url, numbers) {
  for (const n of numbers) {
    const { items } = await (await post(url, '/history', { user: `user ${n}` })).json()
    if (items?.length !== 1 || items[0].item !== n % ITEMS)
      throw new Error(`the service does not know the acknowledged event ${n}: ${JSON.stringify(items)}`)
  }
}

async function main(kills, seed) {
  const dir = mkdtempSync(join(tmpdir(), 'kindred-serve-crash-'))
  const model = join(dir, 'model')
  const rows = Array.from({ length: ITEMS }, (_, item) => ({ user: 'first', item, time: 0 }))
  await (await new Popularity().fit(Interactions.from(rows))).save(model)
  const acknowledged = new Set()
  let state = seed
  let cut = 0
  let server = await serve(model)
  try {
    for (let kill = 0; kill < kills; kill++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      const numbers = await write(server.url, kill * 1_000_000, server.kill, state % MOST_MS)
      for (const number of numbers) acknowledged.add(number)
      const { found, isCut } = await logged(join(model, 'events'))
      if (isCut) cut++
      const lost = [...acknowledged].filter((number) => found.get(`user ${number}`) !== number % ITEMS)
      if (lost.length > 0)
        throw new Error(`after kill ${kill + 1}, ${lost.length} acknowledged events are lost: ${lost[0]}`)
      server = await serve(model)
      await checkHistories(server.url, numbers.slice(-50))
    }
    console.log(`${kills} kills, ${acknowledged.size} events answered by 202, none lost; ${cut} torn tails cut`)
  } finally {
    await server.kill('SIGKILL')
    rmSync(dir, { recursive: true, force: true })
  }
}

const [kills, seed] = process.argv.slice(2)
await main(Number(kills ?? 50), Number(seed ?? 1))
