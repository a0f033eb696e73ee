// How the settings of AlternatingLeastSquares in docs/factorization.md were chosen: each user's last interaction of the
// training part held out, 99 random negatives each; the test part is never read.
//   node bench/als-validation.mjs [--data ../shared/data/ncf-ml-1m --factors 64]
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { AlternatingLeastSquares, evaluateSampled, Interactions } from 'kindred'

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data/ncf-ml-1m' },
    factors: { type: 'string', default: '64' },
  },
})
const lines = readFileSync(join(values.data, 'ml-1m.train.rating'), 'utf8').trim().split('\n')
const log = Interactions.from(
  lines.map((line) => {
    const [user, item, , time] = line.split('\t').map(Number)
    return { user, item, time }
  }),
)
const { train, test } = log.split({ by: 'leave-last-out' })
for (const unobservedWeight of [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4])
  for (const regularization of [0.003, 0.006, 0.009, 0.012, 0.02]) {
    const options = { factors: Number(values.factors), alpha: 1, unobservedWeight, regularization }
    const model = await new AlternatingLeastSquares({ ...options, regularizationExponent: 1, seed: 1 }).fit(train)
    const figures = await evaluateSampled(model, test, { negatives: 99, k: 10, resamples: 10 })
    const [hitRate, ndcg] = ['sampled hitRate@10', 'sampled ndcg@10'].map((name) => figures[name].value.toFixed(4))
    console.log(JSON.stringify({ ...options, hitRate, ndcg }))
  }
