// What item features add to ALS where behaviour is thin, on MovieLens-1M: recall@20 by popularity of the item (deciles of
// the films by ratings in the training part; a fifth of all ratings held out), and of films that came after the fit and
// have had a few ratings by then. Mean of five draws. Argument: an encoder folder; by default the encoder that ships. The
// data: ml-1m/ under $KINDRED_REAL/data.
import { join } from 'node:path'
import { AlternatingLeastSquares, Catalogue, evaluate, Interactions, loadEmbedder } from '../dist/index.mjs'
import { generator } from './harness/random.mjs'
import { real, root } from './harness/real.mjs'

export const summary = 'what item features add where behaviour is thin, by popularity decile: recall@20 on MovieLens-1M'

const TEXT = '{title}. {genres}. {directors}. {actors}. {plot}'
const DRAWS = [1, 2, 3, 4, 5]
const DECILES = 10
const ARRIVED = [1, 3, 10, 30]
const K = 20

const fit = (train, itemFeatures, seed) =>
  new AlternatingLeastSquares({ factors: 64, seed }).fit(train, itemFeatures && { itemFeatures })

async function recallOf(model, test, candidates) {
  const figures = await evaluate(model, test, { k: K, candidates, resamples: 1 })
  return figures[`recall@${K}`].value
}

/** The items of a log by number of interactions, in ten groups, the rarest first. */
function decilesOf(log) {
  const counts = new Map()
  for (const { item } of log) counts.set(item, (counts.get(item) ?? 0) + 1)
  const items = [...counts.keys()].sort((a, b) => counts.get(a) - counts.get(b))
  const start = (decile) => Math.round((decile * items.length) / DECILES)
  return Array.from({ length: DECILES }, (_, d) => {
    const group = items.slice(start(d), start(d + 1))
    return { items: new Set(group), most: counts.get(group.at(-1)) }
  })
}

async function byDecile(log, features, seed) {
  const { train, test } = log.split({ by: 'random', fraction: 0.2, seed })
  const known = new Set(train.items)
  const held = test.filter(({ item }) => known.has(item))
  const models = [await fit(train, undefined, seed), await fit(train, features, seed)]
  const rows = []
  for (const [d, { items, most }] of decilesOf(train).entries()) {
    const part = held.filter(({ item }) => items.has(item))
    const within = []
    for (const model of models) within.push(await recallOf(model, part, [...items]))
    const among = []
    for (const model of models) among.push(await recallOf(model, part, [...known]))
    rows.push({ name: `${d + 1}: up to ${most} ratings`, pairs: part.size, figures: [...within, ...among] })
  }
  const whole = []
  for (const model of models) whole.push(await recallOf(model, held, [...known]))
  return [...rows, { name: 'all films', pairs: held.size, figures: [...whole, ...whole] }]
}

/** For each number of ratings that arrive: recall of those films by features alone, by ratings alone, by both. */
async function afterArrival(log, features, seed) {
  const { train, test } = log.split({ by: 'cold-items', fraction: 0.2, minInteractions: 2 * ARRIVED.at(-1), seed })
  const films = [...new Set(test.items)]
  const next = generator(seed)
  const order = [...test].map((row) => ({ key: `${row.user} ${row.item}`, item: row.item, at: next() }))
  order.sort((a, b) => a.at - b.at)
  const rows = []
  for (const count of ARRIVED) {
    const seen = new Map()
    const early = new Set()
    for (const { key, item } of order) {
      const before = seen.get(item) ?? 0
      if (before < count) early.add(key)
      seen.set(item, before + 1)
    }
    const isEarly = ({ user, item }) => early.has(`${user} ${item}`)
    const arrived = test.filter(isEarly)
    const rest = test.filter((row) => !isEarly(row))
    const byFeatures = await fit(train, features, seed)
    const placed = await recallOf(byFeatures, rest, films)
    await byFeatures.update(arrived)
    const byRatings = await fit(train, undefined, seed)
    await byRatings.update(arrived)
    const figures = [placed, await recallOf(byRatings, rest, films), await recallOf(byFeatures, rest, films)]
    rows.push({ name: count, figures })
  }
  return rows
}

/** The rows of all draws with the means of their figures. */
function meansOf(draws) {
  const mean = (numbers) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length
  return draws[0].map((row, r) => ({
    ...row,
    figures: row.figures.map((_, f) => mean(draws.map((draw) => draw[r].figures[f]))),
  }))
}

const cells = ({ figures }) => figures.map((value) => value.toFixed(4))

export async function run({ small, log: tell, arguments: [encoderFolder = join(root, 'assets/encoder')] }) {
  const folder = join(real, 'data/ml-1m')
  const log = await Interactions.read(join(folder, 'interactions.parquet'), { user: 'user_id', item: 'item_id' })
  const encoder = await loadEmbedder(encoderFolder)
  const features = await encoder.embedItems(
    await Catalogue.read(join(folder, 'items.jsonl'), { id: 'item_id', text: TEXT }),
  )
  encoder.dispose()
  const deciles = []
  const arrivals = []
  for (const seed of small ? DRAWS.slice(0, 1) : DRAWS) {
    tell(`draw ${seed}`)
    deciles.push(await byDecile(log, features, seed))
    arrivals.push(await afterArrival(log, features, seed))
  }
  const data = { deciles: meansOf(deciles), arrivals: meansOf(arrivals) }
  return {
    data,
    tables: [
      {
        text: 'Films in the log: fitted without and with features. Ranked among the films of their decile, and among all films.',
        columns: ['decile', 'held-out ratings', 'without', 'with features', 'without, among all', 'with, among all'],
        rows: data.deciles.map((row) => [row.name, row.pairs, ...cells(row)]),
      },
      {
        text: 'Films that came after the fit, ranked among themselves once `update` has brought their first ratings.',
        columns: ['ratings each', 'features alone', 'ratings alone', 'both'],
        rows: data.arrivals.map((row) => [row.name, ...cells(row)]),
      },
    ],
  }
}
