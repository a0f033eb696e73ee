// Cold films of MovieLens-1M: a fifth of the films with at least 5 ratings leave the training, and every user ranks them
// by text, among themselves and among all films; of the other films a tenth of the ratings is held out to see what the new
// ones cost. Recall@20 (hits / the user's held-out films), mean of five draws. Argument: an encoder folder; by default the
// encoder that ships. The data: ml-1m/ under $KINDRED_REAL/data.
import { join } from 'node:path'
import {
  AlternatingLeastSquares,
  Catalogue,
  ContentBased,
  evaluate,
  Interactions,
  loadEmbedder,
  Popularity,
} from '../dist/index.mjs'
import { real, root } from './harness/real.mjs'

export const summary = 'films that nobody has rated, ranked by text: recall@20 on MovieLens-1M'

const TEXTS = {
  'title and plot': '{title}. {plot}',
  'all text fields': '{title}. {genres}. {directors}. {actors}. {plot}',
}
const DRAWS = [1, 2, 3, 4, 5]
const COSTS = [0.05, 0.2]

async function recallOf(model, test, candidates) {
  const figures = await evaluate(model, test, { k: 20, candidates, resamples: 1 })
  return figures['recall@20'].value
}

/** Recall of the cold films alone, with all films as candidates. */
async function coldOnly(log, features, seed) {
  const { train, test } = log.split({ by: 'cold-items', fraction: 0.2, minInteractions: 5, seed })
  const model = await new AlternatingLeastSquares({ factors: 64, seed }).fit(train, { itemFeatures: features })
  return recallOf(model, test, [...test.items])
}

/** For each model: the scale of new films, recall of the cold films among themselves and among all, of the others among all. */
async function amongAll(log, features, seed) {
  const cold = log.split({ by: 'cold-items', fraction: 0.2, minInteractions: 5, seed })
  const { train, test: warm } = cold.train.split({ by: 'random', fraction: 0.1, seed })
  const itemFeatures = features
  const als = (options) => new AlternatingLeastSquares({ factors: 64, seed, ...options })
  const models = {
    Popularity: await new Popularity().fit(train),
    ContentBased: await new ContentBased().fit(train, { itemFeatures }),
    'ALS without features': await als().fit(train),
    'ALS, newItemScale 1': await als({ newItemScale: 1 }).fit(train, { itemFeatures }),
    ALS: await als().fit(train, { itemFeatures }),
  }
  for (const newItemCost of COSTS)
    models[`ALS, newItemCost ${newItemCost}`] = await als({ newItemCost }).fit(train, { itemFeatures })
  const rows = []
  for (const [name, model] of Object.entries(models)) {
    const placesNew = model.capabilities.addItems // the others do not know them
    const figures = placesNew
      ? [await recallOf(model, cold.test, [...cold.test.items]), await recallOf(model, cold.test)]
      : [0, 0]
    rows.push({ name, scale: model.newItemScale ?? null, figures: [...figures, await recallOf(model, warm)] })
  }
  return rows
}

const mean = (numbers) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length

/** The rows of all draws with the means of their figures. */
function meansOf(draws) {
  const warm = mean(draws.map((rows) => rows.find(({ name }) => name === 'ALS without features').figures[2]))
  return draws[0].map(({ name, scale }, r) => ({
    name,
    scale: scale === null ? null : mean(draws.map((rows) => rows[r].scale)),
    figures: [0, 1, 2].map((f) => mean(draws.map((rows) => rows[r].figures[f]))),
    warm: mean(draws.map((rows) => rows[r].figures[2])) / warm - 1,
  }))
}

export async function run({ small, log: tell, arguments: [encoderFolder = join(root, 'assets/encoder')] }) {
  const folder = join(real, 'data/ml-1m')
  const log = await Interactions.read(join(folder, 'interactions.parquet'), { user: 'user_id', item: 'item_id' })
  const encoder = await loadEmbedder(encoderFolder)
  const draws = small ? DRAWS.slice(0, 1) : DRAWS
  const data = { coldOnly: {}, amongAll: [] }
  for (const [name, text] of Object.entries(TEXTS)) {
    const films = await Catalogue.read(join(folder, 'items.jsonl'), { id: 'item_id', text })
    const features = await encoder.embedItems(films)
    const recalls = []
    const among = []
    for (const seed of draws) {
      tell(`${name}, draw ${seed}`)
      recalls.push(await coldOnly(log, features, seed))
      if (name === 'all text fields') among.push(await amongAll(log, features, seed))
    }
    data.coldOnly[name] = {
      draws: recalls.map((one) => Number(one.toFixed(4))),
      mean: Number(mean(recalls).toFixed(4)),
    }
    if (among.length > 0) data.amongAll = meansOf(among)
  }
  encoder.dispose()
  return {
    data,
    tables: [
      {
        text: 'Cold films ranked among themselves.',
        columns: ['text', ...draws.map((seed) => `draw ${seed}`), 'mean'],
        rows: Object.entries(data.coldOnly).map(([name, one]) => [name, ...one.draws, one.mean]),
      },
      {
        text: 'All text fields: cold films among themselves and among all films; other films among all, a tenth of their ratings held out, and the difference to ALS without features.',
        columns: ['model', 'newItemScale', 'cold', 'cold, among all', 'others, among all', 'difference'],
        rows: data.amongAll.map(({ name, scale, figures, warm }) => [
          name,
          scale === null ? '' : scale.toFixed(2),
          ...figures.map((one) => one.toFixed(4)),
          `${(100 * warm).toFixed(1)} %`,
        ]),
      },
    ],
  }
}
