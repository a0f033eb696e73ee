// How the settings of AlternatingLeastSquares in docs/factorization.md were chosen: each user's last interaction of the
// training part of He et al. 2017 is held out, with 99 random negatives; the test part is never read. Argument: the
// number of factors, 64 by default. The data: ncf-ml-1m/ under $KINDRED_REAL/data.
import { AlternatingLeastSquares, evaluateSampled } from '../dist/index.mjs'
import { ncfMissing, ncfTrain } from './harness/ncf.mjs'

export const summary = 'settings of ALS on a validation split of MovieLens-1M'

const GRID = {
  unobservedWeight: [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4],
  regularization: [0.003, 0.006, 0.009, 0.012, 0.02],
}
/** What --small tries, with few factors. */
const FEW = { unobservedWeight: [0.3], regularization: [0.003, 0.009] }

export async function run({ small, log, arguments: [factors = small ? 16 : 64] }) {
  const missing = ncfMissing()
  if (missing) return { missing }
  const { train, test } = ncfTrain().split({ by: 'leave-last-out' })
  const grid = small ? FEW : GRID
  const data = []
  for (const unobservedWeight of grid.unobservedWeight)
    for (const regularization of grid.regularization) {
      log(`unobservedWeight ${unobservedWeight}, regularization ${regularization}`)
      const options = {
        factors: Number(factors),
        alpha: 1,
        unobservedWeight,
        regularization,
        regularizationExponent: 1,
      }
      const model = await new AlternatingLeastSquares({ ...options, seed: 1 }).fit(train)
      const figures = await evaluateSampled(model, test, { negatives: 99, k: 10, resamples: 10 })
      const [hitRate, ndcg] = ['hitRate', 'ndcg'].map((name) => figures[`sampled ${name}@10`].value)
      data.push({ ...options, hitRate, ndcg })
    }
  const columns = ['unobservedWeight', 'regularization', 'HR@10', 'NDCG@10']
  const rows = data.map((one) => [
    one.unobservedWeight,
    one.regularization,
    one.hitRate.toFixed(4),
    one.ndcg.toFixed(4),
  ])
  return { data, tables: [{ text: `${factors} factors, alpha 1, regularizationExponent 1, seed 1.`, columns, rows }] }
}
