import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import {
  AlternatingLeastSquares,
  Blend,
  ContentBased,
  EASE,
  evaluate,
  Features,
  Interactions,
  ItemKNN,
  loadModel,
  Matrix,
  Popularity,
  RandomBaseline,
  reciprocalRankFusion,
  SeedEnsemble,
} from 'kindred'
import { afterAll, describe, expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import { OrderedHistory, translatedHistory } from '#lib/models/base/history-rows.js'
import { asItems, counts, expectedList, scoredItems, scoredUsers } from '../support/expected-lists.js'
import { anyLog, code, parityFeatures, tasteLog } from '../support/logs.js'

const dir = mkdtempSync(join(tmpdir(), 'kindred-blend-'))
afterAll(() => rmSync(dir, { recursive: true }))

/** Users like items of one of eight topics, and what is popular; two rows a user are held out. */
function topicLog({ users = 400, items = 240, perUser = 14, seed = 3 } = {}) {
  const random = createRandom(seed)
  const rows = []
  for (let user = 0; user < users; user++) {
    const topic = random.integer(8)
    for (let n = 0; n < perUser; n++) {
      const rank = Math.floor(items * random.next() ** 2)
      const item = random.next() < 0.6 ? 8 * Math.floor(rank / 8) + topic : rank
      rows.push({ user, item, time: n })
    }
  }
  return Interactions.from(rows)
}

describe('Blend', () => {
  it('keeps the contract of lists', async () => {
    await fc.assert(
      fc.asyncProperty(anyLog, fc.nat(30), fc.constantFrom('scores', 'ranks'), async (log, k, method) => {
        const models = [new EASE({ regularization: 5 }), new ItemKNN({ neighbors: 4 })]
        const model = await new Blend(models, { method: method as 'scores', weights: [1, 3] }).fit(log)
        const user = log.users.idAt(0)
        const seen = new Set(model.seenItems(user))
        const expected = async (allowed: (item: unknown) => boolean) =>
          asItems(expectedList('EASE', await scoredItems(model, user), counts(log, 'item'), { k, allowed }))
        expect(await model.recommend(user, { k })).toEqual(await expected((item) => !seen.has(item as never)))
        expect(await model.recommend(user, { k, exclude: 'none' })).toEqual(await expected(() => true))
        const some = [...log.items].filter((_, i) => i % 2 === 0)
        expect(await model.recommend(user, { k, candidates: some, exclude: 'none' })).toEqual(
          await expected((item) => some.includes(item as never)),
        )
        const item = log.items.idAt(0)
        const users = expectedList('EASE', await scoredUsers(model, item), counts(log, 'user'), { k })
        expect(await model.recommendUsers(item, { k, exclude: 'none' })).toEqual(
          users.map(({ id, score }) => ({ user: id, score })),
        )
      }),
      { numRuns: 25 },
    )
  })

  it('is reciprocal rank fusion of the lists of what is not seen', async () => {
    await fc.assert(
      fc.asyncProperty(anyLog, fc.nat(100), async (log, rankConstant) => {
        const models = [new EASE({ regularization: 5 }), new ItemKNN({ neighbors: 4 })]
        const weights = [0.25, 0.75]
        const model = await new Blend(models, { method: 'ranks', rankConstant, weights }).fit(log)
        for (const user of [...log.users].slice(0, 3)) {
          const lists = await Promise.all(
            model.models.map((member) => member.recommend(user, { k: 1000, fallback: 'none' })),
          )
          const fused = new Map(
            reciprocalRankFusion(lists, { rankConstant, weights }).map(({ item, score }) => [item, score]),
          )
          const list = await model.recommend(user, { k: 1000, fallback: 'none' })
          expect(list.length).toBe(fused.size)
          for (const { item, score } of list) expect(score).toBeCloseTo(fused.get(item)!, 6)
        }
      }),
      { numRuns: 25 },
    )
  })

  it('sums up z-scores; what a member knows nothing of counts as its worst', async () => {
    const log = tasteLog({ users: 30, items: 20, perUser: 5 })
    const model = await new Blend([new EASE({ regularization: 5 }), new ItemKNN({ neighbors: 2 })], {
      weights: [1, 3],
    }).fit(log)
    const scores = await model.score(3, log.items)
    const expected = new Float64Array(log.items.size)
    let known = new Array<boolean>(log.items.size).fill(false)
    for (const [m, member] of model.models.entries()) {
      const all = [...(await member.score(3, log.items))]
      const some = all.filter((score) => score !== 0)
      const mean = some.reduce((a, b) => a + b, 0) / some.length
      const deviation = Math.sqrt(some.reduce((a, b) => a + (b - mean) ** 2, 0) / some.length)
      const worst = (Math.min(...some) - mean) / deviation
      all.forEach((score, i) => {
        expected[i]! += [0.25, 0.75][m]! * (score === 0 ? worst : (score - mean) / deviation)
      })
      known = known.map((was, i) => was || all[i] !== 0)
    }
    known.forEach((is, i) => {
      expect(scores[i]).toBeCloseTo(is ? expected[i]! : 0, 4)
    })
  })

  it('ranks held-out choices better than its best member, where members know different things', async () => {
    const log = topicLog()
    const { train, test } = log.split({ by: 'leave-k-out', k: 2, choose: 'last' })
    // The topic of each item, of which popularity knows nothing.
    const topics = new Matrix(log.items.size, 8)
    for (const [row, item] of [...log.items].entries()) topics.row(row)[Number(item) % 8] = 1
    const itemFeatures = Features.from(log.items, topics)
    const models = [new ContentBased(), new Popularity(), new RandomBaseline()]
    for (const options of [{}, { method: 'ranks' as const }, { normalization: 'min-max' as const }]) {
      const blend = await new Blend(models, options).fit(train, { itemFeatures })
      const of = async (model: Parameters<typeof evaluate>[0]) =>
        (await evaluate(model, test, { k: [10] }))['ndcg@10']!.value
      const alone = await Promise.all(blend.models.map(of))
      expect(await of(blend)).toBeGreaterThan(1.3 * Math.max(...alone))
      expect(blend.weights.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 10)
      expect(blend.weights[2]).toBeLessThan(0.05)
      const { validation } = blend
      expect(validation).toMatchObject({ metric: 'ndcg@10' })
      expect(validation!.value).toBeGreaterThanOrEqual(Math.max(...validation!.models))
    }
  })

  it('is its best member where the others only add noise', async () => {
    const { train, test } = topicLog({ users: 200 }).split({ by: 'leave-last-out' })
    const models = [new EASE({ regularization: 50 }), new RandomBaseline()]
    const blend = await new Blend(models).fit(train)
    expect(blend.weights[1]).toBeLessThan(0.05)
    const of = async (model: Parameters<typeof evaluate>[0]) =>
      (await evaluate(model, test, { k: [10] }))['ndcg@10']!.value
    expect(await of(blend)).toBeGreaterThanOrEqual((await of(blend.models[0]!)) - 0.005)
  })

  it('learns from a validation that is given, of members that are kept', async () => {
    const log = topicLog({ users: 150 })
    const { train, validation } = log.split({ by: 'leave-last-out', validation: true })
    const ease = await new EASE({ regularization: 50 }).fit(train)
    const popularity = await new Popularity().fit(train)
    const blend = await new Blend([ease, popularity]).fit(train, { validation, members: 'keep' })
    expect(await blend.models[0]!.score(1, train.items)).toEqual(await ease.score(1, train.items))
    const fitted = await new Blend([new EASE({ regularization: 50 }), new Popularity()]).fit(train, { validation })
    expect(fitted.weights).toEqual(blend.weights)
    expect(await fitted.recommend(1)).toEqual(await blend.recommend(1))
    await expect(new Blend([new EASE()]).fit(train, { members: 'keep', validation })).rejects.toEqual(
      code('ERR_NOT_FITTED'),
    )
    await expect(new Blend([ease]).fit(train, { members: 'keep' })).rejects.toEqual(code('ERR_VALUE', /validation/))
  })

  it('draws lists to a distribution of categories, the more the greater its weight', async () => {
    const log = topicLog({ users: 200 })
    const { train, validation } = log.split({ by: 'leave-last-out', validation: true })
    // Popular items are all of category 'a'.
    const categories = new Map([...log.items].map((item) => [item, Number(item) < 60 ? 'a' : ['b', 'c']] as const))
    const divergences = []
    for (const weight of [0, 1, 10, 100]) {
      const models = [new EASE({ regularization: 50 }), new Popularity()]
      const blend = await new Blend(models, { diversity: { weight, target: 'uniform' } }).fit(train, {
        validation,
        categories,
      })
      divergences.push(blend.validation!.divergence!)
    }
    expect(divergences).toEqual([...divergences].sort((a, b) => b - a))
    expect(divergences[3]).toBeLessThan(0.5 * divergences[0]!)
    await expect(new Blend([new EASE()], { diversity: { weight: 1 } }).fit(train)).rejects.toEqual(
      code('ERR_VALUE', /categories/),
    )
    await expect(
      new Blend([new EASE()], { diversity: { weight: 1 } }).fit(train, { categories: [['nothing', 'a']] }),
    ).rejects.toEqual(code('ERR_DATA', /categories/))
  })

  it('is saved with its members, over an older one, and loads in the same state', async () => {
    const log = tasteLog()
    const folder = join(dir, 'saved')
    const inner = new Blend([new EASE({ regularization: 9 }), new Popularity()], { weights: [2, 1] })
    for (const seed of [1, 2]) {
      const als = new AlternatingLeastSquares({ factors: 4, iterations: 2, seed })
      const categories = new Map([...log.items].map((item) => [item, Number(item) % 3 === 0 ? 'x' : 'y'] as const))
      const blend = await new Blend([inner, als], { diversity: { weight: 0.5 } }).fit(log, { categories })
      await blend.save(folder)
      const loaded = await loadModel<Blend>(folder)
      expect(loaded).toBeInstanceOf(Blend)
      expect(loaded.options).toEqual(blend.options)
      expect(loaded.weights).toEqual(blend.weights)
      expect(loaded.validation).toEqual(blend.validation)
      expect(await loaded.score(5, log.items)).toEqual(await blend.score(5, log.items))
      const again = await Blend.load(folder)
      const news = Interactions.from([{ user: 'new', item: 3 }])
      await again.update(news)
      await blend.update(news)
      expect(await again.recommend('new')).toEqual(await blend.recommend('new'))
      const refitted = await again.fit(log, { categories })
      expect(refitted.weights).toEqual(loaded.weights)
    }
    expect(readdirSync(folder).filter((name) => name.startsWith('parts-'))).toHaveLength(1)
    const config = join(folder, 'config.json')
    const text = readFileSync(config, 'utf8')
    const changed: [string | RegExp, string][] = [
      [/"parts-[0-9a-f]{16}"/, '"../other"'],
      [/"parts-[0-9a-f]{16}"/, '"parts-0123456789abcdef"'],
      [/"parts-[0-9a-f]{16}"/, '7'],
      [/"parts": "[^"]*",/, ''],
      ['"scores"', '"sums"'],
      ['"learn"', '[1, 2, 3]'],
      ['"learn"', '"forget"'],
    ]
    for (const [from, to] of changed) {
      expect(text).toMatch(from)
      writeFileSync(config, text.replace(from, to))
      await expect(loadModel(folder), to).rejects.toEqual(code('ERR_MODEL_FILE'))
    }
    writeFileSync(config, text)
    rmSync(join(folder, readdirSync(folder).find((name) => name.startsWith('parts-'))!, '1'), { recursive: true })
    await expect(loadModel(folder)).rejects.toEqual(code('ERR_MODEL_FILE'))
  })

  it('recommends to new users, takes updates and new items, and leaves the given models alone', async () => {
    const log = tasteLog()
    const given = [new AlternatingLeastSquares({ factors: 4, iterations: 2 }), new ContentBased(), new EASE()]
    const ids = [...log.items, 1000] as number[]
    const blend = await new Blend(given, { weights: [1, 1, 1] }).fit(log, { itemFeatures: parityFeatures(ids) })
    expect(() => given[0]!.users).toThrow(code('ERR_NOT_FITTED'))
    expect(blend.items.has(1000)).toBe(true)
    expect(blend.capabilities).toMatchObject({ itemFeatures: true, addItems: true, update: true, recommendFor: true })
    const list = await blend.recommendFor([{ item: 2 }, { item: 4 }], { k: 100 })
    expect(list).toHaveLength(blend.items.size - 2)
    await blend.addItems(parityFeatures([1002, 2]))
    expect(blend.items.has(1002)).toBe(true)
    const before = blend.models[0]!
    await blend.update(Interactions.from([{ user: 'new', item: 'fresh' }]))
    expect(before.users.has('new')).toBe(false)
    expect(blend.seenItems('new')).toEqual(['fresh'])
    await expect(blend.similarItems(2)).rejects.toEqual(code('ERR_NOT_SUPPORTED'))
  })

  it('refuses what cannot be blended', async () => {
    expect(() => new Blend([{} as never])).toThrow(code('ERR_VALUE', /expected a model/))
    const ease = new EASE()
    expect(() => new Blend([ease, ease])).toThrow(code('ERR_VALUE', /again/))
    expect(() => new Blend([ease], { weights: [1, 2] })).toThrow(code('ERR_SHAPE'))
    expect(() => new Blend([ease], { weights: [0] })).toThrow(code('ERR_VALUE'))
    const log = Interactions.from([{ user: 1, item: 1 }])
    await expect(new Blend([]).fit(log)).rejects.toEqual(code('ERR_VALUE', /one model/))
    await expect(new Blend([ease]).fit(log)).rejects.toEqual(code('ERR_DATA', /several rows/))
    await expect(new Blend([ease]).fit(log, { validation: log })).rejects.toEqual(code('ERR_DATA', /validation/))
    await expect(new Blend([ease]).fit(tasteLog(), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    })
  })
})

describe('SeedEnsemble', () => {
  it('averages the scores of models of several seeds, and is saved', async () => {
    const log = tasteLog()
    const ensemble = await new SeedEnsemble(new AlternatingLeastSquares({ factors: 4, iterations: 2 }), {
      seeds: [4, 9],
      normalization: 'none',
    }).fit(log)
    const each = await Promise.all(
      [4, 9].map(async (seed) => {
        const model = await new AlternatingLeastSquares({ factors: 4, iterations: 2, seed }).fit(log)
        return model.score(1, log.items)
      }),
    )
    const scores = await ensemble.score(1, log.items)
    scores.forEach((score, i) => {
      expect(score).toBeCloseTo((each[0]![i]! + each[1]![i]!) / 2, 5)
    })
    const folder = join(dir, 'seeds')
    await ensemble.save(folder)
    const loaded = await loadModel<SeedEnsemble>(folder)
    expect(loaded.options).toEqual(ensemble.options)
    expect(await loaded.score(1, log.items)).toEqual(scores)
    expect(() => new SeedEnsemble(new EASE())).toThrow(code('ERR_VALUE', /seed/))
    expect(() => new SeedEnsemble(new RandomBaseline(), { seeds: [1, 1] })).toThrow(code('ERR_VALUE'))
  })
})

it('a history keeps its order in the rows of a member, without items that this does not know', () => {
  const history = new OrderedHistory([
    [0, 1],
    [1, 4],
    [2, 2],
  ])
  history.order.push(2, 1, 0, 2)
  const places = Int32Array.of(5, -1, 3)
  const own = translatedHistory(history, places)
  expect([...own]).toEqual([
    [5, 1],
    [3, 2],
  ])
  expect((own as OrderedHistory).order).toEqual([3, 5, 3])
  expect(translatedHistory(new Map([[2, 7]]), places)).toEqual(new Map([[3, 7]]))
})

it('a validation that is no log is refused, and items may come twice among categories', async () => {
  const log = tasteLog()
  const blend = new Blend([new EASE(), new Popularity()], { diversity: { weight: 1 } })
  const categories = Array.from(log.items, (id): [string | number, string] => [id, 'one']).slice(1)
  for (const validation of [null, 5, [], {}])
    await expect(blend.fit(log, { validation, categories } as never)).rejects.toEqual(code('ERR_VALUE', /validation/))
  const once = await blend.fresh().fit(log, { categories })
  const twice = await blend.fresh().fit(log, { categories: [...categories, categories[0]!] })
  const user = log.users.idAt(0)
  expect(await twice.recommend(user)).toEqual(await once.recommend(user))
})
