// What update() costs and what it leaves of a fit to everything, on the split of MovieLens-1M by He et al. 2017: each
// model is fitted without what arrives later, then updated with it. Arguments: the names of models; by default all. The
// data: ncf-ml-1m/ under $KINDRED_REAL/data.
import {
  AlternatingLeastSquares,
  BayesianPersonalizedRanking,
  EASE,
  evaluateSampled,
  GFCF,
  ItemKNN,
  PureSVD,
  UserKNN,
} from '../dist/index.mjs'
import { ncfMissing, ncfTest, ncfTrain } from './harness/ncf.mjs'
import { generator } from './harness/random.mjs'

export const summary = 'the gap between update() and a refit, and what each costs, on MovieLens-1M'

const MODELS = [
  [
    AlternatingLeastSquares,
    { factors: 64, alpha: 1, unobservedWeight: 0.3, regularization: 0.009, regularizationExponent: 1, seed: 1 },
  ],
  [BayesianPersonalizedRanking, { factors: 200, iterations: 100, learningRate: 0.05, regularization: 0.01, seed: 1 }],
  [EASE, { regularization: 1320 }],
  [PureSVD, { factors: 52 }],
  [GFCF, {}],
  [ItemKNN, { neighbors: 111, similarity: 'cosine', weighting: 'bm25', shrinkage: 298 }],
  [UserKNN, { neighbors: 259, similarity: 'jaccard', neighborhood: 'reverse' }],
]
/** What --small fits. */
const QUICK = ['EASE', 'PureSVD']
const SEED = 1

/** `share` of the distinct values, as a Set. */
const some = (values, share, next) => new Set([...new Set(values)].filter(() => next() < share))

/** What arrives later: of the log's rows, for each whether it is among them. */
const ARRIVALS = {
  '10% of the users': (rows, next) => {
    const chosen = some(
      rows.map(({ user }) => user),
      0.1,
      next,
    )
    return rows.map(({ user }) => chosen.has(user))
  },
  '10% of all interactions': (rows, next) => rows.map(() => next() < 0.1),
  '1% of the items': (rows, next) => {
    const chosen = some(
      rows.map(({ item }) => item),
      0.01,
      next,
    )
    return rows.map(({ item }) => chosen.has(item))
  },
}

/** Processor seconds of all threads, and what the call gave. */
async function costOf(call) {
  const before = process.cpuUsage()
  const result = await call()
  const { user, system } = process.cpuUsage(before)
  return [result, (user + system) / 1e6]
}

async function qualityOf(model, { test, negatives }) {
  const figures = await evaluateSampled(model, test, { negatives, k: 10, resamples: 10 })
  return { hitRate: figures['sampled hitRate@10'].value, ndcg: figures['sampled ndcg@10'].value }
}

export async function run({ small, log, arguments: names }) {
  const missing = ncfMissing()
  if (missing) return { missing }
  const unknown = names.find((name) => !MODELS.some(([Model]) => Model.name === name))
  if (unknown !== undefined) return { missing: `an update of ${unknown}` }
  const given = small ? QUICK : MODELS.map(([Model]) => Model.name)
  const wanted = names.length > 0 ? names : given
  const everything = ncfTrain()
  const rows = [...everything]
  const held = ncfTest()
  const data = []
  for (const [Model, options] of MODELS.filter(([{ name }]) => wanted.includes(name))) {
    log(Model.name)
    const [whole, refit] = await costOf(() => new Model(options).fit(everything))
    const refitted = await qualityOf(whole, held)
    for (const [arrival, chooser] of Object.entries(ARRIVALS)) {
      const later = chooser(rows, generator(SEED))
      const part = (wanted) => {
        let row = 0
        return everything.filter(() => later[row++] === wanted)
      }
      const model = await new Model(options).fit(part(false))
      const arrived = part(true)
      const [, update] = await costOf(() => model.update(arrived))
      data.push({ model: Model.name, options, arrival, updated: await qualityOf(model, held), refitted, update, refit })
    }
  }
  const columns = ['model', 'arrives later', 'updated', 'refitted', 'update, s', 'refit, s']
  const pair = ({ hitRate, ndcg }) => `${hitRate.toFixed(4)} / ${ndcg.toFixed(4)}`
  const cells = data.map((one) => [
    one.model,
    one.arrival,
    pair(one.updated),
    pair(one.refitted),
    one.update.toFixed(2),
    one.refit.toFixed(2),
  ])
  const text = 'HR@10 / NDCG@10; seconds of processor time over all threads, one run.'
  return { data, tables: [{ text, columns, rows: cells }] }
}
