import fc from 'fast-check'
import { evaluate, evaluateSampled, type Interaction, Interactions, type Interval, ItemKNN, Popularity } from 'kindred'
import { describe, expect, it } from 'vitest'
import { auc, LIST_METRICS, listMetrics, type RankGroup } from '#lib/evaluate/measures/metrics.js'
import { orders } from './plain-metrics.js'

/** The groups of a ranking by score in which nothing ties. */
function strictGroups(relevant: readonly boolean[]): RankGroup[] {
  return relevant.flatMap((is, before) => (is ? [{ before, tied: 1, relevant: 1, gain: 1 }] : []))
}

describe('tied scores', () => {
  it('count as the mean over all orders of the tied items', () => {
    const item = fc.record({ score: fc.integer({ min: 0, max: 2 }), relevant: fc.boolean() })
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 7 }), (items, k) => {
        const relevant = items.filter((each) => each.relevant).length
        if (relevant === 0) return
        const groups = [2, 1, 0].flatMap((score) => {
          const tied = items.filter((each) => each.score === score)
          const count = tied.filter((each) => each.relevant).length
          const before = items.filter((each) => each.score > score).length
          return count > 0 ? [{ before, tied: tied.length, relevant: count, gain: count }] : []
        })
        const rankings = orders(items).filter((order) =>
          order.every((each, i) => i === 0 || order[i - 1]!.score >= each.score),
        )
        const user = { groups, relevant, eligible: items.length, gains: null }
        const strict = rankings.map((order) => ({ ...user, groups: strictGroups(order.map((each) => each.relevant)) }))
        const received = listMetrics(user, k)
        for (const name of LIST_METRICS) {
          const mean = strict.reduce((sum, each) => sum + listMetrics(each, k)[name], 0) / strict.length
          expect(received[name]).toBeCloseTo(mean, 12)
        }
        const area = strict.reduce((sum, each) => sum + auc(each), 0) / strict.length
        if (Number.isNaN(area)) expect(auc(user)).toBeNaN()
        else expect(auc(user)).toBeCloseTo(area, 12)
      }),
      { numRuns: 300 },
    )
  })

  it('put a model of equal scores at chance, wherever the held-out items stand in the log', async () => {
    const items = Array.from({ length: 20 }, (_, item) => item)
    const everyone = items.map((item) => ({ user: `fan of ${item}`, item }))
    for (const held of [0, 7, 19]) {
      const train = Interactions.from([...everyone, { user: 'ann', item: 'known' }])
      const model = await new Popularity().fit(train)
      const test = Interactions.from([{ user: 'ann', item: held }])
      const evaluation = await evaluate(model, test, { k: [5, 10], resamples: 2 })
      expect(evaluation['recall@5']!.value).toBeCloseTo(5 / 20, 12)
      expect(evaluation['recall@10']!.value).toBeCloseTo(10 / 20, 12)
      expect(evaluation['coverage@10']!.value).toBeCloseTo(10 / 21, 12)
      expect(evaluation.auc.value).toBeCloseTo(0.5, 12)
    }
  })

  it('leave figures and intervals as they are when the rows of both logs are shuffled', async () => {
    const entry = fc.record({ user: fc.integer({ min: 0, max: 5 }), item: fc.integer({ min: 0, max: 9 }) })
    const log = fc.uniqueArray(entry, { selector: ({ user, item }) => `${user} ${item}`, minLength: 8, maxLength: 40 })
    const models = [() => new Popularity(), () => new ItemKNN({ neighbors: 10 })]
    const figures = async (make: (typeof models)[number], train: Interaction[], test: Interaction[]) => {
      const model = await make().fit(Interactions.from(train))
      const [held, options] = [Interactions.from(test), { k: [1, 3], resamples: 20, seed: 3 }]
      const [full, sampled] = [
        await evaluate(model, held, options),
        await evaluateSampled(model, held, { ...options, negatives: 3 }),
      ]
      return (Object.entries({ ...full, ...sampled }) as [string, Interval][]).flatMap(
        ([name, { value, low, high }]) => [
          [`${name} value`, value] as const,
          [`${name} low`, low] as const,
          [`${name} high`, high] as const,
        ],
      )
    }
    const shuffled = (rows: Interaction[], seed: number) =>
      rows
        .map((row, i) => ({ row, key: Math.imul(i + 1, 2654435761 ^ seed) >>> 0 }))
        .sort((a, b) => a.key - b.key)
        .map(({ row }) => row)
    await fc.assert(
      fc.asyncProperty(log, fc.nat(), async (rows, seed) => {
        const all = rows.map((row) => ({ ...row, weight: 1, time: undefined }) as unknown as Interaction)
        const [train, test] = [all.slice(0, -4), all.slice(-4)]
        if (!test.some(({ user }) => train.some((row) => row.user === user))) return
        for (const make of models) {
          const [one, other] = [
            await figures(make, train, test),
            await figures(make, shuffled(train, seed), shuffled(test, seed)),
          ]
          for (const [n, [name, value]] of one.entries())
            if (Number.isNaN(value)) expect(other[n]![1], name).toBeNaN()
            else expect(other[n]![1], name).toBeCloseTo(value, 12)
        }
      }),
      { numRuns: 60 },
    )
  })
})
