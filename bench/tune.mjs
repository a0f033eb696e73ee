// Parameters of AlternatingLeastSquares on MovieLens-1M found by tune, at random and by TPE, with the same number of
// trials: each user's last film is for test, the one before for validation. NDCG@10 by full ranking on both; the test part is
// read once for each search, at its end. Argument: the number of trials, 25 by default. The data: ml-1m/ under $KINDRED_REAL/data.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { AlternatingLeastSquares, evaluate, Interactions, int, logUniform, tune } from '../dist/index.mjs'
import { real } from './harness/real.mjs'

export const summary = 'parameters of ALS on MovieLens-1M, found by tune'

const SPACE = {
  factors: int(16, 64, { log: true }),
  regularization: logUniform(0.1, 100),
  alpha: logUniform(0.1, 40),
}
const BY = 'ndcg@10'
const SEEDS = [1, 2]

export async function run({ small, log, arguments: [trials = small ? 6 : 25] }) {
  const file = join(real, 'data/ml-1m/interactions.parquet')
  if (!existsSync(file)) return { missing: 'data/ml-1m under KINDRED_REAL' }
  const whole = await Interactions.read(file, { user: 'user_id', item: 'item_id', time: 'position' })
  const { train, validation, test } = whole.split({ by: 'leave-last-out', validation: true })
  const fit = (params) => new AlternatingLeastSquares({ ...params, seed: 1 }).fit(train)
  const figure = async (model, held) => (await evaluate(model, held, { k: 10, resamples: 1 }))[BY].value
  const defaults = await new AlternatingLeastSquares({ seed: 1 }).fit(train)
  const data = [
    {
      search: 'defaults',
      params: {},
      validation: await figure(defaults, validation),
      test: await figure(defaults, test),
    },
  ]
  for (const seed of small ? SEEDS.slice(0, 1) : SEEDS)
    for (const search of ['random', 'tpe']) {
      const onProgress = ({ done, best }) => log(`${search}, seed ${seed}: trial ${done}, best ${best?.value}`)
      const { best } = await tune(SPACE, fit, {
        by: BY,
        train,
        validation,
        trials: Number(trials),
        search,
        seed,
        onProgress,
      })
      const tested = await figure(await fit(best.params), test)
      data.push({ search, seed, params: best.params, trial: best.trial, validation: best.value, test: tested })
    }
  const columns = ['search', 'seed', 'found', 'in trial', 'validation', 'test']
  const shown = (params) =>
    Object.entries(params)
      .map(([name, value]) => `${name} ${Number(value.toPrecision(3))}`)
      .join(', ')
  const rows = data.map(({ search, seed = '', params, trial = '', ...figures }) => [
    search,
    seed,
    shown(params),
    trial,
    figures.validation.toFixed(4),
    figures.test.toFixed(4),
  ])
  return { data, tables: [{ text: `AlternatingLeastSquares, NDCG@10, ${trials} trials each.`, columns, rows }] }
}
