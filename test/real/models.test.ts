import { join } from 'node:path'
import {
  AlternatingLeastSquares,
  Catalogue,
  evaluate,
  evaluateSampled,
  type Id,
  Interactions,
  loadEmbedder,
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

  it('features help where ratings are few, and films that have had their first ones', async () => {
    const log = await Interactions.read(join(real!, 'data/ml-1m/interactions.parquet'), {
      user: 'user_id',
      item: 'item_id',
    })
    const text = '{title}. {genres}. {directors}. {actors}. {plot}'
    const catalogue = await Catalogue.read(join(real!, 'data/ml-1m/items.jsonl'), { id: 'item_id', text })
    const encoder = await loadEmbedder('assets/encoder')
    const itemFeatures = await encoder.embedItems(catalogue)
    encoder.dispose()
    const countsOf = (rows: Interactions) => {
      const counts = new Map<Id, number>()
      for (const { item } of rows) counts.set(item, (counts.get(item) ?? 0) + 1)
      return counts
    }
    const recall = async (model: AlternatingLeastSquares, test: Interactions, candidates: Iterable<Id>) =>
      (await evaluate(model, test, { k: 20, candidates: [...candidates], resamples: 1 }))['recall@20']!.value

    const { train, test } = log.split({ by: 'random', fraction: 0.2, seed: 1 })
    const counts = countsOf(train)
    const held = test.filter(({ item }) => counts.has(item))
    const rare = new Set([...counts.keys()].filter((item) => counts.get(item)! <= 36))
    const ofRare = held.filter(({ item }) => rare.has(item))
    const without = await new AlternatingLeastSquares({ seed: 1 }).fit(train)
    const model = await new AlternatingLeastSquares({ seed: 1 }).fit(train, { itemFeatures })
    const thin = [await recall(without, ofRare, rare), await recall(model, ofRare, rare)]
    const all = [await recall(without, held, train.items), await recall(model, held, train.items)]
    console.log('recall@20 without and with features: films with few ratings', thin, 'all', all)
    expect(thin[1]!).toBeGreaterThan(thin[0]! + 0.003)
    expect(all[1]!).toBeGreaterThan(all[0]! - 0.001)

    const cold = log.split({ by: 'cold-items', fraction: 0.2, minInteractions: 60, seed: 1 })
    const seen = new Map<Id, number>()
    const first: boolean[] = []
    for (const { item } of cold.test) {
      seen.set(item, (seen.get(item) ?? 0) + 1)
      first.push(seen.get(item)! <= 10)
    }
    const part = (wanted: boolean) => {
      let row = 0
      return cold.test.filter(() => first[row++] === wanted)
    }
    const films = cold.test.items
    const byFeatures = await new AlternatingLeastSquares({ seed: 1 }).fit(cold.train, { itemFeatures })
    const placed = await recall(byFeatures, part(false), films)
    await byFeatures.update(part(true))
    const byRatings = await new AlternatingLeastSquares({ seed: 1 }).fit(cold.train)
    await byRatings.update(part(true))
    const [ratings, both] = [await recall(byRatings, part(false), films), await recall(byFeatures, part(false), films)]
    console.log('new films, ten ratings each: features alone', placed, 'ratings alone', ratings, 'both', both)
    expect(both).toBeGreaterThan(Math.max(placed, ratings) + 0.02)
  })

  it('a fifth of the films new, all films ranked: new ones are recommended at the cost asked for', {
    timeout: 600_000,
  }, async () => {
    const log = await Interactions.read(join(real!, 'data/ml-1m/interactions.parquet'), {
      user: 'user_id',
      item: 'item_id',
    })
    const text = '{title}. {genres}. {directors}. {actors}. {plot}'
    const catalogue = await Catalogue.read(join(real!, 'data/ml-1m/items.jsonl'), { id: 'item_id', text })
    const encoder = await loadEmbedder('assets/encoder')
    const itemFeatures = await encoder.embedItems(catalogue)
    encoder.dispose()
    const cold = log.split({ by: 'cold-items', fraction: 0.2, minInteractions: 5, seed: 1 })
    const { train, test: warm } = cold.train.split({ by: 'random', fraction: 0.1, seed: 1 })
    const recall = async (model: AlternatingLeastSquares, test: Interactions) =>
      (await evaluate(model, test, { k: 20, resamples: 1 }))['recall@20']!.value
    const without = await recall(await new AlternatingLeastSquares({ seed: 1 }).fit(train), warm)
    const figures = []
    for (const options of [{ newItemScale: 1 }, {}, { newItemCost: 0.2 }]) {
      const model = await new AlternatingLeastSquares({ seed: 1, ...options }).fit(train, { itemFeatures })
      figures.push({ cold: await recall(model, cold.test), loss: 1 - (await recall(model, warm)) / without })
    }
    console.log('new films among all: as mapped, by default, at a fifth of the recall of the others', figures)
    const [asMapped, byDefault, daring] = figures
    expect(byDefault!.cold).toBeGreaterThan(Math.max(0.004, 5 * asMapped!.cold))
    expect(byDefault!.loss).toBeLessThanOrEqual(0.02)
    expect(daring!.cold).toBeGreaterThan(0.035)
    expect(daring!.loss).toBeLessThan(0.25)
  })
})
