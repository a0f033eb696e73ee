import { join } from 'node:path'
import {
  AlternatingLeastSquares,
  Catalogue,
  evaluate,
  evaluateSampled,
  type Id,
  Interactions,
  Popularity,
  TextEmbedder,
} from 'kindred'
import { describe, expect, it } from 'vitest'
import { lines, real } from '../support/real.js'

describe.skipIf(!real)('on MovieLens-1M', () => {
  it('leave-last-out, full ranking: ALS and popularity', async () => {
    const log = await Interactions.read(join(real!, 'data/ml-1m/interactions.parquet'), {
      user: 'user_id',
      item: 'item_id',
      time: 'position',
    })
    const { train, test } = log.split({ by: 'leave-last-out' })
    const als = await new AlternatingLeastSquares({ factors: 128, regularization: 20, alpha: 1, seed: 1 }).fit(train)
    const figures = await evaluate(als, test)
    const popular = await evaluate(await new Popularity().fit(train), test)
    console.log('leave-last-out', figures['hitRate@10'], figures['ndcg@10'], popular['hitRate@10'], popular['ndcg@10'])
    expect(figures['hitRate@10']!.value).toBeGreaterThanOrEqual(0.1)
    expect(figures['ndcg@10']!.value).toBeGreaterThanOrEqual(0.051)
    expect(popular['hitRate@10']!.value).toBeCloseTo(0.0364, 3)
    expect(popular['ndcg@10']!.value).toBeCloseTo(0.0179, 3)
  })

  it('the protocol of He et al. 2017, 99 given negatives, mean of three seeds', async () => {
    const folder = join(real!, 'data/ncf-ml-1m')
    const pair = (line: string) => {
      const [user, item] = line.split('\t').map(Number)
      return { user: user!, item: item! }
    }
    const train = Interactions.from(lines(join(folder, 'ml-1m.train.rating')).map(pair))
    const test = Interactions.from(lines(join(folder, 'ml-1m.test.rating')).map(pair))
    const negatives = lines(join(folder, 'ml-1m.test.negative')).map((line): [Id, Id[]] => {
      const [key, ...items] = line.split('\t')
      return [Number(key!.slice(1).split(',')[0]), items.map(Number)]
    })
    const means = { hitRate: 0, ndcg: 0 }
    for (const seed of [1, 2, 3]) {
      const model = await new AlternatingLeastSquares({ factors: 64, regularization: 10, alpha: 5, seed }).fit(train)
      const figures = await evaluateSampled(model, test, { negatives, k: 10, resamples: 10 })
      expect(figures.report).toMatchObject({ users: 6040, droppedNegatives: 156 })
      means.hitRate += figures['sampled hitRate@10']!.value / 3
      means.ndcg += figures['sampled ndcg@10']!.value / 3
    }
    console.log('NCF protocol', means)
    expect(means.hitRate).toBeGreaterThanOrEqual(0.714)
    expect(means.ndcg).toBeGreaterThanOrEqual(0.441)
  })

  it('films that nobody has rated, ranked by their plots: mean of five draws', { timeout: 600_000 }, async () => {
    const folder = join(real!, 'data/ml-1m')
    const log = await Interactions.read(join(folder, 'interactions.parquet'), { user: 'user_id', item: 'item_id' })
    const catalogue = await Catalogue.read(join(folder, 'items.jsonl'), { id: 'item_id', text: '{title}. {plot}' })
    await using encoder = await TextEmbedder.load(join(real!, 'models/all-MiniLM-L6-v2'))
    const itemFeatures = await encoder.embedItems(catalogue)
    let mean = 0
    for (let seed = 1; seed <= 5; seed++) {
      const { train, test } = log.split({ by: 'cold-items', seed })
      const model = await new AlternatingLeastSquares().fit(train, { itemFeatures })
      const figures = await evaluate(model, test, { k: 20, candidates: test.items, resamples: 10 })
      mean += figures['recall@20']!.value / 5
    }
    console.log('cold films, recall@20', mean)
    expect(mean).toBeGreaterThanOrEqual(0.12)
  })
})
