import fc from 'fast-check'
import { compare, type Id, IdMap, type Ids, Interactions, Popularity, type RankingModel } from 'kindred'
import { describe, expect, it } from 'vitest'
import { createRandom, type Random } from '#lib/data/random.js'
import { bootstrapMeans } from '#lib/evaluate/statistics/bootstrap.js'
import { holm, randomizationTests } from '#lib/evaluate/statistics/significance.js'
import { code, tasteLog } from '../support/logs.js'

/** The bounds that a binomial count leaves once in some 30,000 times: four standard deviations. */
function binomialBounds(trials: number, share: number): [number, number] {
  const spread = 4 * Math.sqrt(trials * share * (1 - share))
  return [trials * share - spread, trials * share + spread]
}

/** Knows how high each user's held-out item 0 ranks among 1 to 9. */
class RanksAt implements RankingModel {
  readonly items = IdMap.from(Array.from({ length: 10 }, (_, i) => i))

  constructor(
    readonly users: IdMap,
    readonly ranks: readonly number[],
  ) {}

  async score(user: Id, items: Ids): Promise<number[]> {
    const rank = this.ranks[user as number]!
    return Array.from(items, (item) => (item === 0 ? -rank - 0.5 : -(item as number)))
  }

  seenItems(): Id[] {
    return []
  }
}

describe('intervals', () => {
  // Differences of users as metrics give them: mostly 0, some 1 or -1, or skewed and continuous.
  const draws: [string, number, (random: Random) => number][] = [
    ['hits', 0.05, (random) => Math.sign(Math.floor(random.next() * 20) - 2) * (random.next() < 0.0625 ? 1 : 0)],
    ['skewed', 1, (random) => -Math.log(1 - random.next())],
    ['normal', 0.2, (random) => 0.2 + random.normal()],
  ]

  it.each(draws)('of %s cover the mean 95 times in a hundred', async (_name, _mean, draw) => {
    const random = createRandom(11)
    // The mean of the draws, from very many of them.
    const many = createRandom(12)
    let mean = 0
    for (let n = 0; n < 2_000_000; n++) mean += draw(many) / 2_000_000
    const trials = 800
    let covered = 0
    for (let trial = 0; trial < trials; trial++) {
      const users = Float64Array.from({ length: 600 }, () => draw(random))
      const [interval] = await bootstrapMeans([users], { resamples: 400, confidence: 0.95, seed: trial })
      if (interval!.low <= mean && mean <= interval!.high) covered++
    }
    const [least, most] = binomialBounds(trials, 0.95)
    expect(covered).toBeGreaterThanOrEqual(least)
    expect(covered).toBeLessThanOrEqual(most)
  })

  it('of compare cover the difference of two models, whose test is as often wrong as it says', async () => {
    const random = createRandom(5)
    const users = IdMap.from(Array.from({ length: 120 }, (_, user) => user))
    const test = Interactions.from([...users].map((user) => ({ user, item: 0 })))
    const trials = 250
    const counts = { covered: 0, same: 0, different: 0 }
    for (let trial = 0; trial < trials; trial++) {
      // Hits among the first five: the base one time in two, `better` also one time in five of the others.
      const base = Array.from(users, () => random.integer(10))
      const better = base.map((rank) => (rank >= 5 && random.next() < 0.2 ? 0 : rank))
      const twin = base.map((rank) => (random.next() < 0.5 ? rank : (rank + 5) % 10))
      const { differences } = await compare(
        { base: new RanksAt(users, base), better: new RanksAt(users, better), twin: new RanksAt(users, twin) },
        test,
        { k: 5, resamples: 400, permutations: 400, seed: trial, metrics: ['hitRate@5', 'mrr@5'] },
      )
      const { low, high, pValue } = differences.better!['hitRate@5']
      if (low <= 0.1 && 0.1 <= high) counts.covered++
      if (pValue < 0.05) counts.different++
      if (differences.twin!['mrr@5'].pValue < 0.05) counts.same++
    }
    const [least, most] = binomialBounds(trials, 0.95)
    expect(counts.covered).toBeGreaterThanOrEqual(least)
    expect(counts.covered).toBeLessThanOrEqual(most)
    expect(counts.same).toBeLessThanOrEqual(binomialBounds(trials, 0.05)[1])
    expect(counts.same).toBeGreaterThan(0)
    expect(counts.different).toBeGreaterThan(0.9 * trials)
  })
})

describe('randomisation tests', () => {
  it('give the share of all changes of signs that reach the difference', async () => {
    const values = fc.array(fc.integer({ min: -2, max: 3 }), { minLength: 1, maxLength: 7 })
    await fc.assert(
      fc.asyncProperty(values, fc.nat(), async (list, seed) => {
        const observed = Math.abs(list.reduce((a, b) => a + b, 0))
        let reached = 0
        for (let signs = 0; signs < 2 ** list.length; signs++) {
          const sum = list.reduce((total, value, i) => total + ((signs >> i) & 1 ? -value : value), 0)
          if (Math.abs(sum) >= observed) reached++
        }
        const [p] = await randomizationTests([Float64Array.from(list)], 20_000, seed, undefined)
        const [least, most] = binomialBounds(20_000, reached / 2 ** list.length)
        expect(p! * 20_001).toBeGreaterThanOrEqual(least - 1)
        expect(p! * 20_001).toBeLessThanOrEqual(most + 2)
      }),
      { numRuns: 40 },
    )
  })

  it('leave out users whom a metric leaves out', async () => {
    const some = [Float64Array.of(1, Number.NaN, 1, 1), Float64Array.of(Number.NaN, Number.NaN, Number.NaN, Number.NaN)]
    const p = await randomizationTests(some, 20_000, 1, undefined)
    expect(p[0]).toBeCloseTo(0.25, 1)
    expect(p[1]).toBeNaN()
  })

  it("are corrected for their number by Holm's method", () => {
    expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02])
    expect(holm([0.6, Number.NaN, 0.7])).toEqual([1, Number.NaN, 1])
    expect(holm([])).toEqual([])
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }), (pValues) => {
        // What is rejected step by step at a level is what the adjusted values keep below it.
        const adjusted = holm(pValues)
        for (const level of [0.01, 0.05, 0.3]) {
          const order = [...pValues.keys()].sort((a, b) => pValues[a]! - pValues[b]!)
          const stop = order.findIndex((n, rank) => (pValues.length - rank) * pValues[n]! > level)
          const rejected = new Set(stop < 0 ? order : order.slice(0, stop))
          for (const n of order) expect(adjusted[n]! <= level).toBe(rejected.has(n))
        }
      }),
    )
  })
})

describe('compare', () => {
  const { train, test } = tasteLog({ users: 60, perUser: 9 }).split({ by: 'leave-last-out' })

  it('corrects over the metrics and models compared, the same for the same seed', async () => {
    const popularity = await new Popularity().fit(train)
    const [users, items] = [popularity.users, [...test]]
    const cheat: RankingModel = {
      users,
      items: popularity.items,
      score: async (user, ids) =>
        Array.from(ids, (id) => (items.some((row) => row.user === user && row.item === id) ? 1 : 0)),
      seenItems: (user) => popularity.seenItems(user),
    }
    const models = { popularity, cheat, twin: popularity }
    const options = { k: 5, metrics: ['ndcg@5', 'auc', 'novelty@5'] as const, permutations: 2000, seed: 3 }
    const { differences, models: figures } = await compare(models, test, { ...options, perUser: true })
    expect(Object.keys(differences.cheat!)).toEqual(['ndcg@5', 'auc', 'novelty@5'])
    expect(figures.cheat!.perUser!.users).toEqual(figures.twin!.perUser!.users)
    const all = [differences.cheat!, differences.twin!].flatMap((of) => options.metrics.map((metric) => of[metric]))
    expect(all.map(({ adjustedPValue }) => adjustedPValue)).toEqual(holm(all.map(({ pValue }) => pValue)))
    expect(differences.cheat!['ndcg@5'].pValue).toBe(1 / 2001)
    expect(differences.twin!['ndcg@5']).toMatchObject({ value: 0, pValue: 1, adjustedPValue: 1 })
    expect((await compare(models, test, options)).differences).toEqual(differences)
  })

  it('refuses metrics that are none', async () => {
    const popularity = await new Popularity().fit(train)
    for (const metrics of [['ndgc@10'], ['ndcg@7'], ['coverage@10'], [], 'auc'])
      await expect(compare({ popularity }, test, { metrics } as never)).rejects.toEqual(code('ERR_VALUE'))
    await expect(compare({ popularity }, test, { permutations: 0 })).rejects.toEqual(code('ERR_VALUE'))
    const { signal } = new AbortController()
    expect((await compare({ popularity }, test, { signal })).differences).toEqual({})
    await expect(compare({ popularity }, test, { signal: AbortSignal.abort() })).rejects.toEqual(code('ERR_ABORTED'))
  })
})
