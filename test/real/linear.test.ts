import { EASE, P3alpha, PureSVD, RP3beta, SLIM } from 'kindred'
import { describe, expect, it } from 'vitest'
import { ncf, reached } from '../support/ncf.js'
import { real } from '../support/real.js'

/** The figures published for the split of He et al. 2017 by Anelli et al. 2021 and Ferrari Dacrema et al. 2019. */
describe.skipIf(!real)('linear models on MovieLens-1M, 99 given negatives', () => {
  it('EASE reaches the published figures to four decimals', { timeout: 120_000 }, async () => {
    const { hitRate, ndcg } = await reached(new EASE({ regularization: 1320 }), ncf())
    expect([hitRate.toFixed(4), ndcg.toFixed(4)]).toEqual(['0.7192', '0.4494'])
  })

  it('SLIM reaches the published figures', { timeout: 300_000 }, async () => {
    const { hitRate, ndcg } = await reached(
      new SLIM({ alpha: 0.0788, l1Ratio: 1.19e-5, neighbors: 544, iterations: 30 }),
      ncf(),
    )
    expect(Math.abs(hitRate - 0.7162)).toBeLessThanOrEqual(0.003)
    expect(Math.abs(ndcg - 0.4468)).toBeLessThanOrEqual(0.003)
  })

  it('PureSVD reaches the published figures', { timeout: 120_000 }, async () => {
    const { hitRate, ndcg } = await reached(new PureSVD({ factors: 52 }), ncf())
    expect(Math.abs(hitRate - 0.6937)).toBeLessThanOrEqual(0.003)
    expect(Math.abs(ndcg - 0.4303)).toBeLessThanOrEqual(0.003)
  })

  it('random walks reach the published figures', { timeout: 120_000 }, async () => {
    const data = ncf()
    const p3alpha = await reached(new P3alpha({ alpha: 1.2177, neighbors: 1000 }), data)
    expect(Math.abs(p3alpha.hitRate - 0.646)).toBeLessThanOrEqual(0.003)
    expect(Math.abs(p3alpha.ndcg - 0.3876)).toBeLessThanOrEqual(0.003)
    const rp3beta = await reached(new RP3beta({ alpha: 1.0807, beta: 0.7029, neighbors: 546 }), data)
    expect(Math.abs(rp3beta.hitRate - 0.6758)).toBeLessThanOrEqual(0.003)
    expect(Math.abs(rp3beta.ndcg - 0.4011)).toBeLessThanOrEqual(0.003)
  })
})
