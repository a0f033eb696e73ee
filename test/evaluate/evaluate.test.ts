import fc from 'fast-check'
import {
  AlternatingLeastSquares,
  compare,
  type Evaluation,
  evaluate,
  evaluateSampled,
  type Id,
  Interactions,
  Popularity,
  type Recommender,
} from 'kindred'
import { describe, expect, it } from 'vitest'
import { anyLog, code, tasteLog } from '../support/logs.js'

/** Each metric again, from whole sorted lists, as its definition reads; undefined where scores tie (see ties.test.ts). */
async function plainMetrics(model: Recommender, test: Interactions, k: number) {
  const byUser = new Map<Id, Set<Id>>()
  for (const { user, item } of test) {
    if (!model.users.has(user)) continue
    byUser.set(user, (byUser.get(user) ?? new Set()).add(item))
  }
  const sums: Record<string, number> = {}
  const counts: Record<string, number> = {}
  const covered = new Set<Id>()
  const add = (name: string, value: number) => {
    if (Number.isNaN(value)) return
    sums[name] = (sums[name] ?? 0) + value
    counts[name] = (counts[name] ?? 0) + 1
  }
  for (const [user, relevant] of byUser) {
    const full = await model.recommend(user, { k: model.items.size })
    if (full.some(({ score }, i) => score === full[i + 1]?.score)) return undefined
    const hits = full.map(({ item }) => (relevant.has(item) ? 1 : 0)) as number[]
    const top = hits.slice(0, k)
    for (const { item } of full.slice(0, k)) covered.add(item)
    const found = top.reduce((a, b) => a + b, 0)
    const precision = found / k
    const recall = found / relevant.size
    add('precision', precision)
    add('recall', recall)
    add('f1', found === 0 ? 0 : 2 / (1 / precision + 1 / recall))
    add('hitRate', Math.sign(found))
    const dcg = (list: number[]) => list.reduce((sum, gain, i) => sum + gain / Math.log2(i + 2), 0)
    const ideal = Array.from({ length: Math.min(k, relevant.size) }, () => 1)
    add('ndcg', dcg(top) / dcg(ideal))
    let average = 0
    for (let i = 0; i < top.length; i++) if (top[i]) average += top.slice(0, i + 1).reduce((a, b) => a + b, 0) / (i + 1)
    add('map', average / Math.min(k, relevant.size))
    const first = top.indexOf(1)
    add('mrr', first < 0 ? 0 : 1 / (first + 1))
    let right = 0
    const negatives = hits.filter((hit) => !hit).length
    hits.forEach((hit, i) => {
      if (hit) right += hits.slice(i).filter((other) => !other).length
    })
    add('auc', negatives === 0 ? Number.NaN : right / (relevant.size * negatives))
  }
  const means: Record<string, number> = { coverage: covered.size / model.items.size }
  for (const name of Object.keys(sums)) means[name] = sums[name]! / counts[name]!
  return means
}

describe('evaluate', () => {
  it('equals an independent plain implementation to 1e-9', async () => {
    let evaluated = 0
    await fc.assert(
      fc.asyncProperty(
        anyLog,
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 0, max: 99 }),
        async (log, k, seed) => {
          const { train, test } = log.split({ by: 'random', fraction: 0.4, seed })
          if (train.size === 0 || ![...test.users].some((user) => train.users.has(user))) return
          const model = await new AlternatingLeastSquares({ factors: 2, iterations: 1 }).fit(train)
          const evaluation = await evaluate(model, test, { k, resamples: 2 })
          const plain = await plainMetrics(model, test, k)
          if (plain === undefined) return
          evaluated++
          for (const name of ['precision', 'recall', 'f1', 'hitRate', 'ndcg', 'map', 'mrr', 'coverage'] as const)
            expect(Math.abs(evaluation[`${name}@${k}`]!.value - plain[name]!)).toBeLessThan(1e-9)
          if (plain.auc === undefined) expect(evaluation.auc.value).toBeNaN()
          else expect(Math.abs(evaluation.auc.value - plain.auc)).toBeLessThan(1e-9)
        },
      ),
      { numRuns: 90 },
    )
    expect(evaluated).toBeGreaterThan(20)
  })

  const log = tasteLog({ users: 80, perUser: 12 })
  const { train, test } = log.split({ by: 'leave-last-out' })

  it('tells several lengths, with intervals around the means, the same every time', async () => {
    const model = await new AlternatingLeastSquares({ factors: 8, regularization: 1 }).fit(train)
    const one = await evaluate(model, test, { k: [10, 5] })
    expect(Object.keys(one)).toContain('ndcg@5')
    expect(Object.keys(one)).not.toContain('report')
    expect(one.report).toEqual({
      protocol: 'full ranking',
      gain: 'binary',
      users: 80,
      unknownUsers: 0,
      unknownItems: 0,
      seenItems: 0,
      otherItems: 0,
      withoutVector: 0,
    })
    for (const [name, { value, low, high, users }] of Object.entries(one) as [string, Evaluation['auc']][]) {
      expect(users).toBe(80)
      if (/^(coverage|gini|userCoverage)/.test(name)) continue
      expect(low).toBeLessThanOrEqual(value)
      expect(high).toBeGreaterThanOrEqual(value)
    }
    expect(one['hitRate@10']!.high).toBeGreaterThan(one['hitRate@10']!.low)
    expect(await evaluate(model, test, { k: [5, 10] })).toEqual(one)
  })

  it('counts users and items that the model does not know', async () => {
    const model = await new Popularity().fit(train)
    const strange = Interactions.from([
      { user: 0, item: 'unheard of' },
      { user: 'stranger', item: 2 },
    ])
    const evaluation = await evaluate(model, strange)
    expect(evaluation.report).toMatchObject({ users: 1, unknownUsers: 1, unknownItems: 1 })
    expect(evaluation['recall@10']!.value).toBe(0)
    const onlyStrangers = Interactions.from([{ user: 'stranger', item: 2 }])
    await expect(evaluate(model, onlyStrangers)).rejects.toEqual(code('ERR_DATA'))
    const empty = Interactions.from([])
    await expect(evaluate(model, empty)).rejects.toEqual(code('ERR_DATA', /nothing was held out/))
  })

  it('counts held-out items that cannot be ranked, and leaves them out on request', async () => {
    const rows = ['a', 'b', 'c', 'd', 'e'].flatMap((item) =>
      [...'123'].map((user) => ({ user: `${item}${user}`, item })),
    )
    const model = await new Popularity().fit(
      Interactions.from([...rows, { user: 'ann', item: 'a' }, { user: 'bob', item: 'b' }]),
    )
    const held = Interactions.from([
      { user: 'ann', item: 'a' }, // in training
      { user: 'ann', item: 'c' },
      { user: 'ann', item: 'e' }, // no candidate
      { user: 'ann', item: 'unheard of' },
      { user: 'bob', item: 'b' }, // in training
    ])
    const options = { k: 4, candidates: ['a', 'b', 'c', 'd'], resamples: 5 }
    const missed = await evaluate(model, held, options)
    expect(missed.report).toMatchObject({ users: 2, unknownItems: 1, seenItems: 2, otherItems: 1 })
    expect(missed['recall@4']).toMatchObject({ value: (1 / 4 + 0) / 2, users: 2 })
    const ignored = await evaluate(model, held, { ...options, unrankable: 'ignore' })
    expect(ignored.report).toEqual(missed.report)
    expect(ignored['recall@4']).toMatchObject({ value: 1, users: 1 })
    expect(ignored.auc.users).toBe(1)
    const seen = Interactions.from([{ user: 'ann', item: 'a' }])
    await expect(evaluate(model, seen, { unrankable: 'ignore' })).rejects.toEqual(code('ERR_DATA'))
    await expect(compare({ model }, held, { unrankable: 'ignore' } as never)).rejects.toEqual(code('ERR_VALUE'))
    const listed = await evaluate(model, held, { ...options, exclude: 'none' })
    expect(listed.report).toMatchObject({ seenItems: 0, otherItems: 1 })
    expect(listed['recall@4']!.value).toBeCloseTo((2 / 4 + 1) / 2, 12)
  })

  it('ranks among candidates only on request', async () => {
    const model = await new Popularity().fit(train)
    const candidates = [...test.items].slice(0, 4)
    const evaluation = await evaluate(model, test, { k: 4, candidates })
    const rankable = [...test].filter(({ item }) => candidates.includes(item)).length
    expect(evaluation['recall@4']!.value).toBeCloseTo(rankable / 80, 9)
    await expect(evaluate(model, test, { candidates: ['nothing'] })).rejects.toEqual(code('ERR_UNKNOWN_ID'))
    const more = await evaluate(model, test, { k: 4, candidates: [...candidates, 'nothing'], unknown: 'ignore' })
    expect(more['coverage@4']).toEqual(evaluation['coverage@4'])
    expect(more['recall@4']).toEqual(evaluation['recall@4'])
    await expect(evaluate(model, test, { candidates: ['nothing'], unknown: 'ignore' })).rejects.toEqual(
      code('ERR_DATA', /knows none of the 1 ids/),
    )
  })

  it('takes lists longer than the catalogue', async () => {
    const model = await new Popularity().fit(train)
    const evaluation = await evaluate(model, test, { k: [2 ** 31, 2 ** 32 + 5], resamples: 2 })
    for (const k of [2 ** 31, 2 ** 32 + 5]) {
      expect(evaluation[`recall@${k}`]!.value).toBe(1)
      expect(evaluation[`coverage@${k}`]!.value).toBe(1)
    }
  })

  it('refuses illegal options', async () => {
    const model = await new Popularity().fit(train)
    for (const options of [
      { k: 0 },
      { k: [] },
      { k: [5, Number.NaN] },
      { resamples: 0 },
      { confidence: 2 },
      { onProgress: 'x' },
      { candidates: [] },
      { top: 1 },
    ])
      await expect(evaluate(model, test, options as never)).rejects.toEqual(code('ERR_VALUE'))
    await expect(evaluate(new Popularity(), test)).rejects.toEqual(code('ERR_NOT_FITTED'))
    await expect(evaluate(model, [] as never)).rejects.toEqual(code('ERR_VALUE'))
    await expect(evaluate(model, test, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('compares models in pairs', async () => {
    const popularity = await new Popularity().fit(train)
    const als = await new AlternatingLeastSquares({ factors: 2, regularization: 1 }).fit(train)
    const { models, differences, baseline } = await compare({ popularity, als, twin: popularity }, test, { k: 10 })
    expect(baseline).toBe('popularity')
    const gain = differences.als!['ndcg@10']
    expect(gain.value).toBeCloseTo(models.als!['ndcg@10']!.value - models.popularity!['ndcg@10']!.value, 12)
    expect(gain.low).toBeGreaterThan(0)
    expect(differences.twin!['ndcg@10']).toMatchObject({ value: 0, low: 0, high: 0 })
    await expect(compare({ als }, test, { baseline: 'other' })).rejects.toEqual(code('ERR_VALUE'))
  })
})

describe('evaluateSampled', () => {
  const log = tasteLog({ users: 50, items: 60, perUser: 10 })
  const { train, test } = log.split({ by: 'leave-last-out' })

  it('ranks each held-out item among given negatives, and labels its figures', async () => {
    const model = await new AlternatingLeastSquares({ factors: 8, regularization: 1 }).fit(train)
    const negatives = new Map<Id, Id[]>()
    const expected: number[] = []
    for (const { user, item } of test) {
      const others = [...train.items].filter((_, i) => (i * 7 + Number(user)) % 4 === 0)
      negatives.set(user, others)
      if (!model.items.has(item)) {
        expected.push(0)
        continue
      }
      const scores = await model.score(user, [item, ...others.filter((other) => other !== item)])
      expected.push(scores.slice(1).filter((score) => score > scores[0]!).length < 5 ? 1 : 0)
    }
    const sampled = await evaluateSampled(model, test, { negatives, k: 5 })
    expect(sampled['sampled hitRate@5']!.value).toBeCloseTo(expected.reduce((a, b) => a + b) / expected.length, 9)
    expect(Object.keys(sampled).every((name) => name.startsWith('sampled '))).toBe(true)
    expect(sampled.report.protocol).toBe('sampled negatives')
    expect(sampled.report.droppedNegatives).toBe(
      [...test].filter(({ user, item }) => negatives.get(user)!.includes(item)).length,
    )
  })

  it('draws negatives by seed, as many as asked, never what the user had', async () => {
    const model = await new Popularity().fit(train)
    const one = await evaluateSampled(model, test, { negatives: 20, seed: 3 })
    expect(await evaluateSampled(model, test, { negatives: 20, seed: 3 })).toEqual(one)
    expect(one.report.negatives).toBe(20)
    const all = await evaluateSampled(model, test, { negatives: 1_000_000 })
    expect(all.report.negatives).toBeLessThan(model.items.size)
    expect(all['sampled recall@10']!.value).toBeCloseTo((await evaluate(model, test))['recall@10']!.value, 9)
    await expect(evaluateSampled(model, test, { negatives: 0 })).rejects.toEqual(code('ERR_VALUE'))
    await expect(evaluateSampled(model, test, { negatives: new Map([[0, ['nothing']]]) })).rejects.toEqual(
      code('ERR_DATA'),
    )
    const partly = await evaluateSampled(model, test, { negatives: new Map([[0, [2, 'nothing']]]) })
    expect(partly.report).toMatchObject({ users: 1, withoutNegatives: 49, unknownNegatives: 1 })
  })
})
