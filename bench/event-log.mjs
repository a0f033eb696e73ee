// Events a second that are on the disk: writers, each of which waits for its append before the next, share flushes. Beside them the
// flushes a second that the disk gives at all, one after another, which is the limit of a single writer. Argument: the folder to write
// in (a temporary one), which decides what disk it is.
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EventLog } from '../dist/index.mjs'
import { median } from './harness/statistics.mjs'

export const summary = 'durable events a second, by writers at a time'

const WRITERS = [1, 16, 256, 2048]
const ROUNDS = 7

/** Flushes a second of appended records of 64 bytes. */
function flushRate(dir, milliseconds) {
  const file = openSync(join(dir, 'flushes'), 'w')
  const record = Buffer.alloc(64, 7)
  const end = performance.now() + milliseconds
  let flushes = 0
  while (performance.now() < end) {
    writeSync(file, record)
    fdatasyncSync(file)
    flushes++
  }
  closeSync(file)
  return (flushes * 1000) / milliseconds
}

/** Events a second of so many writers. */
async function eventRate(dir, writers, milliseconds) {
  const log = await EventLog.open(mkdtempSync(join(dir, 'log-')))
  const end = performance.now() + milliseconds
  let events = 0
  await Promise.all(
    Array.from({ length: writers }, async (_, user) => {
      for (let item = 0; performance.now() < end; item++) {
        await log.append([{ user, item, weight: 1, time: item }])
        events++
      }
    }),
  )
  const seconds = (performance.now() - end + milliseconds) / 1000
  await log.close()
  return events / seconds
}

export async function run({ small, log: tell, arguments: [where = tmpdir()] }) {
  const dir = mkdtempSync(join(where, 'kindred-events-'))
  const milliseconds = small ? 100 : 1000
  const rates = Object.fromEntries(['flushes', ...WRITERS].map((name) => [name, []]))
  try {
    for (let round = 0; round < (small ? 1 : ROUNDS); round++) {
      tell(`round ${round + 1}`)
      rates.flushes.push(flushRate(dir, milliseconds))
      for (const writers of WRITERS) rates[writers].push(await eventRate(dir, writers, milliseconds))
    }
  } finally {
    rmSync(dir, { recursive: true })
  }
  const told = (name) => Math.round(median(rates[name])).toLocaleString('en')
  return {
    data: rates,
    tables: [
      {
        text: `Events that were acknowledged, a second; the disk gives ${told('flushes')} flushes a second, one after another.`,
        columns: ['writers', 'events/s'],
        rows: WRITERS.map((writers) => [String(writers), told(writers)]),
      },
    ],
  }
}
