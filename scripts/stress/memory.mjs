// Fits, builds, reads, saves and loads over and over: after a first part the resident memory stays where it is.
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { evaluate, Interactions, loadModel, SimilarityIndex, TextEmbedder } from 'kindred'
import { expectEqual } from './expect-typed.mjs'
import { fitted, numbers, rows, writeTables } from './samples.mjs'

/** A case is one round of everything. */
export const counts = { full: 3000, part: 60 }

export const nodeArgs = ['--expose-gc']

/** Rounds before the first measurement, and what may be added after it, in MB. */
const WARM_UP = 20
const MOST = 60

export async function prepare(folder) {
  await writeTables(folder)
  const log = Interactions.from(rows({ users: 200, items: 100 }))
  return { folder, log, split: log.split({ by: 'leave-last-out' }), encoder: await TextEmbedder.load() }
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
  if (state.rounds === WARM_UP) state.begun = await residentMegabytes()
  state.rounds = (state.rounds ?? 0) + 1
  const model = await fitted(FITS[number % FITS.length], split.train)
  await evaluate(model, split.test, { k: [5] })
  await model.save(join(folder, 'model'))
  await (await loadModel(join(folder, 'model'))).recommendMany(log.users, { k: 10 })
  const index = await SimilarityIndex.build(numbers(2000, 32))
  await index.search(numbers(10, 32), { k: 5 })
  const read = await Interactions.read(join(folder, TABLES[number % TABLES.length]), { user: 'user', item: 'item' })
  expectEqual(read.size > 100, true, 'rows are read')
  await encoder.embed(['a whale at sea', 'tax law'])
}

export async function finish({ begun, rounds }) {
  if (begun === undefined) return `${rounds} rounds, too few to measure`
  const ended = await residentMegabytes()
  if (ended - begun > MOST) throw new Error(`resident memory grew from ${begun.toFixed(0)} to ${ended.toFixed(0)} MB`)
  return `resident memory ${begun.toFixed(0)} MB after ${WARM_UP} rounds, ${ended.toFixed(0)} MB after ${rounds}`
}
