import fc from 'fast-check'
import { type Id, type Interaction, Interactions, P3alpha, RP3beta } from 'kindred'
import { describe, expect, it } from 'vitest'
import { anyLog, code, tasteLog } from '../support/logs.js'

/** The scores of a user by walking the log entry by entry, item -> score; all neighbours kept. */
function plainScores(log: Interaction[], user: Id, alpha: number, beta: number): Map<Id, number> {
  const of = (id: Id) => log.filter((row) => row.user === id)
  const users = (id: Id) => log.filter((row) => row.item === id)
  const scores = new Map<Id, number>()
  for (const own of of(user))
    for (const other of users(own.item)) {
      const row = of(other.user)
      const total = row.reduce((sum, { weight }) => sum + weight, 0)
      for (const { item, weight } of row) {
        if (item === own.item) continue
        const walk = own.weight * (1 / users(own.item).length) ** alpha * (weight / total) ** alpha
        scores.set(item, (scores.get(item) ?? 0) + walk / users(item).length ** beta)
      }
    }
  return scores
}

const options = fc.record({ alpha: fc.double({ min: 0.2, max: 2, noNaN: true }) })

describe('random walks equal walks over the log, fitted and updated', () => {
  it.each([0, 0.7])('popularity to the power %f', async (beta) => {
    await fc.assert(
      fc.asyncProperty(anyLog, anyLog, options, async (log, added, { alpha }) => {
        const model = beta === 0 ? new P3alpha({ alpha }) : new RP3beta({ alpha, beta, normalize: false })
        await model.fit(log)
        const pair = ({ user, item }: Interaction) => JSON.stringify([user, item])
        const all = new Map([...log].map((row) => [pair(row), row]))
        for (let round = 0; round < 2; round++) {
          const rows = [...all.values()]
          for (const user of [...model.users].slice(0, 3)) {
            const expected = plainScores(rows, user, alpha, beta)
            const scores = await model.score(user, model.items)
            for (const [n, item] of [...model.items].entries())
              expect(scores[n]).toBeCloseTo(expected.get(item) ?? 0, 4)
          }
          await model.update(added)
          for (const row of added) all.set(pair(row), row)
        }
      }),
      { numRuns: 25 },
    )
  })
})

it('explains a score by what the user had', async () => {
  const model = await new RP3beta({ neighbors: 12 }).fit(tasteLog())
  const [{ item, score }] = (await model.recommend(3, { k: 1 })) as [{ item: Id; score: number }]
  const explained = await model.explain(3, item, { k: 2 })
  expect(explained.contributions).toHaveLength(2)
  const { contributions, rest } = explained
  expect(explained.score).toBeCloseTo(score, 6)
  expect(contributions[0]!.contribution + contributions[1]!.contribution + rest).toBeCloseTo(score, 6)
})

it('refuses options that are not legal', () => {
  for (const Model of [P3alpha, RP3beta]) {
    for (const alpha of [-1, Number.NaN, '1' as never]) expect(() => new Model({ alpha })).toThrow(code('ERR_VALUE'))
    for (const neighbors of [0, 1.5, 2 ** 31]) expect(() => new Model({ neighbors })).toThrow(code('ERR_VALUE'))
    expect(() => new Model({ normalize: 1 as never })).toThrow(code('ERR_VALUE'))
  }
  expect(() => new RP3beta({ beta: -0.1 })).toThrow(code('ERR_VALUE'))
  expect(() => new P3alpha({ beta: 1 } as never)).toThrow(/unknown option "beta"/)
})

it('an interaction of weight 0 or less leads nowhere', async () => {
  const log = Interactions.from([
    { user: 'a', item: 1 },
    { user: 'a', item: 2, weight: 0 },
    { user: 'a', item: 3 },
    { user: 'b', item: 2, weight: -1 },
    { user: 'b', item: 3 },
  ])
  const model = await new P3alpha().fit(log)
  expect([...(await model.score('b', [1, 2, 3]))]).toEqual([0.25, 0, 0])
})
