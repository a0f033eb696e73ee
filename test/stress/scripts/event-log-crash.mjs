// Kills a writer of an EventLog with SIGKILL, again and again, and looks each time whether all that it acknowledged is there.
// node event-log-crash.mjs [kills, default 200] [seed]
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EventLog } from '../../../dist/serve/events/event-log.js'

const WRITERS = 16
const MOST_BEFORE_KILL = 300

/** Appends numbers until it is killed, and prints those that were acknowledged. */
async function write(dir, first) {
  const log = await EventLog.open(dir, { segmentBytes: 1 << 14, lockTimeout: 30_000 })
  let number = first
  await Promise.all(
    Array.from({ length: WRITERS }, async () => {
      for (;;) {
        const own = Array.from({ length: 1 + (number % 3) }, (_, n) => number + n)
        number += own.length
        await log.append(own.map((item) => ({ user: `user ${item}`, item, weight: 1, time: item })))
        writeSync(1, `${own.join('\n')}\n`)
      }
    }),
  )
}

/** Runs a writer and kills it once it has acknowledged so many. @returns what it acknowledged */
function killed(dir, first, after) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [fileURLToPath(import.meta.url), 'write', dir, String(first)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let text = ''
    let lines = 0
    child.stdout.on('data', (data) => {
      text += data
      for (const byte of data) if (byte === 10) lines++
      if (lines >= after) child.kill('SIGKILL')
    })
    // What it began to print as it was killed counts only where the line is whole.
    child.on('close', () =>
      resolve(
        text
          .slice(0, text.lastIndexOf('\n') + 1)
          .split('\n')
          .filter(Boolean)
          .map(Number),
      ),
    )
  })
}

async function main(kills, seed) {
  const dir = mkdtempSync(join(tmpdir(), 'kindred-crash-'))
  const acknowledged = new Set()
  let state = seed
  let cut = 0
  try {
    for (let kill = 0; kill < kills; kill++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      const numbers = await killed(dir, kill * 1_000_000, 1 + (state % MOST_BEFORE_KILL))
      if (numbers.length === 0) throw new Error(`writer ${kill} acknowledged nothing`)
      for (const number of numbers) acknowledged.add(number)
      const log = await EventLog.open(dir, { segmentBytes: 1 << 14, lockTimeout: 30_000 })
      const found = new Set()
      let next = 0
      for await (const { user, item, sequence } of log.replay()) {
        if (sequence !== next++ || user !== `user ${item}` || found.has(item))
          throw new Error(`event ${sequence}: ${item} of ${user} should not be there`)
        found.add(item)
      }
      cut += log.report.cutBytes > 0 ? 1 : 0
      await log.close()
      const lost = [...acknowledged].filter((number) => !found.has(number))
      if (lost.length > 0)
        throw new Error(`after kill ${kill + 1}, ${lost.length} acknowledged events are lost: ${lost[0]}`)
    }
    console.log(`${kills} kills, ${acknowledged.size} acknowledged events, none lost; ${cut} torn tails cut`)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

const [first, second, third] = process.argv.slice(2)
if (first === 'write') await write(second, Number(third))
else await main(Number(first ?? 200), Number(second ?? 1))
