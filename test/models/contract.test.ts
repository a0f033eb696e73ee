import fc from 'fast-check'
import {
  AlternatingLeastSquares,
  BayesianPersonalizedRanking,
  ContentBased,
  EASE,
  Features,
  GFCF,
  type Id,
  type Interactions,
  ItemKNN,
  Matrix,
  MatrixFactorization,
  P3alpha,
  Popularity,
  PureSVD,
  RandomBaseline,
  type Recommender,
  RP3beta,
  SLIM,
  UserKNN,
} from 'kindred'
import { describe, expect, it } from 'vitest'
import { anyLog, code, tasteLog } from '../support/logs.js'

function featuresOf(log: Interactions): Features {
  const ids = [...log.items]
  const matrix = new Matrix(ids.length, 3)
  // Small integers: scores tie often, and ties must break by item order.
  for (let i = 0; i < matrix.data.length; i++) matrix.data[i] = (i * 7) % 3
  return Features.from(ids, matrix)
}

const MODELS: Record<string, (log: Interactions) => Promise<Recommender>> = {
  Popularity: (log) => new Popularity().fit(log),
  RandomBaseline: (log) => new RandomBaseline({ seed: 3 }).fit(log),
  ContentBased: (log) => new ContentBased().fit(log, { itemFeatures: featuresOf(log) }),
  AlternatingLeastSquares: (log) =>
    new AlternatingLeastSquares({ factors: 3, iterations: 2, regularization: 0.1 }).fit(log),
  EASE: (log) => new EASE({ regularization: 5 }).fit(log),
  BayesianPersonalizedRanking: (log) => new BayesianPersonalizedRanking({ factors: 3, iterations: 4 }).fit(log),
  MatrixFactorization: (log) => new MatrixFactorization({ factors: 3, iterations: 4 }).fit(log),
  ItemKNN: (log) => new ItemKNN({ neighbors: 4, weighting: 'bm25' }).fit(log),
  P3alpha: (log) => new P3alpha({ neighbors: 5, alpha: 1.2 }).fit(log),
  RP3beta: (log) => new RP3beta({ neighbors: 5, beta: 0.6 }).fit(log),
  PureSVD: (log) => new PureSVD({ factors: 4 }).fit(log),
  SLIM: (log) => new SLIM({ neighbors: 6, alpha: 0.05 }).fit(log),
  GFCF: (log) => new GFCF({ factors: 3 }).fit(log),
  UserKNN: (log) => new UserKNN({ neighbors: 4, similarity: 'jaccard' }).fit(log),
}

/** Brute force over `score`: the contract, word for word. */
async function expected(model: Recommender, user: Id, k: number, allowed: (item: Id) => boolean) {
  const items = [...model.items]
  const scores = await model.score(user, items)
  return items
    .map((item, row) => ({ item, score: scores[row]!, row }))
    .filter(({ item }) => allowed(item))
    .sort((a, b) => b.score - a.score || a.row - b.row)
    .slice(0, k)
    .map(({ item, score }) => ({ item, score }))
}

describe.each(Object.keys(MODELS))('%s keeps the contract of lists', (name) => {
  it('min(k, eligible) items, none excluded, none twice, in order, ties by item row', async () => {
    await fc.assert(
      fc.asyncProperty(anyLog, fc.nat(40), fc.nat(1000), async (log, k, pick) => {
        const model = await MODELS[name]!(log)
        const users = [...log.users]
        const user = users[pick % users.length]!
        const seen = new Set([...log].filter((row) => row.user === user).map(({ item }) => item))
        const some = [...log.items].filter((_, i) => (i * 5 + pick) % 3 === 0)
        const set = new Set<Id>(some)

        const list = await model.recommend(user, { k })
        expect(list).toEqual(await expected(model, user, k, (item) => !seen.has(item)))
        expect(list.length).toBe(Math.min(k, log.items.size - seen.size))
        expect(new Set(list.map(({ item }) => item)).size).toBe(list.length)

        expect(await model.recommend(user, { k, exclude: 'none' })).toEqual(await expected(model, user, k, () => true))
        expect(await model.recommend(user, { k, exclude: some })).toEqual(
          await expected(model, user, k, (item) => !set.has(item)),
        )
        expect(await model.recommend(user, { k, candidates: some })).toEqual(
          await expected(model, user, k, (item) => set.has(item) && !seen.has(item)),
        )
        const many = await model.recommendMany([user, users[0]!, user], { k })
        expect(many).toEqual([list, await model.recommend(users[0]!, { k }), list])
      }),
      { numRuns: 40 },
    )
  })

  it('every eligible item for k beyond the catalogue, none for k = 0', async () => {
    const log = tasteLog()
    const model = await MODELS[name]!(log)
    expect(await model.recommend(0, { k: 0 })).toEqual([])
    expect(await model.recommend(0, { k: Number.MAX_SAFE_INTEGER, exclude: 'none' })).toHaveLength(log.items.size)
    expect(await model.recommendMany([], { k: 3 })).toEqual([])
  })

  it('refuses what it cannot serve, by name', async () => {
    const model = await MODELS[name]!(tasteLog())
    await expect(model.recommend(999)).rejects.toEqual(code('ERR_UNKNOWN_ID'))
    await expect(model.recommend('1')).rejects.toThrow(/There is 1, a number: ids are not converted/)
    await expect(model.recommend(1, { candidates: ['nothing'] })).rejects.toEqual(code('ERR_UNKNOWN_ID'))
    await expect(model.score(1, [2, 'nothing'])).rejects.toEqual(code('ERR_UNKNOWN_ID'))
    const scores = await model.score(1, [2, 'nothing'], { unknown: 'nan' })
    expect([Number.isNaN(scores[0]), Number.isNaN(scores[1])]).toEqual([false, true])
    for (const k of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '3' as never])
      await expect(model.recommend(1, { k })).rejects.toEqual(code('ERR_VALUE'))
    await expect(model.recommend(1, { top: 3 } as never)).rejects.toThrow(/unknown option "top"/)
    await expect(model.recommend(1, { exclude: 'all' as never })).rejects.toEqual(code('ERR_VALUE'))
    await expect(model.recommendFor([{ item: 'nothing' }])).rejects.toEqual(code('ERR_UNKNOWN_ID'))
    await expect(model.recommendFor([{ item: 2, weight: Number.NaN }])).rejects.toEqual(code('ERR_VALUE'))
    await expect(model.recommend(1, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('serves a user who is in no log, without what they had', async () => {
    const model = await MODELS[name]!(tasteLog())
    const list = await model.recommendFor([{ item: 2 }, { item: 4, weight: 2 }, { item: 'new' }], {
      k: 100,
      unknown: 'ignore',
    })
    expect(list).toHaveLength(model.items.size - 2)
    expect(list.map(({ item }) => item)).not.toContain(2)
    expect(await model.recommendFor([{ item: 2 }], { k: 100, exclude: 'none' })).toHaveLength(model.items.size)
  })
})

describe.each([
  new Popularity(),
  new ContentBased(),
  new AlternatingLeastSquares(),
  new BayesianPersonalizedRanking(),
  new MatrixFactorization(),
  new RandomBaseline(),
  new EASE(),
  new P3alpha(),
  new RP3beta(),
  new PureSVD(),
  new SLIM(),
  new GFCF(),
  new ItemKNN(),
  new UserKNN(),
])('$constructor.name', (model) => {
  it('says that it is not fitted', async () => {
    await expect(model.recommend(1)).rejects.toEqual(code('ERR_NOT_FITTED'))
    await expect(model.save('/nowhere')).rejects.toEqual(code('ERR_NOT_FITTED'))
    expect(() => model.users).toThrow(code('ERR_NOT_FITTED'))
  })
})

it('what a model cannot do is a typed error', async () => {
  const popularity = await new Popularity().fit(tasteLog())
  await expect(popularity.similarItems(2)).rejects.toEqual(code('ERR_NOT_SUPPORTED'))
  await expect(popularity.explain(1, 2)).rejects.toEqual(code('ERR_NOT_SUPPORTED'))
  await expect(popularity.addItems(featuresOf(tasteLog()))).rejects.toEqual(code('ERR_NOT_SUPPORTED'))
  const als = await new AlternatingLeastSquares({ iterations: 1 }).fit(tasteLog())
  await expect(als.addItems(featuresOf(tasteLog()))).rejects.toEqual(code('ERR_NOT_SUPPORTED'))
})
