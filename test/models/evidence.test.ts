// What is without evidence comes last by popularity, or is left out; filters of lists, over all models.
import fc from 'fast-check'
import { type Id, Interactions, ItemKNN, type Matrix, type Recommender, UserKNN } from 'kindred'
import { describe, expect, it } from 'vitest'
import { asItems, asUsers, counts, expectedList, scoredItems, scoredUsers } from '../support/expected-lists.js'
import { dot } from '../support/linear.js'
import { code, tasteLog } from '../support/logs.js'
import { ALGORITHMS, fitSmall, tiedFeatures } from '../support/models.js'

/** Models that rank by biases, or at random, where there is no history. */
const ALWAYS_KNOW = ['BayesianPersonalizedRanking', 'MatrixFactorization', 'Popularity', 'RandomBaseline']

/** Two tastes; a user of weights of 0 only; a pair that shares nothing with others. */
function sparseLog(): Interactions {
  const rows = [...tasteLog({ users: 24, items: 30, perUser: 5 })]
  return Interactions.from([
    ...rows,
    { user: 'zero', item: 3, weight: 0 },
    { user: 'zero', item: 8, weight: 0 },
    { user: 'lone', item: 'isolated' },
  ])
}

/** Items or users of a log, the most frequent first, ties in order of their first appearance. */
function byPopularity(log: Interactions, of: 'item' | 'user'): Id[] {
  const found = counts(log, of)
  return [...found.keys()].sort((a, b) => found.get(b)! - found.get(a)!)
}

const anySparseLog = fc
  .array(
    fc.record({
      user: fc.integer({ min: 0, max: 9 }),
      item: fc.integer({ min: 0, max: 20 }),
      weight: fc.constantFrom(0, 0, 1, 2, -1),
    }),
    { minLength: 2, maxLength: 50 },
  )
  .filter((rows) => rows.some(({ weight }) => weight > 0))
  .map((rows) => Interactions.from([...rows, { user: 'base', item: 0, weight: 1 }]))

describe.each(ALGORITHMS.filter((name) => !ALWAYS_KNOW.includes(name)))('%s without evidence', (name) => {
  const log = sparseLog()
  const popular = byPopularity(log, 'item')

  it('lists the popular items, or none, where it knows nothing of a user', async () => {
    // Jaccard compares what users had, whatever the weights.
    const model = name === 'UserKNN' ? await new UserKNN({ neighbors: 4 }).fit(log) : await fitSmall(name, log)
    const without = (seen: readonly Id[]) => popular.filter((item) => !seen.includes(item))
    const calls: [Id[], (options: object) => ReturnType<Recommender['recommend']>][] = [
      [[], (options) => model.recommendFor([], options)],
      [
        [3, 8],
        (options) =>
          model.recommendFor(
            [
              { item: 3, weight: 0 },
              { item: 8, weight: 0 },
            ],
            options,
          ),
      ],
      [[], (options) => model.recommendFor([{ item: 'nothing' }], { unknown: 'ignore', ...options })],
      [[3, 8], (options) => model.recommend('zero', options)],
      [[3, 8], async (options) => (await model.recommendMany(['lone', 'zero', 2], options))[1]!],
    ]
    for (const [seen, call] of calls) {
      const list = await call({ k: 100 })
      expect(list).toEqual(without(seen).map((item) => ({ item, score: 0 })))
      expect(await call({ k: 4 })).toEqual(list.slice(0, 4))
      expect(await call({ k: 100, fallback: 'none' })).toEqual([])
      expect(await call({ k: 100, minScore: 1e-30 })).toEqual([])
      expect(await call({ k: 100, minScore: 0 })).toEqual(list)
      expect(await call({ k: 100, minScore: 0, fallback: 'none' })).toEqual([])
      expect(await call({ k: 3, candidates: [7, 4, 'nothing', 2], unknown: 'ignore', exclude: 'none' })).toEqual(
        popular.filter((item) => [7, 4, 2].includes(item as number)).map((item) => ({ item, score: 0 })),
      )
    }
  })

  it('ranks users of whom it knows nothing by how many items they had', async () => {
    const model = await fitSmall(name, log)
    const list = await model.recommendUsers(5, { k: 100, exclude: 'none' })
    const nothing = [...(await scoredUsers(model, 5))].filter(({ score }) => score === 0).map(({ id }) => id)
    expect(nothing).toContain('zero')
    const last = list.slice(list.length - nothing.length).map(({ user }) => user)
    expect(last).toEqual(byPopularity(log, 'user').filter((user) => nothing.includes(user)))
    const known = await model.recommendUsers(5, { k: 100, exclude: 'none', fallback: 'none' })
    expect(known).toEqual(list.slice(0, list.length - nothing.length))
  })

  it('counts what updates add, and items known by their features only as had by nobody', async () => {
    const model = await fitSmall(name, log)
    const added = Array.from({ length: 40 }, (_, n) => ({ user: `new ${n}`, item: 'hit' }))
    await model.update(Interactions.from([...added, { user: 'zero', item: 4, weight: 0 }]))
    if (model.capabilities.addItems) await model.addItems(tiedFeatures(['placed']))
    const list = (await model.recommendFor([], { k: 100 })).map(({ item }) => item)
    expect(list[0]).toBe('hit')
    if (model.capabilities.addItems) expect(list.at(-1)).toBe('placed')
  })
})

describe.each(['ItemKNN', 'EASE', 'SLIM', 'P3alpha', 'RP3beta', 'PureSVD'] as const)('%s', (name) => {
  it('lists the popular items, or none, as similar to one that shares no user with others', async () => {
    const log = sparseLog()
    const model = await fitSmall(name, log)
    const others = byPopularity(log, 'item').filter((item) => item !== 'isolated')
    const list = await model.similarItems('isolated', { k: 100 })
    expect(list).toEqual(others.map((item) => ({ item, score: 0 })))
    expect(await model.similarItems('isolated', { fallback: 'none' })).toEqual([])
    const related = await model.similarItems(4, { k: 100, fallback: 'none' })
    expect(related.map(({ item }) => item)).not.toContain('isolated')
    expect((await model.similarItems(4, { k: 100 })).map(({ item }) => item)).toContain('isolated')
  })
})

describe.each(ALGORITHMS)('%s', (name) => {
  it('filters by score, fallback, candidates and exclusion, together', async () => {
    await fc.assert(
      fc.asyncProperty(
        anySparseLog,
        fc.record(
          {
            k: fc.nat(25),
            minScore: fc.constantFrom(-0.5, 0, 1e-6, 0.2, 1),
            fallback: fc.constantFrom('popularity', 'none' as const),
            exclude: fc.oneof(
              fc.constantFrom('seen' as const, 'none' as const),
              fc.array(fc.integer({ min: 0, max: 25 })),
              fc.record({ seen: fc.boolean(), ids: fc.array(fc.integer({ min: 0, max: 25 })) }, { requiredKeys: [] }),
            ),
            candidates: fc.array(fc.integer({ min: -5, max: 22 })),
          },
          { requiredKeys: [] },
        ),
        fc.nat(100),
        async (log, wanted, pick) => {
          const model = await fitSmall(name, log)
          const { k = 10, minScore, fallback, exclude, candidates } = wanted
          const filter = (seen: ReadonlySet<Id>) => {
            const form = typeof exclude === 'object' && !Array.isArray(exclude) ? exclude : undefined
            const excluded = new Set<Id>(Array.isArray(exclude) ? exclude : (form?.ids ?? []))
            const noSeen = exclude === undefined || exclude === 'seen' || (form !== undefined && form.seen !== false)
            return (id: Id) =>
              !excluded.has(id) && !(noSeen && seen.has(id)) && (candidates?.includes(id as number) ?? true)
          }
          const shared = {
            ...('k' in wanted ? { k } : {}),
            ...(minScore === undefined ? {} : { minScore }),
            ...(fallback === undefined ? {} : { fallback }),
            ...(candidates === undefined ? {} : { candidates, unknown: 'ignore' as const }),
          }
          const named = (ids: 'items' | 'users') => {
            if (exclude === undefined) return {}
            if (typeof exclude === 'string' || Array.isArray(exclude)) return { exclude }
            const { ids: list, ...seen } = exclude
            return { exclude: { ...seen, ...(list === undefined ? {} : { [ids]: list }) } }
          }
          const user = [...log.users][pick % log.users.size]!
          const item = [...log.items][pick % log.items.size]!
          const seen = new Set([...log].filter((row) => row.user === user).map((row) => row.item))
          const had = new Set([...log].filter((row) => row.item === item).map((row) => row.user))
          const items = expectedList(name, await scoredItems(model, user), counts(log, 'item'), {
            ...{ k, minScore, fallback },
            allowed: filter(seen),
          })
          const list = await model.recommend(user, { ...shared, ...named('items') })
          expect(list).toEqual(asItems(items))
          expect(new Set(list.map(({ item }) => item)).size).toBe(list.length)
          const users = expectedList(name, await scoredUsers(model, item), counts(log, 'user'), {
            ...{ k, minScore, fallback },
            allowed: filter(had),
          })
          expect(await model.recommendUsers(item, { ...shared, ...named('users') })).toEqual(asUsers(users))
        },
      ),
      { numRuns: 60 },
    )
  })

  it('has similar users, by the cosine of vectors or as neighbours, or says that it has none', async () => {
    const log = sparseLog()
    const model = await fitSmall(name, log)
    if (!model.capabilities.similarUsers) {
      await expect(model.similarUsers(1)).rejects.toEqual(code('ERR_NOT_SUPPORTED'))
      return
    }
    const list = await model.similarUsers(1, { k: 100 })
    expect(list).toHaveLength(log.users.size - 1)
    expect(list.map(({ user }) => user)).not.toContain(1)
    const some = await model.similarUsers(1, { candidates: [2, 3, 'nobody'], unknown: 'ignore' })
    expect(some).toEqual(list.filter(({ user }) => user === 2 || user === 3))
    expect(await model.similarUsers(1, { minScore: list[2]!.score, k: 100 })).toEqual(
      list.filter(({ score }) => score >= list[2]!.score),
    )
    await expect(model.similarUsers('nobody')).rejects.toEqual(code('ERR_UNKNOWN_ID'))
    await expect(model.similarUsers(1, { exclude: 'none' } as never)).rejects.toThrow(/unknown option "exclude"/)
    await expect(model.similarUsers(1, { candidates: ['nobody'] })).rejects.toThrow(/unknown: 'ignore' leaves/)
  })

  it('refuses options it cannot honour', async () => {
    const model = await fitSmall(name, tasteLog())
    const wrong = [
      { minScore: Number.NaN },
      { minScore: '1' },
      { fallback: 'random' },
      { unknown: 'skip' },
      { exclude: { seen: 'yes' } },
      { exclude: { users: [1] } },
      { exclude: { items: 'abc' } },
      { exclude: { items: 3 } },
      { exclude: null },
    ]
    for (const options of wrong) {
      await expect(model.recommend(1, options as never), JSON.stringify(options)).rejects.toEqual(code('ERR_VALUE'))
      await expect(model.recommendFor([{ item: 2 }], options as never)).rejects.toEqual(code('ERR_VALUE'))
    }
    await expect(model.recommendUsers(2, { exclude: { items: [1] } } as never)).rejects.toEqual(code('ERR_VALUE'))
    expect(await model.recommend(1, { candidates: ['nothing'], unknown: 'ignore' })).toEqual([])
  })
})

it('similar users of models with vectors are those of the largest cosine, without biases', async () => {
  const log = sparseLog()
  for (const name of ALGORITHMS) {
    const model = await fitSmall(name, log)
    if (!model.capabilities.similarUsers || name === 'UserKNN') continue
    const { userFactors, options } = model as unknown as {
      userFactors: Matrix
      options: { factors?: number; dims?: number }
    }
    const vectors = Array.from(log.users, (_, row) =>
      [...userFactors.row(row)].slice(0, options.factors ?? options.dims),
    )
    const norm = (v: readonly number[]) => Math.sqrt(dot(v, v))
    const list = await model.similarUsers(1, { k: 100 })
    const own = vectors[log.users.indexOf(1)]!
    for (const { user, score } of list) {
      const other = vectors[log.users.indexOf(user)]!
      expect(score, name).toBeCloseTo(norm(other) === 0 ? 0 : dot(own, other) / norm(own) / norm(other), 5)
    }
    const known = list.filter(({ score }) => score !== 0).map(({ score }) => score)
    expect(known, name).toEqual([...known].sort((a, b) => b - a))
  }
})

it('similar users of UserKNN are its neighbours: similar items of ItemKNN where users and items change places', async () => {
  const log = tasteLog()
  const users = await new UserKNN({ neighbors: 6 }).fit(log)
  const swapped = Interactions.from([...log].map(({ user, item }) => ({ user: item, item: user })))
  const items = await new ItemKNN({ neighbors: 6 }).fit(swapped)
  for (const user of [0, 1, 17]) {
    const similar = await users.similarUsers(user, { k: 6, fallback: 'none' })
    expect(similar).toHaveLength(6)
    const expected = await items.similarItems(user, { k: 6 })
    for (const [i, { score }] of expected.entries()) expect(similar[i]!.score).toBeCloseTo(score, 6)
  }
})

it('what a history speaks against comes after what nothing is known for', async () => {
  const log = sparseLog()
  for (const name of ['ItemKNN', 'SLIM', 'P3alpha', 'RP3beta'] as const) {
    const model = await fitSmall(name, log)
    const list = await model.recommendFor([{ item: 4, weight: -1 }], { k: 100 })
    const scores = list.map(({ score }) => score)
    expect(scores[0], name).toBe(0)
    expect(scores.at(-1), name).toBeLessThan(0)
    expect(scores, name).toEqual([...scores].sort((a, b) => b - a))
  }
})
