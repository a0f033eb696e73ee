// The table of docs/published-results.md: every model that has published figures for the split of MovieLens-1M by He et
// al. 2017, fitted and evaluated anew: node bench/published.mjs [--data ../shared/data/ncf-ml-1m] [--only EASE,SLIM]
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import {
  EASE,
  evaluateSampled,
  GFCF,
  Interactions,
  ItemKNN,
  P3alpha,
  PureSVD,
  RP3beta,
  SLIM,
  UserKNN,
} from '../dist/index.mjs'

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: fileURLToPath(new URL('../../shared/data/ncf-ml-1m', import.meta.url)) },
    only: { type: 'string' },
  },
})

/** Model, options, published HR@10 and NDCG@10; null where none are published. */
const ROWS = [
  [EASE, { regularization: 1320 }, 0.7192, 0.4494],
  [SLIM, { alpha: 0.0788, l1Ratio: 1.19e-5, neighbors: 544 }, 0.7162, 0.4468],
  [PureSVD, { factors: 52 }, 0.6937, 0.4303],
  [P3alpha, { alpha: 1.2177, neighbors: 1000 }, 0.646, 0.3876],
  [RP3beta, { alpha: 1.0807, beta: 0.7029, neighbors: 546 }, 0.6758, 0.4011],
  [ItemKNN, { neighbors: 111, similarity: 'cosine', weighting: 'bm25', shrinkage: 298 }, 0.6694, 0.3979],
  [ItemKNN, { neighbors: 62, similarity: 'jaccard', shrinkage: 19 }, 0.6533, 0.3837],
  [UserKNN, { neighbors: 516, similarity: 'cosine', weighting: 'bm25' }, 0.6606, 0.3951],
  [UserKNN, { neighbors: 259, similarity: 'jaccard' }, 0.6725, 0.4066],
  [GFCF, {}, null, null],
]

const lines = (name) => readFileSync(join(values.data, name), 'utf8').trim().split('\n')
const read = (name) =>
  Interactions.from(
    lines(name).map((line) => {
      const [user, item] = line.split('\t').map(Number)
      return { user, item }
    }),
  )
const train = read('ml-1m.train.rating')
const test = read('ml-1m.test.rating')
const negatives = lines('ml-1m.test.negative').map((line) => {
  const [key, ...items] = line.split('\t')
  return [Number(key.slice(1).split(',')[0]), items.map(Number)]
})

const only = values.only?.split(',')
const figure = (value) => (value === null ? '' : value.toFixed(4))
console.log('| Model | Options | HR@10 | published | NDCG@10 | published | fit |')
console.log('| --- | --- | --- | --- | --- | --- | --- |')
for (const [Model, options, hitRate, ndcg] of ROWS) {
  if (only && !only.includes(Model.name)) continue
  const started = performance.now()
  const model = await new Model(options).fit(train)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const reached = await evaluateSampled(model, test, { negatives, k: 10, resamples: 10 })
  const [hr, gain] = [reached['sampled hitRate@10'].value, reached['sampled ndcg@10'].value].map(figure)
  const shown = JSON.stringify(options).replaceAll('"', '').slice(1, -1).replaceAll(':', ': ').replaceAll(',', ', ')
  console.log(`| ${Model.name} | ${shown} | ${hr} | ${figure(hitRate)} | ${gain} | ${figure(ndcg)} | ${seconds} s |`)
}
