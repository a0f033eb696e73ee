import { join } from 'node:path'
import {
  AlternatingLeastSquares,
  Blend,
  Catalogue,
  DCNv2,
  EASE,
  evaluate,
  Interactions,
  ItemKNN,
  LogisticRegression,
  type Recommender,
  RetrieveAndRank,
  Stacking,
  Table,
  TextRanker,
} from 'kindred'
import { beforeAll, describe, expect, it } from 'vitest'
import { real, trainings } from '../support/real.js'

/** Users of the part that is looked at; of all 6,040 the orders are the same. */
const USERS = 1000

describe.skipIf(!trainings)(
  'hybrids on a part of MovieLens-1M, leave-last-out, full ranking',
  { timeout: 900_000 },
  () => {
    const folder = join(real ?? '', 'data/ml-1m')
    let train: Interactions
    let test: Interactions
    let users: Table
    let items: Table
    const ndcg = async (model: Recommender) => (await evaluate(model, test, { k: [10] }))['ndcg@10']!.value
    const models = () => [
      new EASE({ regularization: 200 }),
      new AlternatingLeastSquares({ factors: 64, regularization: 20, alpha: 1, seed: 1 }),
      new ItemKNN({ neighbors: 100, weighting: 'bm25' }),
    ]

    beforeAll(async () => {
      const all = await Interactions.read(join(folder, 'interactions.parquet'), {
        user: 'user_id',
        item: 'item_id',
        time: 'position',
      })
      const log = all.filter(({ user }) => Number(user) % Math.round(6040 / USERS) === 1)
      ;({ train, test } = log.split({ by: 'leave-last-out' }))
      users = await Table.read(join(folder, 'users.parquet'))
      const films = await Catalogue.read(join(folder, 'items.jsonl'), { id: 'item_id', text: '{title}' })
      expect(films.ids.size).toBe(3883)
      items = (await Table.read(join(folder, 'items.jsonl'))).select(['item_id', 'year', 'genres'])
    })

    it.each(['scores', 'ranks'] as const)('a blend of %s is as good as its best member, or better', async (method) => {
      const begin = performance.now()
      const blend = await new Blend(models(), { method }).fit(train)
      const seconds = (performance.now() - begin) / 1000
      const alone = []
      for (const model of blend.models) alone.push(await ndcg(model))
      const reached = await ndcg(blend)
      console.log('blend of', method, { seconds, alone, reached, weights: blend.weights, validation: blend.validation })
      expect(reached).toBeGreaterThanOrEqual(Math.max(...alone) - 0.002)
    })

    it('a click model of the score of EASE alone ranks as EASE does', async () => {
      const learner = new LogisticRegression({ epochs: 20, batchSize: 1024, learningRate: 0.02 })
      const ranked = await new RetrieveAndRank(models()[0]!, learner, { depth: 200, ids: false }).fit(train)
      expect(await ndcg(ranked)).toBeCloseTo(await ndcg(ranked.retriever), 10)
      expect(ranked.training.validation!.auc).toBeGreaterThan(0.55)
    })

    it('a click model that ranks what EASE finds, by users and films', async () => {
      const begin = performance.now()
      const learner = new DCNv2({ seed: 1, batchSize: 1024, epochs: 12 })
      const ranked = await new RetrieveAndRank(models()[0]!, learner, { depth: 200 }).fit(train, {
        users: { table: users, id: 'user_id' },
        items: { table: items, id: 'item_id' },
        fields: { 'item.year': 'categorical' },
      })
      const seconds = (performance.now() - begin) / 1000
      const [alone, reached] = [await ndcg(ranked.retriever), await ndcg(ranked)]
      console.log('retrieve and rank', { seconds, alone, reached, training: ranked.training })
      expect(reached).toBeGreaterThan(0.6 * alone)
      expect(ranked.training.validation!.auc).toBeGreaterThan(0.58)
    })

    it('1,000 candidates by DCNv2', async () => {
      const wide = await new RetrieveAndRank(models()[0]!, new DCNv2({ epochs: 1 }), { depth: 1000 }).fit(train, {
        items: { table: items, id: 'item_id' },
      })
      const times = []
      for (const user of [...train.users].slice(0, 100)) {
        const start = performance.now()
        await wide.recommend(user)
        times.push(performance.now() - start)
      }
      console.log('1,000 candidates, median ms', times.sort((a, b) => a - b)[50])
    })

    // A Hugging Face folder with model.safetensors, such as MiniLM's.
    const encoder = process.env.KINDRED_ENCODER
    it.skipIf(!encoder)('reads titles and genres', async () => {
      const some = train.filter(({ user }) => Number(user) % 8 === 3)
      const texts = await Catalogue.read(join(folder, 'items.jsonl'), { id: 'item_id', text: '{title} {genres}' })
      const options = { depth: 20, clicks: 400, history: 3, maxTokens: 64, learningRate: 5e-5 }
      const ranked = await new TextRanker(models()[0]!, encoder!, options).fit(some, { texts })
      const list = await ranked.recommend(some.users.idAt(0), { k: 30 })
      const titles = list.slice(0, 5).map(({ item }) => texts.texts[texts.ids.indexOf(item)])
      console.log('by its texts', titles)
      expect(list.filter(({ score }) => score > 0)).toHaveLength(20)
      expect(new Set(list.slice(0, 20).map(({ score }) => score)).size).toBeGreaterThan(10)
    })

    it('stacking by a click model', async () => {
      const stacking = await new Stacking(models(), new DCNv2({ seed: 1, batchSize: 1024, epochs: 12 }), {
        depth: 200,
      }).fit(train)
      const [alone, reached] = [await ndcg(stacking.retriever), await ndcg(stacking)]
      console.log('stacking', { alone, reached, training: stacking.training })
      expect(reached).toBeGreaterThan(0.6 * alone)
    })
  },
)
