// Every metric of lists against its definition, over all orders of tied items.
import fc from 'fast-check'
import {
  type Evaluation,
  evaluate,
  evaluateFoldIn,
  evaluateLists,
  Features,
  type Id,
  IdMap,
  type Ids,
  Interactions,
  type RankingModel,
} from 'kindred'
import { describe, expect, it } from 'vitest'
import { code } from '../support/logs.js'
import { mean, type PlainItems, type PlainUser, plainMetrics, plainTotals } from './plain-metrics.js'

const ITEMS = ['a', 'b', 'c', 4, 5, 6]
const USERS = [1, 2, 'x']

/** Scores of each user as given, NaN excepted. */
class Scored implements RankingModel {
  readonly users: IdMap
  readonly items = IdMap.from(ITEMS)

  constructor(
    readonly scores: ReadonlyMap<Id, readonly number[]>,
    readonly had: ReadonlyMap<Id, readonly Id[]>,
  ) {
    this.users = IdMap.from(had.keys())
  }

  async score(user: Id, items: Ids): Promise<number[]> {
    return Array.from(items, (item) => this.scores.get(user)![ITEMS.indexOf(item as never)]!)
  }

  seenItems(user: Id): readonly Id[] {
    return this.had.get(user)!
  }

  async recommendFor(history: Iterable<{ item: Id }>, { k = 10 } = {}) {
    // A history of the item 'a' and others is answered by the scores of the user of as many items.
    const user = USERS[[...history].length % USERS.length]!
    return ITEMS.map((item, i) => ({ item, score: this.scores.get(user)![i]! })).slice(0, k)
  }
}

const scoresOfAll = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: ITEMS.length, maxLength: ITEMS.length })
const someItems = fc.uniqueArray(fc.constantFrom(...ITEMS, 'unknown'), { maxLength: 4 })
const aCase = fc.record({
  scores: fc.array(scoresOfAll, { minLength: 3, maxLength: 3 }),
  had: fc.array(fc.uniqueArray(fc.constantFrom(...ITEMS), { maxLength: 3 }), { minLength: 3, maxLength: 3 }),
  heldOut: fc.array(someItems, { minLength: 3, maxLength: 3 }),
  weights: fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 5, maxLength: 5 }),
  vectors: fc.array(fc.array(fc.integer({ min: -2, max: 2 }), { minLength: 2, maxLength: 2 }), {
    minLength: 5,
    maxLength: 5,
  }),
  k: fc.integer({ min: 1, max: 7 }),
})

type Case = typeof aCase extends fc.Arbitrary<infer T> ? T : never

function testLog({ heldOut, weights }: Case): Interactions {
  return Interactions.from(
    USERS.flatMap((user, u) => heldOut[u]!.map((item, n) => ({ user, item, weight: weights[n]! }))),
  )
}

function plainItems({ had, vectors }: Case, by: 'features' | 'co-occurrence'): PlainItems {
  const counts = new Map(ITEMS.map((item) => [item, had.filter((items) => items.includes(item)).length]))
  const users = ITEMS.map((item) => had.map((items) => (items.includes(item) ? 1 : 0)))
  return {
    counts,
    users: USERS.length,
    vectors: new Map(ITEMS.map((item, i) => [item, (by === 'features' ? vectors : users)[i] ?? []] as const)),
  }
}

/** The users of the test log, who may be given what they had not. */
function plainUsers({ scores, had, heldOut, weights }: Case): PlainUser[] {
  return USERS.flatMap((_, u) =>
    heldOut[u]!.length === 0
      ? []
      : [
          {
            scores: new Map(
              ITEMS.flatMap((item, i) => (had[u]!.includes(item) ? [] : [[item, scores[u]![i]!] as const])),
            ),
            heldOut: new Map(heldOut[u]!.map((item, n) => [item, weights[n]!])),
          },
        ],
  )
}

const close = (received: number, expected: number, what: string) => {
  if (Number.isNaN(expected)) expect(received, what).toBeNaN()
  else expect(Math.abs(received - expected), `${what}: ${received}, expected ${expected}`).toBeLessThan(1e-9)
}

/** Means over the users whom a metric does not leave out. */
function checkMeans(evaluation: object, users: readonly ReturnType<typeof plainMetrics>[], k: number): void {
  for (const name of Object.keys(users[0]!) as (keyof ReturnType<typeof plainMetrics>)[]) {
    const values = users.map((user) => user[name]).filter((value) => !Number.isNaN(value))
    close((evaluation as Evaluation)[`${name}@${k}`]!.value, mean(values), `${name}@${k}`)
  }
}

describe('metrics of lists', () => {
  it.each(['binary', 'linear', 'exponential'] as const)(
    'equal plain ones over all orders of ties, gain %s',
    async (gain) => {
      const gainOf = { binary: () => 1, linear: (w: number) => w, exponential: (w: number) => 2 ** w - 1 }[gain]
      await fc.assert(
        fc.asyncProperty(aCase, fc.constantFrom('features', 'co-occurrence'), async (one, by) => {
          const test = testLog(one)
          if (test.size === 0) return
          const model = new Scored(
            new Map(USERS.map((user, u) => [user, one.scores[u]!])),
            new Map(USERS.map((user, u) => [user, one.had[u]!])),
          )
          // The last item has no features.
          const diversity = by === 'features' ? Features.from(ITEMS.slice(0, 5), one.vectors) : 'co-occurrence'
          const evaluation = await evaluate(model, test, { k: one.k, resamples: 2, gain, diversity, perUser: true })
          const [items, users] = [plainItems(one, by as 'features'), plainUsers(one)]
          const plain = users.map((user) => plainMetrics(user, items, one.k, gainOf))
          checkMeans(evaluation, plain, one.k)
          const totals = plainTotals(users, ITEMS, one.k)
          close(evaluation[`coverage@${one.k}`]!.value, totals.coverage, 'coverage')
          close(evaluation[`gini@${one.k}`]!.value, totals.gini, 'gini')
          close(
            evaluation.userCoverage.value,
            users.filter(({ scores }) => scores.size > 0).length / users.length,
            'users',
          )
          expect(evaluation.perUser.users).toEqual(USERS.filter((_, u) => one.heldOut[u]!.length > 0))
          for (const [u, user] of plain.entries())
            for (const [name, value] of Object.entries(user))
              close(evaluation.perUser.metrics[`${name as 'ndcg'}@${one.k}`]![u]!, value, `${name} of one`)
          const absent = ITEMS.filter((item) => !one.had.some((items) => items.includes(item))).length
          expect(evaluation.report).toMatchObject({ gain, withoutVector: by === 'features' ? 1 : absent })
        }),
        { numRuns: 60 },
      )
    },
  )

  it('of lists made elsewhere equal plain ones', async () => {
    await fc.assert(
      fc.asyncProperty(aCase, fc.boolean(), async (one, ignore) => {
        const test = testLog(one)
        const train = Interactions.from(USERS.flatMap((user, u) => one.had[u]!.map((item) => ({ user, item }))))
        // Lists are what users had, best first; the last user has none, and one of the lists is of a stranger.
        const lists = new Map<Id, Id[]>([
          ...USERS.slice(0, 2).map((user, u) => [user, one.had[u]!] as const),
          ['y', [4]],
        ])
        const tested = USERS.filter((user) => test.users.has(user))
        if (!tested.some((user) => (lists.get(user) ?? []).length > 0)) return
        const catalogue = [...new Set([...train.items, ...tested.flatMap((user) => lists.get(user) ?? [])])]
        const users = USERS.flatMap((user, u) => {
          const list = lists.get(user) ?? []
          if (!test.users.has(user) || (ignore && list.length === 0)) return []
          const heldOut = new Map(one.heldOut[u]!.map((item, n) => [item, one.weights[n]!]))
          return [{ scores: new Map(list.map((item, i) => [item, -i])), heldOut }]
        })
        const counts = new Map(
          catalogue.map((item) => [item, one.had.filter((items) => items.includes(item as never)).length]),
        )
        const items = { ...plainItems(one, 'features'), counts, users: train.users.size }
        const withoutList = ignore ? ('ignore' as const) : ('miss' as const)
        const diversity = Features.from(ITEMS.slice(0, 5), one.vectors)
        if (!catalogue.some((item) => item !== 6)) return
        const options = { k: one.k, resamples: 2, train, diversity, withoutList }
        const evaluation = await evaluateLists(lists, test, options)
        checkMeans(
          evaluation,
          users.map((user) => plainMetrics(user, items, one.k)),
          one.k,
        )
        const totals = plainTotals(users, catalogue, one.k)
        close(evaluation[`coverage@${one.k}`]!.value, totals.coverage, 'coverage')
        close(evaluation[`gini@${one.k}`]!.value, totals.gini, 'gini')
        const listed = users.filter(({ scores }) => scores.size > 0).length
        close(evaluation.userCoverage.value, listed / test.users.size, 'users')
        expect(evaluation.report).toMatchObject({
          protocol: 'given lists',
          users: users.length,
          withoutList: test.users.size - listed,
          otherLists: lists.size - tested.filter((user) => lists.has(user)).length,
        })
        // The same lists in their other forms.
        const rows = [...lists].map(([user, list]) => ({ user, items: list.map((item, i) => ({ item, score: -i })) }))
        expect(await evaluateLists(rows, test, options)).toEqual(evaluation)
        expect(await evaluateLists([...lists], test, options)).toEqual(evaluation)
      }),
      { numRuns: 60 },
    )
  })

  it('of users folded in equal plain ones', async () => {
    await fc.assert(
      fc.asyncProperty(aCase, async (one) => {
        const strangers = ['p', 'q', 'r']
        const rename = (log: Interactions) =>
          Interactions.from([...log].map((row) => ({ ...row, user: strangers[USERS.indexOf(row.user as never)]! })))
        const test = rename(testLog(one))
        const history = Interactions.from(
          strangers.flatMap((user, u) => [...one.had[u]!, 'unknown'].map((item) => ({ user, item }))),
        )
        const model = new Scored(
          new Map(USERS.map((user, u) => [user, one.scores[u]!])),
          new Map(USERS.map((user, u) => [user, one.had[u]!])),
        )
        const evaluated = strangers.filter((user, u) => test.users.has(user) && one.had[u]!.length > 0)
        if (evaluated.length === 0) return
        const evaluation = await evaluateFoldIn(model, history, test, {
          k: one.k,
          resamples: 2,
          diversity: 'co-occurrence',
        })
        const users = evaluated.map((user) => {
          const u = strangers.indexOf(user)
          const { scores } = { scores: one.scores[one.had[u]!.length % USERS.length]! }
          return {
            scores: new Map(
              ITEMS.flatMap((item, i) => (one.had[u]!.includes(item) ? [] : [[item, scores[i]!] as const])),
            ),
            heldOut: new Map(one.heldOut[u]!.map((item, n) => [item, one.weights[n]!])),
          }
        })
        const items = plainItems(one, 'co-occurrence')
        checkMeans(
          evaluation,
          users.map((user) => plainMetrics(user, items, one.k)),
          one.k,
        )
        expect(evaluation.report).toMatchObject({
          protocol: 'fold-in',
          users: evaluated.length,
          knownUsers: 0,
          withoutHistory: test.users.size - evaluated.length,
          unknownHistory: evaluated.length,
        })
      }),
      { numRuns: 60 },
    )
  })

  it('refuse weights that are no gains, and features of other items', async () => {
    const model = new Scored(new Map([[1, [1, 2, 3, 4, 5, 6]]]), new Map([[1, []]]))
    const test = (weight: number) => Interactions.from([{ user: 1, item: 'a', weight }])
    await expect(evaluate(model, test(-1), { gain: 'linear' })).rejects.toThrow(/weights of at least 0 .* user 1 has/)
    await expect(evaluate(model, test(-1), { gain: 'linear' })).rejects.toEqual(code('ERR_DATA'))
    await expect(evaluate(model, test(1001), { gain: 'exponential' })).rejects.toEqual(code('ERR_DATA'))
    expect((await evaluate(model, test(-1)))['ndcg@10']!.value).toBeGreaterThan(0)
    expect((await evaluate(model, test(0), { gain: 'linear' }))['ndcg@10']).toMatchObject({
      value: Number.NaN,
      users: 0,
    })
    const strange = Features.from(['z'], [[1]])
    await expect(evaluate(model, test(1), { diversity: strange })).rejects.toEqual(code('ERR_DATA'))
    for (const options of [{ gain: 'cubic' }, { diversity: 'genre' }, { perUser: 1 }])
      await expect(evaluate(model, test(1), options as never)).rejects.toEqual(code('ERR_VALUE'))
  })
})
