// Cold films of MovieLens-1M: a fifth of the films with at least 5 ratings leave the training, and every user ranks them
// by text through ALS with item features. Recall@20 (hits / the user's cold films), mean of five draws:
//   node bench/cold-items.mjs [--json] [encoder folder]   (default: the encoder that ships; data under $KINDRED_REAL/data)
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AlternatingLeastSquares, Catalogue, evaluate, Interactions, loadEmbedder } from '../dist/index.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = join(process.env.KINDRED_REAL ?? join(root, '..', 'shared'), 'data/ml-1m')
const json = process.argv.includes('--json')
const encoderFolder = process.argv.slice(2).find((argument) => argument !== '--json') ?? join(root, 'assets/encoder')
const TEXTS = {
  'title and plot': '{title}. {plot}',
  'all text fields': '{title}. {genres}. {directors}. {actors}. {plot}',
}
const DRAWS = [1, 2, 3, 4, 5]

const log = await Interactions.read(join(folder, 'interactions.parquet'), { user: 'user_id', item: 'item_id' })
const encoder = await loadEmbedder(encoderFolder)
const table = {}
for (const [name, text] of Object.entries(TEXTS)) {
  const films = await Catalogue.read(join(folder, 'items.jsonl'), { id: 'item_id', text })
  const features = await encoder.embedItems(films)
  const row = {}
  for (const seed of DRAWS) {
    const { train, test } = log.split({ by: 'cold-items', fraction: 0.2, minInteractions: 5, seed })
    const model = await new AlternatingLeastSquares({ factors: 64, seed }).fit(train, { itemFeatures: features })
    const figures = await evaluate(model, test, { k: 20, candidates: [...test.items], resamples: 1 })
    row[`draw ${seed}`] = Number(figures['recall@20'].value.toFixed(4))
  }
  row.mean = Number((DRAWS.reduce((sum, seed) => sum + row[`draw ${seed}`], 0) / DRAWS.length).toFixed(4))
  table[name] = row
}
encoder.dispose()
if (json) console.log(JSON.stringify(table))
else console.table(table)
