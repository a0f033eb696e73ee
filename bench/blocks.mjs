// The longest time that the event loop stands still in each call, on MovieLens-1M where KINDRED_REAL points at it, else on
// a synthetic log of about its size, and on a log of a million rows with many users and items. Best of `rounds` (3).
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as kindred from '../dist/index.mjs'
import { longestBlock } from './harness/longest-block.mjs'
import { powerLawLog, rowsOf } from './harness/power-law-log.mjs'
import { generator } from './harness/random.mjs'
import { real } from './harness/real.mjs'

const { AlternatingLeastSquares, Features, Interactions, ItemKNN, Matrix, Popularity, SimilarityIndex } = kindred

export const summary = 'the longest that each call holds the event loop up'

const parquet = join(real, 'data/ml-1m/interactions.parquet')

/** Rows with a time. */
function* timed(shape) {
  let n = 0
  for (const row of rowsOf(powerLawLog(shape))) yield { ...row, time: (n++ * 7919) % 1_000_003 }
}

async function* streamed(rows) {
  yield* rows
}

function uniformMatrix(rows, cols, seed) {
  const next = generator(seed)
  return new Matrix(rows, cols, Float32Array.from({ length: rows * cols }, next))
}

/** Calls on a log; `measure(name, call)` gives what the call gives. */
async function callsOnLog(log, dir, measure) {
  const csv = join(dir, 'log.csv')
  const lines = Array.from(log, ({ user, item, time }) => `${user},${item},${time}`)
  await writeFile(csv, `user,item,time\n${lines.join('\n')}\n`)
  lines.length = 0
  // Before there are a million objects, which every full garbage collection marks.
  await measure('Interactions.read', () => Interactions.read(csv, { user: 'user', item: 'item', time: 'time' }))
  const rows = [...log]
  await measure('Interactions.from(iterable)', () => Interactions.from(rows), 'synchronous')
  await measure('Interactions.from(async iterable)', () => Interactions.from(streamed(rows)))
  await measure('filter', () => log.filter(({ item }) => item % 2 === 0), 'synchronous')
  for (const by of ['leave-last-out', 'random', 'time'])
    await measure(`split by ${by}`, () => log.split({ by }), 'synchronous')
  await measure('filterAsync', () => log.filterAsync(({ item }) => item % 2 === 0))
  for (const by of ['leave-last-out', 'random', 'time'])
    await measure(`splitAsync by ${by}`, () => log.splitAsync({ by }))
  const { train, test } = log.split({ by: 'leave-last-out' })
  const fit = () => new AlternatingLeastSquares({ factors: 32, iterations: 2 }).fit(train)
  const model = await measure('fit, AlternatingLeastSquares', fit)
  await measure('fit, ItemKNN', () => new ItemKNN().fit(train))
  await measure('fit, Popularity', () => new Popularity().fit(train))
  const folder = join(dir, 'model')
  await measure('save', () => model.save(folder))
  await measure('loadModel', () => kindred.loadModel(folder))
  const users = [...model.users].slice(0, 5000)
  await measure('recommendMany, 5,000 users', () => model.recommendMany(users))
  await measure('recommendUsers', () => model.recommendUsers(rows[0].item))
  const fresh = Interactions.from(rows.slice(0, 1000))
  await measure('update, 1,000 rows', () => model.update(fresh))
  const sample = Interactions.from([...test].slice(0, 5000))
  await measure('evaluate, 5,000 users', () => kindred.evaluate(model, sample))
}

/** Calls on vectors. */
async function callsOnVectors(rows, dir, measure) {
  const matrix = uniformMatrix(rows, 64, 1)
  const ids = Array.from({ length: rows }, (_, n) => n)
  const features = await measure('Features.from(ids, Matrix)', () => Features.from(ids, matrix), 'synchronous')
  await measure('Features.fromAsync', () => Features.fromAsync(ids, matrix))
  const [folder, npy] = [join(dir, 'features'), join(dir, 'm.npy')]
  await measure('Features save', () => features.save(folder))
  await measure('Features.load', () => Features.load(folder))
  await measure('Matrix write, .npy', () => matrix.write(npy))
  await measure('Matrix.read, .npy', () => Matrix.read(npy))
  const index = await measure('SimilarityIndex.build', () => SimilarityIndex.build(features))
  await measure('searchItems, 100 queries', () => index.searchItems(matrix.subarray(0, 100)))
  index.dispose()
}

async function tableOf(text, rounds, calls) {
  const rows = []
  const dir = await mkdtemp(join(tmpdir(), 'kindred-blocks-'))
  const measure = async (name, call, note = '') => {
    let best
    for (let round = 0; round < rounds; round++) {
      const measured = await longestBlock(call)
      if (best === undefined || measured.block < best.block) best = measured
    }
    rows.push([name, Number(best.block.toPrecision(best.block < 10 ? 2 : 3)), note])
    return best.result
  }
  try {
    await calls(dir, measure)
  } finally {
    await rm(dir, { recursive: true })
  }
  return { text, columns: ['call', 'longest block, ms', ''], rows }
}

export async function run({ small, rounds = 3, notices }) {
  const hasReal = existsSync(parquet)
  const first = hasReal
    ? await longestBlock(() => Interactions.read(parquet, { user: 'user_id', item: 'item_id' }))
    : undefined
  if (!hasReal) notices.push('no MovieLens-1M under KINDRED_REAL: a synthetic log stands in for it')
  else notices.push(`The first read of a process loads DuckDB: a block of ${Math.round(first.block)} ms.`)
  const million = small ? 50_000 : 1_000_000
  const ml1m = hasReal
    ? await Interactions.read(parquet, { user: 'user_id', item: 'item_id', time: 'position' })
    : Interactions.from(timed({ users: 6040, items: 3706, nonzeros: million }))
  const wide = Interactions.from(timed({ users: million / 10, items: million / 25, nonzeros: million }))
  const size = (log) => log.size.toLocaleString('en')
  return {
    tables: [
      await tableOf(
        `${hasReal ? 'MovieLens-1M' : 'Synthetic'}: ${size(ml1m)} rows, 6,040 users.`,
        rounds,
        (dir, measure) => callsOnLog(ml1m, dir, measure),
      ),
      await tableOf(
        `Synthetic: ${size(wide)} rows, ${(million / 10).toLocaleString('en')} users.`,
        rounds,
        (dir, measure) => callsOnLog(wide, dir, measure),
      ),
      await tableOf(`${(million / 10).toLocaleString('en')} vectors of 64 dimensions.`, rounds, (dir, measure) =>
        callsOnVectors(million / 10, dir, measure),
      ),
    ],
  }
}
