// Short calls: beside long ones, of a model with a large catalogue, and by the number of threads. With the folder of
// another build as argument (the dist of another checkout), rounds of both take turns, each in a process of its own.
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { AlternatingLeastSquares, Interactions } from '../dist/index.mjs'
import { USUAL_ROUNDS } from './harness/compete.mjs'
import { powerLawLog, rowsOf } from './harness/power-law-log.mjs'
import { median } from './harness/statistics.mjs'

export const summary = 'short calls: beside long ones, of a large catalogue, by the number of threads'

const script = fileURLToPath(new URL('harness/queueing-round.mjs', import.meta.url))
const own = fileURLToPath(new URL('../dist', import.meta.url))

async function play(dist, folder) {
  const { stdout } = await promisify(execFile)(process.execPath, [script, dist, folder])
  return JSON.parse(stdout)
}

/** Every item once, and a log of power laws. */
function* rows({ users, items, nonzeros }) {
  for (let item = 0; item < items; item++) yield { user: item % users, item }
  yield* rowsOf(powerLawLog({ users, items, nonzeros }))
}

const short = (ms) => Number(ms.toPrecision(3))

export async function run({ small, rounds = USUAL_ROUNDS, notices, arguments: [other], log }) {
  const shape = small
    ? { users: 1000, items: 3000, nonzeros: 10_000 }
    : { users: 100_000, items: 300_000, nonzeros: 1_000_000 }
  const folder = await mkdtemp(join(tmpdir(), 'kindred-queueing-'))
  const [mine, theirs] = [[], []]
  const loads = []
  try {
    await (await new AlternatingLeastSquares({ factors: 64, iterations: 1 }).fit(Interactions.from(rows(shape)))).save(
      folder,
    )
    for (let round = 1; round <= rounds; round++) {
      if (other !== undefined) theirs.push(await play(resolve(other), folder))
      mine.push(await play(own, folder))
      loads.push(loadavg()[0])
      log(`round ${round} of ${rounds}`)
    }
  } finally {
    await rm(folder, { recursive: true })
  }
  notices.push(`Load of the machine during the rounds: ${loads.map((load) => load.toFixed(0)).join(', ')}.`)
  const of = (some, name) => some.map((times) => times[name])
  const names = Object.keys(mine[0])
  const [users, items] = [shape.users, shape.items].map((size) => size.toLocaleString('en'))
  const text = `Milliseconds of a call; of a model of ${users} users and ${items} items, 64 factors. Median of ${rounds} rounds.`
  if (other === undefined)
    return {
      tables: [{ text, columns: ['call', 'ms'], rows: names.map((name) => [name, short(median(of(mine, name)))]) }],
    }
  const rowOf = (name) => {
    const ratios = theirs.map((times, n) => times[name] / mine[n][name]).sort((a, b) => a - b)
    const range = `${short(median(ratios))} (${short(ratios[0])} to ${short(ratios.at(-1))})`
    return [name, short(median(of(theirs, name))), short(median(of(mine, name))), range]
  }
  return { tables: [{ text, columns: ['call', 'before, ms', 'now, ms', 'before / now'], rows: names.map(rowOf) }] }
}
