// Cold films of MovieLens-1M: a fifth of the films with at least 5 ratings leave the training, and every user ranks them
// by text through ALS with item features. Recall@20 (hits / the user's cold films), mean of five draws. Argument: an
// encoder folder; by default the encoder that ships. The data: ml-1m/ under $KINDRED_REAL/data.
import { join } from 'node:path'
import { AlternatingLeastSquares, Catalogue, evaluate, Interactions, loadEmbedder } from '../dist/index.mjs'
import { real, root } from './harness/real.mjs'

export const summary = 'films that nobody has rated, ranked by text: recall@20 on MovieLens-1M'

const TEXTS = {
  'title and plot': '{title}. {plot}',
  'all text fields': '{title}. {genres}. {directors}. {actors}. {plot}',
}
const DRAWS = [1, 2, 3, 4, 5]

async function recallOfDraw(log, features, seed) {
  const { train, test } = log.split({ by: 'cold-items', fraction: 0.2, minInteractions: 5, seed })
  const model = await new AlternatingLeastSquares({ factors: 64, seed }).fit(train, { itemFeatures: features })
  const figures = await evaluate(model, test, { k: 20, candidates: [...test.items], resamples: 1 })
  return figures['recall@20'].value
}

export async function run({ arguments: [encoderFolder = join(root, 'assets/encoder')] }) {
  const folder = join(real, 'data/ml-1m')
  const log = await Interactions.read(join(folder, 'interactions.parquet'), { user: 'user_id', item: 'item_id' })
  const encoder = await loadEmbedder(encoderFolder)
  const data = {}
  for (const [name, text] of Object.entries(TEXTS)) {
    const films = await Catalogue.read(join(folder, 'items.jsonl'), { id: 'item_id', text })
    const features = await encoder.embedItems(films)
    const recalls = []
    for (const seed of DRAWS) recalls.push(await recallOfDraw(log, features, seed))
    const mean = recalls.reduce((sum, one) => sum + one, 0) / recalls.length
    data[name] = { draws: recalls.map((one) => Number(one.toFixed(4))), mean: Number(mean.toFixed(4)) }
  }
  encoder.dispose()
  const columns = ['text', ...DRAWS.map((seed) => `draw ${seed}`), 'mean']
  return {
    data,
    tables: [{ columns, rows: Object.entries(data).map(([name, { draws, mean }]) => [name, ...draws, mean]) }],
  }
}
