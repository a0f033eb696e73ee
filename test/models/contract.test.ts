import fc from 'fast-check'
import { type Capabilities, type Id, type Interaction, Interactions, type Recommender } from 'kindred'
import { describe, expect, it } from 'vitest'
import {
  asItems,
  asUsers,
  counts,
  expectedList,
  scoredItems,
  scoredUsers,
  together,
  type Wanted,
} from '../support/expected-lists.js'
import { anyLog, code, tasteLog } from '../support/logs.js'
import { ALGORITHMS, type Algorithm, fitSmall, smallModel, tiedFeatures } from '../support/models.js'

/** The list of a user, or of an item's users, that the contract asks for. */
function expectedOf(name: Algorithm, model: Recommender, rows: Iterable<Interaction>) {
  const log = [...rows]
  return {
    items: async (user: Id, k: number, allowed: (item: Id) => boolean, options: Partial<Wanted> = {}) =>
      asItems(expectedList(name, await scoredItems(model, user), counts(log, 'item'), { k, allowed, ...options })),
    users: async (item: Id, k: number, allowed: (user: Id) => boolean, options: Partial<Wanted> = {}) =>
      asUsers(expectedList(name, await scoredUsers(model, item), counts(log, 'user'), { k, allowed, ...options })),
  }
}

describe.each(ALGORITHMS)('%s keeps the contract of lists', (name) => {
  it('min(k, eligible) items, none excluded, none twice, in order, what is without evidence last', async () => {
    await fc.assert(
      fc.asyncProperty(anyLog, fc.nat(40), fc.nat(1000), async (log, k, pick) => {
        const model = await fitSmall(name, log)
        const expected = expectedOf(name, model, log)
        const users = [...log.users]
        const user = users[pick % users.length]!
        const seen = new Set([...log].filter((row) => row.user === user).map(({ item }) => item))
        const some = [...log.items].filter((_, i) => (i * 5 + pick) % 3 === 0)
        const set = new Set<Id>(some)
        expect(model.seenItems(user)).toEqual([...model.items].filter((item) => seen.has(item)))

        const list = await model.recommend(user, { k })
        expect(list).toEqual(await expected.items(user, k, (item) => !seen.has(item)))
        expect(list.length).toBe(Math.min(k, log.items.size - seen.size))
        expect(new Set(list.map(({ item }) => item)).size).toBe(list.length)

        expect(await model.recommend(user, { k, exclude: 'none' })).toEqual(await expected.items(user, k, () => true))
        expect(await model.recommend(user, { k, exclude: some })).toEqual(
          await expected.items(user, k, (item) => !set.has(item)),
        )
        expect(await model.recommend(user, { k, candidates: some })).toEqual(
          await expected.items(user, k, (item) => set.has(item) && !seen.has(item)),
        )
        const many = await model.recommendMany([user, users[0]!, user], { k })
        expect(many).toEqual([list, await model.recommend(users[0]!, { k }), list])
      }),
      { numRuns: 40 },
    )
  })

  it('min(k, eligible) users of an item, none excluded, in order, without evidence last', async () => {
    await fc.assert(
      fc.asyncProperty(anyLog, fc.nat(20), fc.nat(1000), async (log, k, pick) => {
        const model = await fitSmall(name, log)
        const expected = expectedOf(name, model, log)
        const items = [...log.items]
        const item = items[pick % items.length]!
        const had = new Set([...log].filter((row) => row.item === item).map(({ user }) => user))
        const some = [...log.users].filter((_, i) => (i * 5 + pick) % 3 !== 0)
        const set = new Set<Id>(some)

        const list = await model.recommendUsers(item, { k })
        expect(list).toEqual(await expected.users(item, k, (user) => !had.has(user)))
        expect(list).toHaveLength(Math.min(k, log.users.size - had.size))
        expect(await model.recommendUsers(item, { k, exclude: 'none' })).toEqual(
          await expected.users(item, k, () => true),
        )
        expect(await model.recommendUsers(item, { k, exclude: [...some, 'nobody'] })).toEqual(
          await expected.users(item, k, (user) => !set.has(user)),
        )
        expect(await model.recommendUsers(item, { k, candidates: some })).toEqual(
          await expected.users(item, k, (user) => set.has(user) && !had.has(user)),
        )
      }),
      { numRuns: 25 },
    )
  })

  it('lists of users and items hold after an update with new users and items', async () => {
    const log = tasteLog({ users: 20 })
    const model = await fitSmall(name, log)
    const added = [...tasteLog({ users: 3, seed: 5 })].map((row) => ({ ...row, user: `new ${row.user}` }))
    const news = Interactions.from([...added, { user: 'new 1', item: 'new' }, { user: 4, item: 'new' }])
    await model.update(news)
    const expected = expectedOf(name, model, together(log, news))
    const had = new Set<Id>(['new 1', 4])
    for (const item of ['new', 2, 9])
      expect(await model.recommendUsers(item, { k: 50, exclude: 'none' })).toEqual(
        await expected.users(item, 50, () => true),
      )
    expect(await model.recommendUsers('new', { k: 50 })).toEqual(
      await expected.users('new', 50, (user) => !had.has(user)),
    )
    expect(model.seenItems(4)).toContain('new')
    expect((await model.recommend(4, { k: 100 })).map(({ item }) => item)).not.toContain('new')
  })

  it('every eligible item for k beyond the catalogue, none for k = 0', async () => {
    const log = tasteLog()
    const model = await fitSmall(name, log)
    expect(await model.recommend(0, { k: 0 })).toEqual([])
    expect(await model.recommend(0, { k: Number.MAX_SAFE_INTEGER, exclude: 'none' })).toHaveLength(log.items.size)
    expect(await model.recommendMany([], { k: 3 })).toEqual([])
    expect(await model.recommendUsers(2, { k: 0 })).toEqual([])
    expect(await model.recommendUsers(2, { k: Number.MAX_SAFE_INTEGER, exclude: 'none' })).toHaveLength(log.users.size)
  })

  it('refuses what it cannot serve, by name', async () => {
    const model = await fitSmall(name, tasteLog())
    await expect(model.recommend(999)).rejects.toEqual(code('ERR_UNKNOWN_ID'))
    await expect(model.recommend('1')).rejects.toThrow(/There is 1, a number: ids are not converted/)
    await expect(model.recommend(1, { candidates: ['nothing'] })).rejects.toEqual(code('ERR_UNKNOWN_ID'))
    expect(() => model.seenItems(999)).toThrow(code('ERR_UNKNOWN_ID'))
    await expect(model.score(1, [2, 'nothing'])).rejects.toEqual(code('ERR_UNKNOWN_ID'))
    const scores = await model.score(1, [2, 'nothing'], { unknown: 'nan' })
    expect([Number.isNaN(scores[0]), Number.isNaN(scores[1])]).toEqual([false, true])
    for (const k of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '3' as never]) {
      await expect(model.recommend(1, { k })).rejects.toEqual(code('ERR_VALUE'))
      await expect(model.recommendUsers(2, { k })).rejects.toEqual(code('ERR_VALUE'))
    }
    await expect(model.recommend(1, { top: 3 } as never)).rejects.toThrow(/unknown option "top"/)
    await expect(model.recommend(1, { exclude: 'all' as never })).rejects.toEqual(code('ERR_VALUE'))
    await expect(model.recommendUsers('nothing')).rejects.toEqual(code('ERR_UNKNOWN_ID'))
    await expect(model.recommendUsers(2, { candidates: [999] })).rejects.toEqual(code('ERR_UNKNOWN_ID'))
    await expect(model.recommendUsers(2, { exclude: 'all' as never })).rejects.toEqual(code('ERR_VALUE'))
    await expect(model.recommendFor([{ item: 'nothing' }])).rejects.toEqual(code('ERR_UNKNOWN_ID'))
    await expect(model.recommendFor([{ item: 2, weight: Number.NaN }])).rejects.toEqual(code('ERR_VALUE'))
    const twice = Array.from({ length: 2 }, () => ({ item: 2, weight: 3e38 }))
    await expect(model.recommendFor(twice)).rejects.toMatchObject({
      code: 'ERR_VALUE',
      message: expect.stringMatching(/item 2 add up to 6e\+38/),
    })
    const aborted = { signal: AbortSignal.abort() }
    await expect(model.recommend(1, aborted)).rejects.toMatchObject({ name: 'AbortError' })
    await expect(model.recommendUsers(2, aborted)).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('serves a user who is in no log, without what they had', async () => {
    const model = await fitSmall(name, tasteLog())
    const list = await model.recommendFor([{ item: 2 }, { item: 4, weight: 2 }, { item: 'new' }], {
      k: 100,
      unknown: 'ignore',
    })
    expect(list).toHaveLength(model.items.size - 2)
    expect(list.map(({ item }) => item)).not.toContain(2)
    expect(await model.recommendFor([{ item: 2 }], { k: 100, exclude: 'none' })).toHaveLength(model.items.size)
  })

  it('says that it is not fitted', async () => {
    const model = smallModel(name)
    await expect(model.recommend(1)).rejects.toEqual(code('ERR_NOT_FITTED'))
    await expect(model.recommendUsers(1)).rejects.toEqual(code('ERR_NOT_FITTED'))
    await expect(model.addItems(tiedFeatures([1]))).rejects.toEqual(code('ERR_NOT_FITTED'))
    await expect(model.save('/nowhere')).rejects.toEqual(code('ERR_NOT_FITTED'))
    expect(() => model.users).toThrow(code('ERR_NOT_FITTED'))
  })

  it('has capabilities that are true to its calls', async () => {
    const log = tasteLog()
    const features = tiedFeatures([...log.items, 'new'])
    const calls: Record<keyof Capabilities, (model: Recommender) => Promise<unknown>> = {
      itemFeatures: (model) => model.fit(log, { itemFeatures: features }),
      addItems: (model) => model.addItems(features),
      update: (model) => model.update(Interactions.from([{ user: 'new', item: 2 }])),
      recommendFor: (model) => model.recommendFor([{ item: 2 }]),
      similarItems: (model) => model.similarItems(2),
      similarUsers: (model) => model.similarUsers(1),
      explain: (model) => model.explain(1, 2),
    }
    const plain = await fitSmall(name, log)
    const models = [plain]
    if (plain.capabilities.itemFeatures) models.push(await fitSmall(name, log, { itemFeatures: features }))
    for (const model of models) {
      expect(Object.keys(model.capabilities).sort()).toEqual(Object.keys(calls).sort())
      for (const [call, run] of Object.entries(calls) as [keyof Capabilities, (typeof calls)['update']][]) {
        const supported = model.capabilities[call]
        const error = await run(model).then(
          () => undefined,
          ({ code, message }) => ({ code, message }),
        )
        if (supported) expect(error, call).toBeUndefined()
        else expect(error, call).toMatchObject({ code: 'ERR_NOT_SUPPORTED', message: expect.stringContaining(call) })
      }
    }
  })
})
