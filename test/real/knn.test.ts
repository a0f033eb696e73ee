import { join } from 'node:path'
import { evaluateSampled, type Id, Interactions, ItemKNN, type NeighborOptions, UserKNN } from 'kindred'
import { describe, expect, it } from 'vitest'
import { lines, real } from '../support/real.js'

function ncf() {
  const folder = join(real!, 'data/ncf-ml-1m')
  const pair = (line: string) => {
    const [user, item] = line.split('\t').map(Number)
    return { user: user!, item: item! }
  }
  const negatives = lines(join(folder, 'ml-1m.test.negative')).map((line): [Id, Id[]] => {
    const [key, ...items] = line.split('\t')
    return [Number(key!.slice(1).split(',')[0]), items.map(Number)]
  })
  const read = (name: string) => Interactions.from(lines(join(folder, name)).map(pair))
  return { train: read('ml-1m.train.rating'), test: read('ml-1m.test.rating'), negatives }
}

/** The figures published by Ferrari Dacrema, Cremonesi, Jannach 2019 for the split of He et al. 2017. */
const PUBLISHED: [typeof ItemKNN | typeof UserKNN, NeighborOptions, number, number][] = [
  [ItemKNN, { neighbors: 111, similarity: 'cosine', weighting: 'bm25', shrinkage: 298 }, 0.6694, 0.3979],
  [UserKNN, { neighbors: 516, similarity: 'cosine', weighting: 'bm25', shrinkage: 0 }, 0.6606, 0.3951],
  [ItemKNN, { neighbors: 62, similarity: 'jaccard', shrinkage: 19 }, 0.6533, 0.3837],
  [UserKNN, { neighbors: 259, similarity: 'jaccard' }, 0.6725, 0.4066],
]

describe.skipIf(!real)('neighbourhoods on MovieLens-1M, 99 given negatives', () => {
  it('reach the published figures', { timeout: 300_000 }, async () => {
    const { train, test, negatives } = ncf()
    for (const [Model, options, hitRate, ndcg] of PUBLISHED) {
      const started = performance.now()
      const model = await new Model(options).fit(train)
      const seconds = (performance.now() - started) / 1000
      const figures = await evaluateSampled(model, test, { negatives, k: 10, resamples: 10 })
      const reached = [figures['sampled hitRate@10']!.value, figures['sampled ndcg@10']!.value]
      console.log(Model.name, options, reached, `fit ${seconds.toFixed(2)} s`)
      expect(Math.abs(reached[0]! - hitRate)).toBeLessThanOrEqual(0.005)
      expect(Math.abs(reached[1]! - ndcg)).toBeLessThanOrEqual(0.005)
    }
  })
})
