// Neural recommenders of MovieLens-1M. Cold films, as in cold-items: a fifth of the films with at least 5 ratings leave the
// training, and every user ranks them among themselves by text; recall@20, mean of five draws, AlternatingLeastSquares beside
// TwoTower. Then LightGCN and MultVAE on the split of He et al. 2017, beside EASE and AlternatingLeastSquares. Arguments: an
// encoder folder, by default the encoder that ships, and 'tune' for the last layer trained with the towers (a folder with
// model.safetensors). The data: ml-1m/ and ncf-ml-1m/ under $KINDRED_REAL/data.
import { join } from 'node:path'
import {
  AlternatingLeastSquares,
  Catalogue,
  EASE,
  evaluate,
  evaluateSampled,
  Features,
  Interactions,
  LightGCN,
  loadEmbedder,
  Matrix,
  MultVAE,
  SentenceEncoder,
  TfidfVectorizer,
  TruncatedSVD,
  TwoTower,
} from '../dist/index.mjs'
import { ncfMissing, ncfTest, ncfTrain } from './harness/ncf.mjs'
import { real, root } from './harness/real.mjs'

export const summary = 'TwoTower on films that nobody has rated, LightGCN and MultVAE: MovieLens-1M'

const TEXTS = {
  'title and plot': '{title}. {plot}',
  'all text fields': '{title}. {genres}. {directors}. {actors}. {plot}',
}
const DRAWS = [1, 2, 3, 4, 5]

/** Seconds that a fit took, and the model. */
async function timed(fit) {
  const started = performance.now()
  const model = await fit()
  return { model, seconds: (performance.now() - started) / 1000 }
}

/** What else there is in the texts: their words, and how many they are. */
async function wordsOf(films) {
  const counts = await new TfidfVectorizer({ sublinearTf: true, minDf: 2 }).fitTransform(films.texts)
  const words = await new TruncatedSVD({ components: 256, seed: 1 }).fitTransform(counts)
  const lengths = Float32Array.from(films.texts, (text) => Math.log1p(text.split(/\s+/).length))
  return {
    words: await Features.fromAsync(films.ids, words),
    length: await Features.fromAsync(films.ids, new Matrix(films.size, 1, lengths)),
  }
}

/** The models that rank cold films, by name. */
function coldModels(seed, itemFeatures, words, texts, encoderFolder, isTuned) {
  const models = {
    AlternatingLeastSquares: (train) => new AlternatingLeastSquares({ factors: 64, seed }).fit(train, { itemFeatures }),
    TwoTower: (train) => new TwoTower({ seed }).fit(train, { itemFeatures }),
    'TwoTower, words and their number too': (train) =>
      new TwoTower({ seed }).fit(train, { itemFeatures: { text: itemFeatures, ...words } }),
  }
  if (isTuned)
    models['TwoTower, encoder tuned'] = async (train) =>
      new TwoTower({ seed, tuneEncoder: { layers: 1, adapter: 'lora' } }).fit(train, {
        itemTexts: texts,
        encoder: await SentenceEncoder.load(encoderFolder),
      })
  return models
}

async function cold(encoderFolder, isTuned, draws, tell) {
  const folder = join(real, 'data/ml-1m')
  const log = await Interactions.read(join(folder, 'interactions.parquet'), { user: 'user_id', item: 'item_id' })
  const encoder = await loadEmbedder(encoderFolder)
  const rows = []
  for (const [name, text] of Object.entries(TEXTS)) {
    const films = await Catalogue.read(join(folder, 'items.jsonl'), { id: 'item_id', text })
    const itemFeatures = await encoder.embedItems(films)
    const words = await wordsOf(films)
    const found = {}
    for (const seed of draws) {
      const { train, test } = log.split({ by: 'cold-items', fraction: 0.2, minInteractions: 5, seed })
      for (const [model, fit] of Object.entries(coldModels(seed, itemFeatures, words, films, encoderFolder, isTuned))) {
        const fitted = await timed(() => fit(train))
        const figures = await evaluate(fitted.model, test, { k: 20, candidates: [...test.items], resamples: 1 })
        const recall = figures['recall@20'].value
        tell(`${name}, draw ${seed}, ${model}: ${recall.toFixed(4)} in ${fitted.seconds.toFixed(0)} s`)
        found[model] ??= { recalls: [], seconds: [] }
        found[model].recalls.push(recall)
        found[model].seconds.push(fitted.seconds)
      }
    }
    for (const [model, { recalls, seconds }] of Object.entries(found))
      rows.push({ text: name, model, recalls, seconds })
  }
  encoder.dispose()
  return rows
}

const WARM = {
  EASE: () => new EASE({ regularization: 1320 }),
  AlternatingLeastSquares: () => new AlternatingLeastSquares({ factors: 64, regularization: 10, alpha: 5, seed: 1 }),
  LightGCN: () => new LightGCN({ seed: 1 }),
  MultVAE: () => new MultVAE({ seed: 1 }),
}

async function warm(names, tell) {
  const train = ncfTrain()
  const { test, negatives } = ncfTest()
  const rows = []
  for (const name of names) {
    const { model, seconds } = await timed(() => WARM[name]().fit(train))
    const figures = await evaluateSampled(model, test, { negatives, k: 10, resamples: 10 })
    const [hitRate, ndcg] = ['hitRate', 'ndcg'].map((measure) => figures[`sampled ${measure}@10`].value)
    tell(`${name}: ${hitRate.toFixed(4)} ${ndcg.toFixed(4)} in ${seconds.toFixed(0)} s`)
    rows.push({ model: name, hitRate, ndcg, seconds })
  }
  return rows
}

const mean = (numbers) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length

export async function run({ small, log: tell, arguments: given }) {
  const missing = ncfMissing()
  if (missing) return { missing }
  const isTuned = given.includes('tune')
  const [encoderFolder = join(root, 'assets/encoder')] = given.filter((name) => name !== 'tune')
  const draws = small ? DRAWS.slice(0, 1) : DRAWS
  const data = {
    cold: await cold(encoderFolder, isTuned, draws, tell),
    warm: await warm(small ? ['EASE', 'AlternatingLeastSquares'] : Object.keys(WARM), tell),
  }
  return {
    data,
    tables: [
      {
        text: 'Films that nobody has rated, among themselves: recall@20.',
        columns: ['text', 'model', ...draws.map((seed) => `draw ${seed}`), 'mean', 'fit, s'],
        rows: data.cold.map(({ text, model, recalls, seconds }) => [
          text,
          model,
          ...[...recalls, mean(recalls)].map((one) => one.toFixed(4)),
          mean(seconds).toFixed(0),
        ]),
      },
      {
        text: 'The split of He et al. 2017, each held-out film among 99 others.',
        columns: ['model', 'HR@10', 'NDCG@10', 'fit, s'],
        rows: data.warm.map(({ model, hitRate, ndcg, seconds }) => [
          model,
          hitRate.toFixed(4),
          ndcg.toFixed(4),
          seconds.toFixed(0),
        ]),
      },
    ],
  }
}
