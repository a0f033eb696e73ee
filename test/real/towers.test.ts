import { join } from 'node:path'
import { AlternatingLeastSquares, Catalogue, evaluate, Interactions, MultVAE, TextEmbedder, TwoTower } from 'kindred'
import { describe, expect, it } from 'vitest'
import { ncf, reached } from '../support/ncf.js'
import { real, trainings } from '../support/real.js'

describe.skipIf(!trainings)('on MovieLens-1M', () => {
  it('TwoTower ranks films that nobody has rated about as well as ALS with features', {
    timeout: 1_800_000,
  }, async () => {
    const folder = join(real!, 'data/ml-1m')
    const log = await Interactions.read(join(folder, 'interactions.parquet'), { user: 'user_id', item: 'item_id' })
    const text = '{title}. {genres}. {directors}. {actors}. {plot}'
    const catalogue = await Catalogue.read(join(folder, 'items.jsonl'), { id: 'item_id', text })
    await using encoder = await TextEmbedder.load(join(real!, 'models/all-MiniLM-L6-v2'))
    const itemFeatures = await encoder.embedItems(catalogue)
    const { train, test } = log.split({ by: 'cold-items', fraction: 0.2, minInteractions: 5, seed: 1 })
    const recall = async (model: AlternatingLeastSquares | TwoTower) => {
      const figures = await evaluate(model, test, { k: 20, candidates: [...test.items], resamples: 10 })
      return figures['recall@20']!.value
    }
    const als = await recall(await new AlternatingLeastSquares({ factors: 64, seed: 1 }).fit(train, { itemFeatures }))
    const towers = await recall(await new TwoTower({ seed: 1 }).fit(train, { itemFeatures }))
    console.log('cold films, recall@20', { als, towers })
    expect(towers).toBeGreaterThan(0.95 * als)
  })

  it('MultVAE, the protocol of He et al. 2017', { timeout: 3_600_000 }, async () => {
    const { hitRate, ndcg } = await reached(new MultVAE({ seed: 1 }), ncf())
    expect(hitRate).toBeGreaterThan(0.6)
    expect(ndcg).toBeGreaterThan(0.35)
  })
})
