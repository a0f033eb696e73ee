import { join } from 'node:path'
import {
  AlternatingLeastSquares,
  BayesianPersonalizedRanking,
  Interactions,
  MatrixFactorization,
  type Recommender,
} from 'kindred'
import { describe, expect, it } from 'vitest'
import { ncf, reached } from '../support/ncf.js'
import { real } from '../support/real.js'

/** What all settings chosen on a validation split of the training part have in common (npm run bench -- als-validation). */
const CHOSEN = { alpha: 1, regularizationExponent: 1, regularization: 0.009 }

async function mean(make: (seed: number) => Recommender, seeds: number[]) {
  const data = ncf()
  const total = { hitRate: 0, ndcg: 0 }
  for (const seed of seeds) {
    const { hitRate, ndcg } = await reached(make(seed), data)
    total.hitRate += hitRate / seeds.length
    total.ndcg += ndcg / seeds.length
  }
  return total
}

describe.skipIf(!real)('factors on MovieLens-1M, 99 given negatives', { timeout: 300_000 }, () => {
  it.each([
    [{ factors: 64, unobservedWeight: 0.3, ...CHOSEN }, 0.7173, 0.4443],
    [{ factors: 128, unobservedWeight: 0.25, ...CHOSEN }, 0.7243, 0.449],
    [{ factors: 64, regularization: 50, alpha: 10 }, 0.7213, 0.4413],
  ])('AlternatingLeastSquares %o', async (options, hitRate, ndcg) => {
    const figures = await mean((seed) => new AlternatingLeastSquares({ ...options, seed }), [1, 2, 3])
    expect(figures.hitRate).toBeGreaterThanOrEqual(hitRate)
    expect(figures.ndcg).toBeGreaterThanOrEqual(ndcg)
  })

  it('the exact solver and blocks find what conjugate gradients find', async () => {
    const options = { factors: 64, unobservedWeight: 0.3, ...CHOSEN }
    const all = []
    for (const solver of ['cg', 'cholesky', 'block'] as const)
      all.push(await mean((seed) => new AlternatingLeastSquares({ ...options, solver, blockSize: 32, seed }), [1]))
    for (const { ndcg } of all) expect(Math.abs(ndcg - all[0]!.ndcg)).toBeLessThanOrEqual(0.006)
  })

  it('BayesianPersonalizedRanking, at least what is published for it', async () => {
    const options = { factors: 200, learningRate: 0.05, regularization: 0.01, iterations: 100 }
    const { hitRate, ndcg } = await mean((seed) => new BayesianPersonalizedRanking({ ...options, seed }), [1])
    expect(hitRate).toBeGreaterThanOrEqual(0.6305)
    expect(ndcg).toBeGreaterThanOrEqual(0.373)
    const popular = await mean(
      (seed) => new BayesianPersonalizedRanking({ ...options, seed, negativeSampling: 'popularity' }),
      [1],
    )
    expect(popular.hitRate).toBeGreaterThanOrEqual(0.6205)
    expect(popular.ndcg).toBeGreaterThanOrEqual(0.363)
  })
})

it.skipIf(!real)(
  'MatrixFactorization at the settings of Surprise: RMSE 0.873 on MovieLens-1M',
  { timeout: 300_000 },
  async () => {
    const file = join(real!, 'data/ml-1m/interactions.parquet')
    const log = await Interactions.read(file, { user: 'user_id', item: 'item_id', weight: 'rating' })
    const { train, test } = log.split({ by: 'random', fraction: 0.2, seed: 1 })
    const settings = { factors: 100, learningRate: 0.005, regularization: 0.02, iterations: 20, seed: 1 }
    const model = await new MatrixFactorization(settings).fit(train)
    const scores = await model.scoreMany(test, { unknown: 'mean' })
    let squares = 0
    for (const [n, { weight }] of [...test].entries()) squares += (weight - scores[n]!) ** 2
    expect(Math.sqrt(squares / test.size)).toBeLessThan(0.876)
  },
)
