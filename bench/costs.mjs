// What each part costs on this machine: node bench/costs.mjs [--markdown]. On MovieLens-1M where KINDRED_REAL points at
// it, else on a synthetic log of the same size. Median of seven runs after one to warm up.
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AlternatingLeastSquares, backendInfo, evaluate, Interactions, loadModel, TextEmbedder } from 'kindred'

const real = process.env.KINDRED_REAL ?? '../shared'
const parquet = join(real, 'data/ml-1m/interactions.parquet')
const RUNS = 7

async function median(run) {
  const times = []
  for (let i = 0; i <= RUNS; i++) {
    const started = performance.now()
    await run()
    if (i > 0) times.push(performance.now() - started)
  }
  return times.sort((a, b) => a - b)[RUNS >> 1]
}

function synthetic() {
  const rows = []
  let state = 1
  const next = (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) ** 2 * n)
  }
  for (let i = 0; i < 1_000_000; i++) rows.push({ user: next(6040), item: next(3706), time: i })
  return Interactions.from(rows)
}

const read = () => Interactions.read(parquet, { user: 'user_id', item: 'item_id', time: 'position' })
const hasReal = existsSync(parquet)
const table = []
const row = (part, ms, note) => table.push({ part, ms: ms < 10 ? Number(ms.toFixed(2)) : Math.round(ms), note })

if (hasReal) row('read 1,000,209 rows of Parquet', await median(read), 'DuckDB, ids mapped, duplicates checked')
const log = hasReal ? await read() : synthetic()
row('split leave-last-out', await median(() => log.split({ by: 'leave-last-out' })), 'synchronous')
const { train, test } = log.split({ by: 'leave-last-out' })

const fit = (iterations) => new AlternatingLeastSquares({ factors: 64, iterations }).fit(train)
const [short, long] = [await median(() => fit(1)), await median(() => fit(6))]
row('ALS, 64 factors: one sweep', (long - short) / 5, `${train.size.toLocaleString('en')} interactions`)
const model = await fit(15)
row(
  'evaluate, k = 10 and 20',
  await median(() => evaluate(model, test, { k: [10, 20] })),
  'full ranking, 1000 resamples',
)
const users = [...model.users]
row(
  'recommend, one user, k = 10',
  (await median(async () => {
    for (let i = 0; i < 100; i++) await model.recommend(users[i])
  })) / 100,
  `${model.items.size} items`,
)
row(
  `recommendMany, ${users.length} users, k = 10`,
  await median(() => model.recommendMany(users)),
  'as lists of objects',
)
row(
  'recommendFor, 20 items of history',
  (await median(async () => {
    for (let i = 0; i < 100; i++) await model.recommendFor([...model.items].slice(i, i + 20).map((item) => ({ item })))
  })) / 100,
  'exact fold-in',
)

const dir = await mkdtemp(join(tmpdir(), 'kindred-costs-'))
row('save the model', await median(() => model.save(dir)), 'safetensors, checksummed, flushed')
row('load the model', await median(() => loadModel(dir)), 'verified')
await rm(dir, { recursive: true })

const text =
  'A little boy named Andy loves to be in his room, playing with his toys, especially his doll named "Woody".'
const folder = join(real, 'models/all-MiniLM-L6-v2')
if (existsSync(folder)) {
  for (const dtype of ['fp32', 'int8']) {
    const encoder = await TextEmbedder.load(folder, { dtype })
    const texts = Array.from({ length: 128 }, (_, i) => `${i}. ${text}`)
    row(
      `embed a sentence of 31 tokens, MiniLM ${dtype}`,
      (await median(() => encoder.embed(texts))) / 128,
      'in batches',
    )
    encoder.dispose()
  }
}

const { isa, threads } = backendInfo()
console.log(`${hasReal ? 'MovieLens-1M' : 'synthetic log of its size'}; ${isa.name}, ${threads.count} threads\n`)
console.log('| part | ms | |\n|---|---|---|')
for (const { part, ms, note } of table) console.log(`| ${part} | ${ms} | ${note} |`)
