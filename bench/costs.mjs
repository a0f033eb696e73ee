// What each part of the pipeline costs on this machine. On MovieLens-1M where KINDRED_REAL points at it, else on a
// synthetic log of about its size. Median of `rounds` runs (7 by default) after one to warm up.
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AlternatingLeastSquares, evaluate, Interactions, loadModel, TextEmbedder } from '../dist/index.mjs'
import { USUAL_ROUNDS } from './harness/compete.mjs'
import { powerLawLog, rowsOf } from './harness/power-law-log.mjs'
import { real } from './harness/real.mjs'
import { median } from './harness/statistics.mjs'

export const summary = 'what each part of the pipeline costs'

const parquet = join(real, 'data/ml-1m/interactions.parquet')
const encoderFolder = join(real, 'models/all-MiniLM-L6-v2')
const TEXT =
  'A little boy named Andy loves to be in his room, playing with his toys, especially his doll named "Woody".'

const read = () => Interactions.read(parquet, { user: 'user_id', item: 'item_id', time: 'position' })

/** A log of MovieLens-1M's shape. */
const synthetic = () => Interactions.from(rowsOf(powerLawLog({ users: 6040, items: 3706, nonzeros: 1_000_000 })))

async function costsOfModel(train, test, row, time) {
  const fit = (iterations) => new AlternatingLeastSquares({ factors: 64, iterations }).fit(train)
  const [short, long] = [await time(() => fit(1)), await time(() => fit(6))]
  row('ALS, 64 factors: one sweep', (long - short) / 5, `${train.size.toLocaleString('en')} interactions`)
  const model = await fit(15)
  const judging = await time(() => evaluate(model, test, { k: [10, 20] }))
  row('evaluate, k = 10 and 20', judging, 'full ranking, 1000 resamples')
  const users = [...model.users]
  const one = await time(async () => {
    for (let i = 0; i < 100; i++) await model.recommend(users[i])
  })
  row('recommend, one user, k = 10', one / 100, `${model.items.size} items`)
  const all = await time(() => model.recommendMany(users))
  row(`recommendMany, ${users.length} users, k = 10`, all, 'as lists of objects')
  const histories = [...model.items].slice(0, 119).map((item) => ({ item }))
  const folded = await time(async () => {
    for (let i = 0; i < 100; i++) await model.recommendFor(histories.slice(i, i + 20))
  })
  row('recommendFor, 20 items of history', folded / 100, 'exact fold-in')
  const dir = await mkdtemp(join(tmpdir(), 'kindred-costs-'))
  try {
    row('save the model', await time(() => model.save(dir)), 'safetensors, checksummed, flushed')
    row('load the model', await time(() => loadModel(dir)), 'verified')
  } finally {
    await rm(dir, { recursive: true })
  }
}

async function costsOfEncoder(row, time) {
  for (const dtype of ['fp32', 'int8']) {
    const encoder = await TextEmbedder.load(encoderFolder, { dtype })
    const texts = Array.from({ length: 128 }, (_, i) => `${i}. ${TEXT}`)
    const ms = (await time(() => encoder.embed(texts))) / texts.length
    row(`embed a sentence of 31 tokens, MiniLM ${dtype}`, ms, 'in batches')
    encoder.dispose()
  }
}

export async function run({ rounds = USUAL_ROUNDS, notices }) {
  const time = async (call) => {
    const times = []
    for (let i = 0; i <= rounds; i++) {
      const start = performance.now()
      await call()
      times.push(performance.now() - start)
    }
    return median(times.slice(1))
  }
  const rows = []
  const row = (part, ms, note) => rows.push([part, ms < 10 ? Number(ms.toPrecision(2)) : Math.round(ms), note])
  const hasReal = existsSync(parquet)
  if (hasReal) row('read 1,000,209 rows of Parquet', await time(read), 'DuckDB, ids mapped, duplicates checked')
  else notices.push('no MovieLens-1M under KINDRED_REAL: a synthetic log stands in for it')
  const log = hasReal ? await read() : synthetic()
  row('split leave-last-out', await time(() => log.split({ by: 'leave-last-out' })), 'synchronous')
  const { train, test } = log.split({ by: 'leave-last-out' })
  await costsOfModel(train, test, row, time)
  if (existsSync(encoderFolder)) await costsOfEncoder(row, time)
  else notices.push('no models/all-MiniLM-L6-v2 under KINDRED_REAL: no encoder is timed')
  return { tables: [{ text: hasReal ? 'MovieLens-1M.' : undefined, columns: ['part', 'ms', ''], rows }] }
}
