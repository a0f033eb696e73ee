import { ItemKNN, type ItemKNNOptions, UserKNN, type UserKNNOptions } from 'kindred'
import { describe, expect, it } from 'vitest'
import { ncf, reached } from '../support/ncf.js'
import { real } from '../support/real.js'

/** The figures published by Ferrari Dacrema, Cremonesi, Jannach 2019 for the split of He et al. 2017. */
const PUBLISHED: [typeof ItemKNN | typeof UserKNN, ItemKNNOptions | UserKNNOptions, number, number][] = [
  [ItemKNN, { neighbors: 111, similarity: 'cosine', weighting: 'bm25', shrinkage: 298 }, 0.6694, 0.3979],
  [UserKNN, { neighbors: 516, similarity: 'cosine', weighting: 'bm25', neighborhood: 'reverse' }, 0.6606, 0.3951],
  [ItemKNN, { neighbors: 62, similarity: 'jaccard', shrinkage: 19 }, 0.6533, 0.3837],
  [UserKNN, { neighbors: 259, similarity: 'jaccard', neighborhood: 'reverse' }, 0.6725, 0.4066],
]

describe.skipIf(!real)('neighbourhoods on MovieLens-1M, 99 given negatives', () => {
  it('reach the published figures', { timeout: 300_000 }, async () => {
    const data = ncf()
    for (const [Model, options, hitRate, ndcg] of PUBLISHED) {
      const figures = await reached(new Model(options as object), data)
      expect(Math.abs(figures.hitRate - hitRate)).toBeLessThanOrEqual(0.005)
      expect(Math.abs(figures.ndcg - ndcg)).toBeLessThanOrEqual(0.005)
    }
  })
})
