import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import {
  AlternatingLeastSquares,
  Features,
  FewShotHeads,
  Interactions,
  informativeItems,
  inversePropensityWeights,
  itemPropensities,
  loadModel,
  Matrix,
} from 'kindred'
import { afterAll, describe, expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import { posteriorOf } from '#lib/models/meta/user-prior.js'
import { code, tasteLog } from '../support/logs.js'

const dir = mkdtempSync(join(tmpdir(), 'kindred-meta-'))
afterAll(() => rmSync(dir, { recursive: true }))

/** Ratings by linear heads that differ in the first two of six numbers of the items, and little in the others. */
function linearRatings({ users = 300, items = 120, perUser = 20, seed = 7 } = {}) {
  const random = createRandom(seed)
  const vectors = new Matrix(items, 6)
  for (let i = 0; i < vectors.data.length; i++) vectors.data[i] = random.normal()
  const heads = Array.from({ length: users }, () =>
    [1.5, 1.5, 0.1, 0.1, 0.1, 0.1].map((size) => size * random.normal()),
  )
  const rating = (user: number, item: number) =>
    3 + heads[user]!.reduce((sum, weight, d) => sum + weight * vectors.data[item * 6 + d]!, 0)
  const rows = []
  for (let user = 0; user < users; user++)
    for (let n = 0; n < perUser; n++) {
      const item = Math.floor(items * random.next() ** 2)
      rows.push({ user, item, weight: rating(user, item) + 0.3 * random.normal() })
    }
  const features = Features.from(
    Array.from({ length: items }, (_, i) => i),
    vectors,
  )
  return { log: Interactions.from(rows), features, rating, items, users }
}

describe('FewShotHeads', () => {
  const { log, features, rating, items } = linearRatings()
  const options = { dims: 6, iterations: 15 }

  it('computes the posterior of ridge regression', () => {
    // One number, prior N(2, 4), noise 1, two answers about x = 1: precision 1/4 + 2, mean (2/4 + 3 + 5) / that.
    const prior = { mean: Float64Array.of(2), covariance: Float64Array.of(4), noise: 1 }
    const one = Float32Array.of(1)
    const unobserved = { weight: 0, gram: new Float64Array(1), count: 0 }
    const own = posteriorOf(prior, Float64Array.of(0.25), { vectors: [one, one], targets: [3, 5] }, unobserved)
    expect(own.covariance[0]).toBeCloseTo(1 / 2.25, 12)
    expect(own.mean[0]).toBeCloseTo(8.5 / 2.25, 12)
  })

  it('learns how users differ, and so predicts from few answers', async () => {
    const train = log.filter(({ user }) => Number(user) < 250)
    const model = await new FewShotHeads(options).fit(train, { itemFeatures: features })
    expect(model.noise).toBeGreaterThan(0.2)
    expect(model.noise).toBeLessThan(0.45)
    // Heads with a prior that says nothing of how users differ.
    const flat = await new FewShotHeads({ ...options, iterations: 1 }).fit(train, { itemFeatures: features })
    const errorOf = async (own: FewShotHeads, answers: number) => {
      let [squares, count] = [0, 0]
      for (let user = 250; user < 300; user++) {
        const history = Array.from({ length: answers }, (_, n) => ({ item: 7 * n, weight: rating(user, 7 * n) }))
        for (const { item, score } of await own.recommendFor(history, { k: items })) {
          squares += (score - rating(user, Number(item))) ** 2
          count++
        }
      }
      return Math.sqrt(squares / count)
    }
    const [none, two, four] = [await errorOf(model, 0), await errorOf(model, 2), await errorOf(model, 4)]
    expect(two).toBeLessThan(0.85 * none)
    expect(four).toBeLessThan(0.4 * none)
    expect(four).toBeLessThan(0.8 * (await errorOf(flat, 4)))
  })

  it('asks what lowers the variance most, and learns more of that than of others', async () => {
    const model = await new FewShotHeads(options).fit(log, { itemFeatures: features })
    const errorAfter = async (asked: readonly number[], user: number) => {
      const history = asked.map((item) => ({ item, weight: rating(user, item) }))
      const list = await model.recommendFor(history, { k: items, exclude: 'none' })
      return list.reduce((sum, { item, score }) => sum + (score - rating(user, Number(item))) ** 2, 0) / list.length
    }
    const questions = await model.nextQuestions([], { k: 3, answerable: 'all' })
    expect(questions.map(({ score }) => score)).toEqual([...questions.map(({ score }) => score)].sort((a, b) => b - a))
    const random = createRandom(1)
    let [chosen, drawn] = [0, 0]
    for (let user = 0; user < 60; user++) {
      chosen += await errorAfter(
        questions.map(({ item }) => Number(item)),
        user,
      )
      drawn += await errorAfter([random.integer(items), random.integer(items), random.integer(items)], user)
    }
    expect(chosen).toBeLessThan(0.6 * drawn)
    // One after the other is the same as several at once: no answer changes the variance.
    const first = (await model.nextQuestions([], { answerable: 'all' }))[0]!.item
    const [second] = await model.nextQuestions([{ item: first, weight: 5 }], { answerable: 'all' })
    expect([first, second!.item]).toEqual(questions.slice(0, 2).map(({ item }) => item))
    expect(second!.score).toBeCloseTo(questions[1]!.score, 8)
    const some = await model.nextQuestions([{ item: 3 }], { k: 9, candidates: [3, 4, 5] })
    expect(some.map(({ item }) => item).sort()).toEqual([4, 5])
  })

  it('learns from what was chosen alone, with items that were not as zeros', async () => {
    const taste = tasteLog({ users: 80 })
    const ids = [...taste.items, 1000, 1001] as number[]
    const vectors = new Matrix(ids.length, 2)
    for (const [row, id] of ids.entries()) vectors.row(row).set([id % 2, 0.01 * row])
    const itemFeatures = Features.from(ids, vectors)
    await expect(new FewShotHeads().fit(taste, { itemFeatures })).rejects.toEqual(code('ERR_DATA', /unobservedWeight/))
    const model = await new FewShotHeads({ unobservedWeight: 0.05, dims: 2 }).fit(taste, { itemFeatures })
    const list = await model.recommendFor([{ item: 2 }, { item: 4 }, { item: 6 }], { k: 10 })
    expect(list.filter(({ item }) => Number(item) % 2 === 0).length).toBeGreaterThanOrEqual(9)
    const [even, odd] = await model.score(0, [1000, 1001])
    expect(even).toBeGreaterThan(odd!)
  })

  it('is saved, takes updates and new items', async () => {
    const model = await new FewShotHeads(options).fit(log, { itemFeatures: features })
    await model.save(join(dir, 'heads'))
    const loaded = await loadModel<FewShotHeads>(join(dir, 'heads'))
    expect(loaded).toBeInstanceOf(FewShotHeads)
    expect(loaded.options).toEqual(model.options)
    expect(await loaded.score(3, log.items)).toEqual(await model.score(3, log.items))
    const history = [{ item: 5, weight: 4 }]
    expect(await loaded.recommendFor(history)).toEqual(await model.recommendFor(history))
    await loaded.update(Interactions.from([{ user: 'new', ...history[0]! }]))
    const scores = await loaded.score('new', [7, 8])
    const folded = new Map((await model.recommendFor(history, { k: items })).map(({ item, score }) => [item, score]))
    expect(scores[0]).toBeCloseTo(folded.get(7)!, 5)
    expect(scores[1]).toBeCloseTo(folded.get(8)!, 5)
    const twin = Features.from(['twin'], [features.vector(7)])
    expect(await loaded.addItems(twin)).toEqual({ added: 1, replaced: 0, kept: 0 })
    expect((await loaded.score('new', ['twin']))[0]).toBeCloseTo(scores[0]!, 5)
    const wide = Features.from(['wide'], [[1, 2]])
    await expect(loaded.addItems(wide)).rejects.toEqual(code('ERR_SHAPE'))
    await expect(new FewShotHeads().fit(log)).rejects.toEqual(code('ERR_VALUE', /item features/))
    await expect(model.nextQuestions([{ item: 'nothing' }])).rejects.toEqual(code('ERR_UNKNOWN_ID'))
    await expect(new FewShotHeads().nextQuestions([])).rejects.toEqual(code('ERR_NOT_FITTED'))
  })
})

describe('informativeItems', () => {
  const log = Interactions.from([
    ...[1, 1, 5, 5].map((weight, user) => ({ user, item: 'divides', weight })),
    ...[5, 5, 5, 5, 5].map((weight, user) => ({ user, item: 'loved', weight })),
    ...[1, 5].map((weight, user) => ({ user, item: 'rare', weight })),
  ])

  it('follows popularity and entropy, as the papers define them', async () => {
    const of = async (strategy: 'popularity') =>
      (await informativeItems(log, { strategy })).map(({ item, score }) => [item, score])
    expect(await of('popularity')).toEqual([
      ['loved', 5],
      ['divides', 4],
      ['rare', 2],
    ])
    expect(await of('entropy' as 'popularity')).toEqual([
      ['divides', Math.log(2)],
      ['rare', Math.log(2)],
      ['loved', 0],
    ])
    expect((await of('log-popularity-entropy' as 'popularity')).map(([item]) => item)).toEqual([
      'divides',
      'rare',
      'loved',
    ])
    const h = (share: number) => (share === 0 ? 0 : -share * Math.log(share))
    const entropy0 = new Map((await of('entropy0' as 'popularity')) as [string, number][])
    expect(entropy0.get('divides')).toBeCloseTo((h(0.2) / 2 + 2 * h(0.4)) / 2.5, 12)
    expect(entropy0.get('loved')).toBeCloseTo(0, 12)
    await expect(informativeItems([] as never)).rejects.toEqual(code('ERR_VALUE'))
    await expect(informativeItems(Interactions.from([]))).rejects.toEqual(code('ERR_DATA'))
  })
})

describe('inverse propensities', () => {
  it('divide weights, clipped, with the sum kept', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(9), fc.nat(9), fc.integer({ min: 1, max: 5 })), { minLength: 1, maxLength: 60 }),
        fc.double({ min: 0.05, max: 1, noNaN: true }),
        async (rows, clip) => {
          const log = Interactions.from(rows.map(([user, item, weight]) => ({ user, item, weight: 1 + 0 * weight })))
          const propensities = await itemPropensities(log)
          expect(Math.max(...propensities.values())).toBe(1)
          const weighted = await inversePropensityWeights(log, { clip })
          const sum = [...weighted].reduce((total, { weight }) => total + weight, 0)
          expect(sum).toBeCloseTo(log.size, 3)
          const plain = await inversePropensityWeights(log, { clip, normalize: false })
          for (const { item, weight } of plain)
            expect(weight).toBeCloseTo(1 / Math.max(clip, propensities.get(item)!), 4)
        },
      ),
      { numRuns: 30 },
    )
    const log = Interactions.from([
      { user: 1, item: 'a' },
      { user: 1, item: 'b' },
    ])
    await expect(inversePropensityWeights(log, { propensities: [['a', 0.5]] })).rejects.toEqual(code('ERR_UNKNOWN_ID'))
    await expect(inversePropensityWeights(log, { propensities: [['a', 2]] })).rejects.toEqual(code('ERR_VALUE'))
    await expect(inversePropensityWeights(log, { propensities: [], exponent: 1 })).rejects.toEqual(code('ERR_VALUE'))
    await expect(itemPropensities(Interactions.from([]))).rejects.toEqual(code('ERR_DATA'))
  })

  it('bring a model nearer to what users like, where popular items are seen more', async () => {
    // Taste is a matter of two groups of items; the first items of each are shown far more often.
    const random = createRandom(11)
    const [users, items] = [400, 60]
    const likes = (user: number, item: number) => (item % 2 === user % 2 ? 0.8 : 0.1)
    const shown = (item: number) => Math.max(0.05, 0.9 * (1 - item / items) ** 3)
    const rows = []
    for (let user = 0; user < users; user++)
      for (let item = 0; item < items; item++)
        if (random.next() < shown(item) && random.next() < likes(user, item)) rows.push({ user, item })
    const log = Interactions.from(rows)
    const propensities = new Map(Array.from(log.items, (item) => [item, shown(Number(item))] as const))
    const qualityOf = async (train: Interactions) => {
      const model = await new AlternatingLeastSquares({ factors: 4, regularization: 3, alpha: 2, seed: 1 }).fit(train)
      let sum = 0
      for (const user of log.users)
        for (const { item } of await model.recommend(user, { k: 10, exclude: 'none' }))
          sum += likes(Number(user), Number(item))
      return sum / (10 * log.users.size)
    }
    const [plain, debiased] = [
      await qualityOf(log),
      await qualityOf(await inversePropensityWeights(log, { propensities })),
    ]
    expect(debiased).toBeGreaterThan(plain)
  })
})
