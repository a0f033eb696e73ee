// Lists made elsewhere, users folded in, ratings: what is particular to each. Their metrics are in plain-metrics.test.ts.
import fc from 'fast-check'
import {
  AlternatingLeastSquares,
  EASE,
  evaluate,
  evaluateFoldIn,
  evaluateLists,
  evaluateRatings,
  type Id,
  IdMap,
  Interactions,
  ItemKNN,
  MatrixFactorization,
  Popularity,
  type RatingModel,
} from 'kindred'
import { describe, expect, it } from 'vitest'
import { code, tasteLog } from '../support/logs.js'

const shuffled = (log: Interactions, seed: number) =>
  Interactions.from(
    [...log]
      .map((row, i) => ({ row, key: Math.imul(i + 1, 2654435761 ^ seed) >>> 0 }))
      .sort((a, b) => a.key - b.key)
      .map(({ row }) => row),
  )

describe('evaluateLists', () => {
  const { train, test } = tasteLog({ users: 60, perUser: 10 }).split({ by: 'leave-last-out' })

  it("gives a model's own lists the model's figures", async () => {
    const model = await new AlternatingLeastSquares({ factors: 4, regularization: 1 }).fit(train)
    const users = [...test.users]
    const lists = await model.recommendMany(users, { k: 10 })
    const given = await evaluateLists(
      users.map((user, i) => ({ user, items: lists[i]! })),
      test,
      { k: [5, 10], train, perUser: true, gain: 'linear' },
    )
    const own = await evaluate(model, test, { k: [5, 10], perUser: true, gain: 'linear' })
    expect(given).toEqual(Object.fromEntries(Object.entries(own).filter(([name]) => name !== 'auc')))
    expect(given.perUser.metrics['ndcg@10']).toEqual(own.perUser.metrics['ndcg@10'])
    expect(Object.keys(given.perUser.metrics)).not.toContain('auc')
    expect(Object.keys(given)).not.toContain('report')
  })

  it('tells no popularity, coverage or exposure without the training log', async () => {
    const given = await evaluateLists(new Map([[0, [2, 4]]]), test, { k: 3, withoutList: 'ignore' })
    expect(Object.keys(given).sort()).toEqual(
      [
        ...[
          'precision',
          'listPrecision',
          'recall',
          'cappedRecall',
          'f1',
          'hitRate',
          'ndcg',
          'map',
          'uncappedMap',
          'mrr',
        ].map((name) => `${name}@3`),
        'userCoverage',
      ].sort(),
    )
    expect(given.report).toMatchObject({ users: 1, withoutList: 59, otherLists: 0 })
    const both = { k: 3, diversity: 'co-occurrence' } as const
    await expect(evaluateLists([[0, [2, 4]]], test, both)).rejects.toThrow(/needs the log/)
    expect((await evaluateLists([[0, [2, 4]]], test, { ...both, train }))['diversity@3']!.users).toBe(1)
  })

  it('refuses what is no list, twice the same user or item, and lists of others', async () => {
    const refused = (lists: unknown, error: string, options: object = {}) =>
      expect(evaluateLists(lists as never, test, options)).rejects.toEqual(code(error))
    await refused('lists', 'ERR_VALUE')
    await refused([{ user: 1 }], 'ERR_VALUE')
    await refused([null], 'ERR_VALUE')
    await refused([{ user: 1, items: 'abc' }], 'ERR_VALUE')
    await refused([{ user: 1.5, items: [2] }], 'ERR_VALUE')
    await refused([[1, [{ item: true }]]], 'ERR_VALUE')
    await refused([[1, [2, 4, 2]]], 'ERR_DUPLICATE')
    await refused([...[1, 1].map((user) => ({ user, items: [2] }))], 'ERR_DUPLICATE')
    await refused([{ user: '1', items: [2] }], 'ERR_DATA')
    await refused([{ user: 1, items: [] }], 'ERR_DATA')
    await refused([[1, [2]]], 'ERR_VALUE', { train: [] })
    await refused([[1, [2]]], 'ERR_VALUE', { withoutList: 'skip' })
    await refused([[1, [2]]], 'ERR_VALUE', { exclude: 'seen' })
    await refused([[1, [2]]], 'ERR_ABORTED', { signal: AbortSignal.abort() })
  })
})

describe('evaluateFoldIn', () => {
  const log = tasteLog({ users: 80, perUser: 12 })
  const train = log.filter(({ user }) => Number(user) >= 20)
  const strangers = log.filter(({ user }) => Number(user) < 20).split({ by: 'random', fraction: 0.25, seed: 1 })

  it('ranks as recommendFor does, with the weights of the history', async () => {
    const model = await new EASE({ regularization: 5 }).fit(train)
    const history = Interactions.from(
      [...strangers.train].map((row) => ({ ...row, weight: 1 + (Number(row.item) % 3) })),
    )
    const folded = await evaluateFoldIn(model, history, strangers.test, { k: 5, perUser: true })
    expect(folded.report).toMatchObject({
      protocol: 'fold-in',
      users: 20,
      knownUsers: 0,
      withoutHistory: 0,
      seenItems: 0,
    })
    for (const [u, user] of folded.perUser.users.entries()) {
      const own = [...history].filter((row) => row.user === user)
      const list = await model.recommendFor(own, { k: 5 })
      const held = [...strangers.test].filter((row) => row.user === user).map(({ item }) => item)
      const hits = list.filter(({ item }) => held.includes(item)).length
      expect(folded.perUser.metrics['recall@5']![u]).toBeCloseTo(hits / held.length, 12)
    }
    expect(folded['ndcg@5']!.value).toBeGreaterThan(
      (await evaluateFoldIn(await new Popularity().fit(train), history, strangers.test, { k: 5 }))['ndcg@5']!.value,
    )
  })

  it('is the same through a model of the user and whatever the order of rows', async () => {
    const model = await new ItemKNN({ neighbors: 40 }).fit(train)
    const own = {
      users: model.users,
      items: model.items,
      score: model.score.bind(model),
      seenItems: model.seenItems.bind(model),
      recommendFor: model.recommendFor.bind(model),
    }
    const folded = await evaluateFoldIn(model, strangers.train, strangers.test, { k: [3, 10] })
    expect(await evaluateFoldIn(own, strangers.train, strangers.test, { k: [3, 10] })).toEqual(folded)
    const other = await evaluateFoldIn(model, shuffled(strangers.train, 3), shuffled(strangers.test, 4), { k: [3, 10] })
    for (const [name, { value, low, high }] of Object.entries(folded) as [string, typeof folded.auc][]) {
      expect(other[name as 'auc'].value, name).toBeCloseTo(value, 12)
      if (Number.isNaN(low)) continue
      expect(other[name as 'auc'].low, name).toBeCloseTo(low, 12)
      expect(other[name as 'auc'].high, name).toBeCloseTo(high, 12)
    }
  })

  it('counts users whom the model knows, held-out items of the history, and users without one', async () => {
    const model = await new Popularity().fit(train)
    const known = [...model.items].slice(0, 3)
    const history = Interactions.from([
      { user: 20, item: known[0]! }, // in training
      { user: 'new', item: known[0]! },
      { user: 'new', item: 'unheard of' },
      { user: 'blank', item: 'unheard of' },
    ])
    const test = Interactions.from(
      [20, 'new', 'blank', 'other'].flatMap((user) => known.map((item) => ({ user, item }))),
    )
    const folded = await evaluateFoldIn(model, history, test, { k: 2 })
    expect(folded.report).toMatchObject({
      users: 2,
      knownUsers: 1,
      withoutHistory: 2,
      unknownHistory: 1,
      seenItems: 2,
    })
    const none = Interactions.from([{ user: 'elsewhere', item: known[0]! }])
    await expect(evaluateFoldIn(model, none, test)).rejects.toEqual(code('ERR_DATA'))
    const empty = Interactions.from([])
    await expect(evaluateFoldIn(model, test, empty)).rejects.toEqual(code('ERR_DATA', /nothing was held out/))
    await expect(evaluateFoldIn(model, [] as never, test)).rejects.toEqual(code('ERR_VALUE'))
    await expect(evaluateFoldIn({} as never, history, test)).rejects.toEqual(code('ERR_VALUE'))
    const bare = { users: model.users, items: model.items, score: async () => [], seenItems: () => [] }
    await expect(evaluateFoldIn(bare as never, history, test)).rejects.toThrow(/recommendFor/)
    await expect(evaluateFoldIn(new Popularity(), history, test)).rejects.toEqual(code('ERR_NOT_FITTED'))
    await expect(evaluateFoldIn(model, history, test, { signal: AbortSignal.abort() })).rejects.toEqual(
      code('ERR_ABORTED'),
    )
  })
})

describe('evaluateRatings', () => {
  /** Predicts what a table says: NaN where it says nothing. */
  class Table implements RatingModel {
    readonly users = IdMap.from([1, 2, 'x'])
    readonly items = IdMap.from(['a', 'b', 'c'])
    constructor(readonly predictions: ReadonlyMap<string, number>) {}
    async scoreMany(pairs: Interactions): Promise<number[]> {
      return Array.from(pairs, ({ user, item }) => this.predictions.get(`${user} ${item}`) ?? Number.NaN)
    }
  }

  const rating = fc.record({
    user: fc.constantFrom<Id>(1, 2, 'x', 'unknown'),
    item: fc.constantFrom('a', 'b', 'c', 'unheard of'),
    weight: fc.integer({ min: 1, max: 5 }),
    prediction: fc.oneof(fc.double({ min: 1, max: 5, noNaN: true }), fc.constant(Number.NaN)),
  })

  it('equals plain errors, whatever the order of rows, over known pairs or all', async () => {
    const rows = fc.uniqueArray(rating, {
      selector: ({ user, item }) => `${user} ${item}`,
      minLength: 1,
      maxLength: 12,
    })
    await fc.assert(
      fc.asyncProperty(rows, fc.nat(), fc.constantFrom('ignore', 'mean'), async (ratings, seed, unknown) => {
        const test = Interactions.from(ratings.map(({ prediction: _, ...row }) => row))
        const model = new Table(new Map(ratings.map(({ user, item, prediction }) => [`${user} ${item}`, prediction])))
        const isKnown = ({ user, item }: (typeof ratings)[number]) => user !== 'unknown' && item !== 'unheard of'
        const counted = ratings.filter((row) => !Number.isNaN(row.prediction) && (unknown === 'mean' || isKnown(row)))
        const options = { unknown, resamples: 20 } as const
        if (counted.length === 0) {
          await expect(evaluateRatings(model, test, options as never)).rejects.toEqual(code('ERR_DATA'))
          return
        }
        const errors = counted.map(({ weight, prediction }) => prediction - weight)
        const { rmse, mae, report } = await evaluateRatings(model, test, options as never)
        expect(rmse.value).toBeCloseTo(Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / errors.length), 9)
        expect(mae.value).toBeCloseTo(errors.reduce((sum, e) => sum + Math.abs(e), 0) / errors.length, 9)
        expect(report).toEqual({
          ratings: counted.length,
          users: new Set(counted.map(({ user }) => user)).size,
          unknownPairs: ratings.filter((row) => !isKnown(row)).length,
          withoutPrediction: ratings.filter((row) => isKnown(row) && Number.isNaN(row.prediction)).length,
        })
        expect(rmse.low).toBeLessThanOrEqual(rmse.high)
        const other = await evaluateRatings(model, shuffled(test, seed), options as never)
        for (const name of ['rmse', 'mae'] as const)
          for (const end of ['value', 'low', 'high'] as const)
            expect(other[name][end]).toBeCloseTo({ rmse, mae }[name][end], 12)
      }),
      { numRuns: 80 },
    )
  })

  it('resamples users with all their ratings', async () => {
    // One user of two has an error of 1 in each of three ratings, the other none in one: resamples hold 0, 3/4 or 1.
    const test = Interactions.from([
      ...['a', 'b', 'c'].map((item) => ({ user: 1, item, weight: 2 })),
      { user: 2, item: 'a', weight: 1 },
    ])
    const model = new Table(new Map(['1 a', '1 b', '1 c', '2 a'].map((pair) => [pair, 1])))
    const { mae } = await evaluateRatings(model, test, { confidence: 0.3 })
    expect(mae).toEqual({ value: 0.75, low: 0.75, high: 0.75, users: 2 })
    expect((await evaluateRatings(model, test)).mae).toEqual({ value: 0.75, low: 0, high: 1, users: 2 })
  })

  it('takes what MatrixFactorization predicts, unknown users by the mean on request', async () => {
    const rows = [...tasteLog({ users: 40, perUser: 10 })].map((row, n) => ({ ...row, weight: 1 + (n % 5) }))
    const { train, test } = Interactions.from(rows).split({ by: 'random', fraction: 0.3, seed: 1 })
    const model = await new MatrixFactorization({ factors: 4, iterations: 3 }).fit(train)
    const strange = Interactions.from([...test, { user: 'stranger', item: [...train.items][0]!, weight: 5 }])
    for (const unknown of ['ignore', 'mean'] as const) {
      const predicted = await model.scoreMany(strange, { unknown: unknown === 'mean' ? 'mean' : 'nan' })
      const errors = [...strange].flatMap(({ weight }, n) =>
        Number.isNaN(predicted[n]) ? [] : [predicted[n]! - weight],
      )
      const { rmse, report } = await evaluateRatings(model, strange, { unknown })
      expect(rmse.value).toBeCloseTo(Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / errors.length), 9)
      expect(report.ratings).toBe(unknown === 'mean' ? strange.size : strange.size - report.unknownPairs)
      expect(report.unknownPairs).toBeGreaterThan(0)
    }
    await expect(evaluateRatings(new MatrixFactorization(), test)).rejects.toEqual(code('ERR_NOT_FITTED'))
  })

  it('refuses what predicts no ratings', async () => {
    const test = Interactions.from([{ user: 1, item: 'a', weight: 2 }])
    const model = new Table(new Map())
    const { users, items } = model
    await expect(evaluateRatings({ users, items } as never, test)).rejects.toEqual(code('ERR_VALUE'))
    const short = { users, items, scoreMany: async () => [] }
    await expect(evaluateRatings(short, test)).rejects.toEqual(code('ERR_SHAPE'))
    await expect(evaluateRatings(model, [] as never)).rejects.toEqual(code('ERR_VALUE'))
    await expect(evaluateRatings(model, test, { k: 1 } as never)).rejects.toEqual(code('ERR_VALUE'))
    await expect(evaluateRatings(model, test, { unknown: 'error' } as never)).rejects.toEqual(code('ERR_VALUE'))
  })
})
