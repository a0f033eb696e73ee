// Fits, builds, reads, saves and loads over and over: after a first part the resident memory stays where it is.
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { evaluate, Interactions, loadModel, SimilarityIndex, TextEmbedder } from 'kindred'
import { expectEqual } from './expect-typed.mjs'
import { fitted, numbers, rows, writeTables } from './samples.mjs'

/** A case is one round of everything. */
export const counts = { full: 3000, part: 60 }

export const nodeArgs = ['--expose-gc']

/** How often the memory is measured, and what the least of the last third may have above the most of early rounds, in MB. */
const SAMPLES = 60
const MOST = 40

export async function prepare(folder, count) {
  await writeTables(folder)
  const log = Interactions.from(rows({ users: 200, items: 100 }))
  const split = log.split({ by: 'leave-last-out' })
  return {
    folder,
    log,
    split,
    encoder: await TextEmbedder.load(),
    every: Math.ceil(count / SAMPLES),
    rounds: 0,
    sizes: [],
  }
}

const FITS = ['AlternatingLeastSquares', 'BayesianPersonalizedRanking', 'EASE', 'ItemKNN', 'PureSVD', 'P3alpha', 'SLIM']
const TABLES = ['log.csv', 'log.jsonl', 'log.parquet', 'log.csv.gz']

async function residentMegabytes() {
  for (let n = 0; n < 5; n++) {
    globalThis.gc()
    await pause(10)
  }
  return process.memoryUsage().rss / 2 ** 20
}

export async function run(state, _random, number) {
  const { folder, log, split, encoder } = state
  const model = await fitted(FITS[number % FITS.length], split.train)
  await evaluate(model, split.test, { k: [5] })
  await model.save(join(folder, 'model'))
  await (await loadModel(join(folder, 'model'))).recommendMany(log.users, { k: 10 })
  const index = await SimilarityIndex.build(numbers(2000, 32))
  await index.search(numbers(10, 32), { k: 5 })
  const read = await Interactions.read(join(folder, TABLES[number % TABLES.length]), { user: 'user', item: 'item' })
  expectEqual(read.size > 100, true, 'rows are read')
  await encoder.embed(['a whale at sea', 'tax law'])
  if (state.rounds++ % state.every === 0) state.sizes.push(await residentMegabytes())
}

export function finish({ sizes }) {
  if (sizes.length < SAMPLES / 2) return 'too few rounds to measure'
  const early = Math.max(...sizes.slice(sizes.length / 6, sizes.length / 3))
  const late = Math.min(...sizes.slice((2 * sizes.length) / 3))
  const said = `resident memory at most ${early.toFixed(0)} MB early, at least ${late.toFixed(0)} MB late`
  if (late - early > MOST) throw new Error(said)
  return said
}
