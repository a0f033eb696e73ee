import { EASE } from 'kindred'
import { describe, expect, it } from 'vitest'
import { ncf, reached } from '../support/ncf.js'
import { real } from '../support/real.js'

/** The figures published for the split of He et al. 2017 by Anelli et al. 2021 and Ferrari Dacrema et al. 2019. */
describe.skipIf(!real)('linear models on MovieLens-1M, 99 given negatives', () => {
  it('EASE reaches the published figures to four decimals', { timeout: 120_000 }, async () => {
    const { hitRate, ndcg } = await reached(new EASE({ regularization: 1320 }), ncf())
    expect([hitRate.toFixed(4), ndcg.toFixed(4)]).toEqual(['0.7192', '0.4494'])
  })
})
