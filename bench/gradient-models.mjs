// Models that learn by gradient steps: BPR by each optimizer on logs of different density, a fifth of the rows held out, all
// other items ranked; and MatrixFactorization at the settings of Surprise's SVD beside a plain implementation of that.
// Arguments: parts of names of the logs, or "ratings"; by default all. The data: ml-1m/, ml-1m-sasrec/ and video-sasrec/
// under $KINDRED_REAL/data.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { BayesianPersonalizedRanking, evaluate, Interactions, MatrixFactorization, Popularity } from '../dist/index.mjs'
import { alsLogs, logOf, shapeText } from './harness/als-logs.mjs'
import { funkSvd } from './harness/funk-svd.mjs'
import { real } from './harness/real.mjs'

export const summary = 'BPR by its optimizers on logs of different density; MatrixFactorization beside Funk SVD'

/** The name of a row and the options that are not the defaults. */
const ROWS = [
  ['sgd', {}],
  ['sgd, regularization 0.03', { regularization: 0.03 }],
  ['adam', { optimizer: 'adam' }],
  ['adam, regularization 0.03', { optimizer: 'adam', regularization: 0.03 }],
  ['adagrad', { optimizer: 'adagrad' }],
]
const SURPRISE = { factors: 100, learningRate: 0.005, regularization: 0.02, iterations: 20 }

const held = (log) => log.split({ by: 'random', fraction: 0.2, seed: 1 })

async function bprTable(name, log, options, tell) {
  const { train, test } = held(log)
  const figures = async (model) => {
    const found = await evaluate(model, test, { k: 20, resamples: 10 })
    return ['recall@20', 'ndcg@20'].map((metric) => found[metric].value.toFixed(4))
  }
  const rows = [['popularity', ...(await figures(await new Popularity().fit(train))), '', '']]
  for (const [label, own] of ROWS) {
    tell(`${name}, ${label}`)
    const model = new BayesianPersonalizedRanking({ ...options, ...own, seed: 1 })
    const started = performance.now()
    await model.fit(train)
    const seconds = (performance.now() - started) / 1000 / model.options.iterations
    rows.push([label, ...(await figures(model)), model.options.iterations, seconds.toFixed(2)])
  }
  const columns = ['optimizer', 'recall@20', 'NDCG@20', 'epochs', 's an epoch']
  return { text: `BPR, ${name}: ${shapeText(train)}; ${options.factors} factors, seed 1.`, columns, rows }
}

async function ratingTable(log, settings, tell) {
  const { train, test } = held(log)
  const pairs = [...test]
  const rmse = (scores) =>
    Math.sqrt(pairs.reduce((sum, { weight }, n) => sum + (weight - scores[n]) ** 2, 0) / pairs.length)
  const rows = []
  for (const seed of [1, 2, 3]) {
    tell(`ratings, seed ${seed}`)
    const model = await new MatrixFactorization({ ...settings, seed }).fit(train)
    const scores = await model.scoreMany(test, { unknown: 'mean' })
    rows.push([seed, rmse(scores).toFixed(4), rmse(funkSvd(train, pairs, settings, seed)).toFixed(4)])
  }
  return {
    text: `Ratings, ${shapeText(train)}, a fifth held out, clipped to 1 to 5; ${Object.entries(settings).join(', ').replaceAll(',', ' ')}.`,
    columns: ['seed', 'RMSE of MatrixFactorization', 'RMSE of a plain implementation'],
    rows,
  }
}

export async function run({ small, log: tell, notices, arguments: names }) {
  const wanted = (name) => names.length === 0 || names.some((part) => name.includes(part))
  const { logs, missing } = alsLogs(small)
  notices.push(...missing)
  const options = { factors: small ? 16 : 64, ...(small ? { iterations: 5 } : {}) }
  const tables = []
  for (const [name, rows] of logs) if (wanted(name)) tables.push(await bprTable(name, logOf(rows), options, tell))
  const file = join(real, 'data/ml-1m/interactions.parquet')
  if (!wanted('ratings')) return { tables }
  if (!existsSync(file)) notices.push('ratings: no data/ml-1m/interactions.parquet')
  else {
    const columns = { user: 'user_id', item: 'item_id', weight: 'rating' }
    const all = await Interactions.read(file, columns)
    const ratings = small ? held(all).test : all
    tables.push(await ratingTable(ratings, small ? { ...SURPRISE, factors: 8, iterations: 3 } : SURPRISE, tell))
  }
  return { tables }
}
