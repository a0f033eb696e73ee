import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { EpsilonGreedy, type Id, LinUCB, Matrix, Softmax, ThompsonSampling, UCB1 } from 'kindred'
import { afterAll, describe, expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import { code } from '../../support/logs.js'

const dir = mkdtempSync(join(tmpdir(), 'kindred-bandits-'))
afterAll(() => rmSync(dir, { recursive: true }))

type Any = EpsilonGreedy | UCB1 | Softmax | ThompsonSampling | LinUCB
interface Options {
  arms: number | Id[]
  seed?: number
  maxPending?: number
  pendingTtl?: number
  expiredReward?: number
  now?: () => number
}
const DIMS = 3
/** [class, a new one, load] */
const KINDS: [string, (options: Options) => Any, (dir: string) => Promise<Any>][] = [
  ['EpsilonGreedy', (o) => new EpsilonGreedy(o), (d) => EpsilonGreedy.load(d)],
  ['UCB1', (o) => new UCB1(o), (d) => UCB1.load(d)],
  ['UCB1 with epsilon', (o) => new UCB1({ ...o, epsilon: 0.2 }), (d) => UCB1.load(d)],
  ['Softmax', (o) => new Softmax(o), (d) => Softmax.load(d)],
  ['ThompsonSampling', (o) => new ThompsonSampling({ ...o, prior: { alpha: 0.5 } }), (d) => ThompsonSampling.load(d)],
  [
    'ThompsonSampling, sampled',
    (o) => new ThompsonSampling({ ...o, propensities: 'sampled', draws: 20 }),
    (d) => ThompsonSampling.load(d),
  ],
  ['ThompsonSampling, linear', (o) => new ThompsonSampling({ ...o, dims: DIMS }), (d) => ThompsonSampling.load(d)],
  ['LinUCB', (o) => new LinUCB({ ...o, dims: DIMS }), (d) => LinUCB.load(d)],
  ['LinUCB, hybrid', (o) => new LinUCB({ ...o, dims: 2, sharedDims: 1, epsilon: 0.1 }), (d) => LinUCB.load(d)],
]
const random = createRandom(9)
const context = () => Float64Array.from({ length: DIMS }, () => random.next())

/** Choices and rewards, so many of them; the same for every bandit of the same seed. */
function live(bandit: Any, rounds: number, seed = 1): Id[] {
  const own = createRandom(seed)
  return Array.from({ length: rounds }, () => {
    const x = Float64Array.from({ length: DIMS }, () => own.next())
    const { arm } = bandit.choose(x)
    bandit.update(arm, x, own.next() < (bandit.arms.indexOf(arm) + 1) / 10 ? 1 : 0)
    return arm
  })
}

describe.each(KINDS)('%s', (_, make, load) => {
  it('gives the probability of every arm that could be chosen: they sum to 1', () => {
    const step = fc.record({
      x: fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: DIMS, maxLength: DIMS }),
      reward: fc.double({ min: 0, max: 1, noNaN: true }),
      arm: fc.nat(5),
    })
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.array(step, { maxLength: 30 }),
        fc.nat(99),
        (arms, steps, seed) => {
          const bandit = make({ arms, seed })
          for (const { x, reward, arm } of steps) {
            bandit.update(arm % arms, x, reward)
            const predicted = bandit.propensities(x)
            const choice = bandit.choose(x)
            expect(choice.propensities).toEqual(predicted)
            expect(choice.propensities.length).toBe(arms)
            expect(choice.propensities.every((p) => p >= 0)).toBe(true)
            expect(Math.abs(choice.propensities.reduce((sum, p) => sum + p, 0) - 1)).toBeLessThan(1e-9)
            expect(choice.propensity).toBe(choice.propensities[bandit.arms.indexOf(choice.arm)])
            expect(choice.propensity).toBeGreaterThan(0)
          }
        },
      ),
      { numRuns: 20 },
    )
  })

  it('draws arms as often as it says', () => {
    const bandit = make({ arms: 4, maxPending: 0 })
    live(bandit, 40)
    const x = Float64Array.of(0.2, 0.5, 0.8)
    const [seen, said] = [new Float64Array(4), new Float64Array(4)]
    const rounds = 3000
    for (let round = 0; round < rounds; round++) {
      const { arm, propensities } = bandit.choose(x)
      seen[arm as number]!++
      propensities.forEach((p, a) => {
        said[a]! += p
      })
    }
    for (let a = 0; a < 4; a++) expect(Math.abs(seen[a]! - said[a]!)).toBeLessThan(5 * Math.sqrt(rounds / 4))
  })

  it('same seed, same choices; another seed, others', () => {
    expect(live(make({ arms: 5, seed: 3 }), 60)).toEqual(live(make({ arms: 5, seed: 3 }), 60))
    const [a, b] = [3, 4].map((seed) => Array.from({ length: 40 }, () => make({ arms: 5, seed }).choose(context()).arm))
    expect(new Set(a).size).toBe(1)
    expect(new Set([...a!, ...b!, make({ arms: 5, seed: 5 }).choose(context()).arm]).size).toBeGreaterThan(1)
  })

  it('takes rewards of choices by their ids, later and in any order', () => {
    const [now, later] = [make({ arms: 3 }), make({ arms: 3 })]
    const waiting = Array.from({ length: 20 }, (_, i) => ({ x: context(), reward: i % 2 }))
    const ids = waiting.map(({ x }) => later.choose(x))
    for (const [i, { x, reward }] of waiting.entries()) now.update(ids[i]!.arm, x, reward)
    expect(later.pending.waiting).toBe(20)
    for (const [i, { reward }] of waiting.entries()) expect(later.reward(ids[i]!.id, reward)).toBe(true)
    const x = context()
    expect(later.pending).toEqual({ waiting: 0, rewarded: 20, expired: 0, evicted: 0, unmatched: 0 })
    expect(later.reward(ids[0]!.id, 1)).toBe(false)
    expect(later.pending.unmatched).toBe(1)
    for (const arm of now.arms) expect(later.count(arm)).toBe(now.count(arm))
    expect(later.exportDelta()).toEqual(now.exportDelta())
    expect(later.choices).toBe(20)
    expect(() => later.choose(x, { pending: 'no' as never })).toThrow(code('ERR_VALUE'))
  })

  it('bounds what waits, in number and in age', () => {
    let time = 0
    const bandit = make({ arms: 2, maxPending: 3, pendingTtl: 100, now: () => time })
    const ids = [0, 1, 2, 3].map(() => bandit.choose(context()).id)
    expect(bandit.pending).toMatchObject({ waiting: 3, evicted: 1 })
    expect(bandit.reward(ids[0]!, 1)).toBe(false)
    time = 100
    expect(bandit.reward(ids[1]!, 1)).toBe(false)
    expect(bandit.pending).toEqual({ waiting: 0, rewarded: 0, expired: 3, evicted: 1, unmatched: 2 })
    expect(bandit.arms.map((arm) => bandit.count(arm))).toEqual([0, 0])
    const untold = bandit.choose(context(), { pending: false })
    expect(bandit.reward(untold.id, 1)).toBe(false)
  })

  it('may take an expired choice for a reward', () => {
    let time = 0
    const bandit = make({ arms: 1, pendingTtl: 10, expiredReward: 0, now: () => time })
    bandit.choose(context())
    time = 10
    bandit.choose(context())
    expect(bandit.count(0)).toBe(1)
    expect(bandit.pending).toMatchObject({ waiting: 1, expired: 1 })
  })

  it('lets arms come and go', () => {
    const bandit = make({ arms: ['a', 'b'] })
    live(bandit, 10)
    const choice = bandit.choose(context(), { candidates: ['b'] })
    expect(choice).toMatchObject({ arm: 'b', propensity: 1 })
    bandit.addArms(['c', 7])
    expect(bandit.arms).toEqual(['a', 'b', 'c', 7])
    expect(bandit.count('c')).toBe(0)
    bandit.removeArms(new Set<Id>(['b', 'a']))
    expect(bandit.arms).toEqual(['c', 7])
    expect(bandit.reward(choice.id, 1)).toBe(false)
    for (const arm of live(bandit, 20)) expect(bandit.arms).toContain(arm)
    expect(() => bandit.addArms(['d', 'c'])).toThrow(code('ERR_DUPLICATE'))
    expect(() => bandit.removeArms([7, 'z'])).toThrow(code('ERR_UNKNOWN_ID'))
    expect(() => bandit.update('a', context(), 1)).toThrow(code('ERR_UNKNOWN_ID'))
    expect(() => bandit.choose(context(), { candidates: [] })).toThrow(code('ERR_VALUE'))
    expect(() => bandit.choose(context(), { candidates: ['c', 'c'] })).toThrow(code('ERR_DUPLICATE'))
    expect(() => bandit.addArms(5 as never)).toThrow(code('ERR_VALUE'))
    expect(bandit.arms).toEqual(['c', 7])
    expect(() => make({ arms: [] }).choose(context())).toThrow(code('ERR_VALUE'))
  })

  it('goes on after a save as if there had been none', async () => {
    const folder = mkdtempSync(join(dir, 'saved-'))
    const bandit = make({ arms: ['a', 'b', 5, 'd'], seed: 2 })
    live(bandit, 30)
    bandit.exportDelta()
    live(bandit, 30, 2)
    await bandit.save(folder)
    const loaded = await load(folder)
    expect(loaded.arms).toEqual(bandit.arms)
    expect(loaded.choices).toBe(bandit.choices)
    expect(loaded.exportDelta()).toEqual(bandit.exportDelta())
    expect(live(loaded, 50, 3)).toEqual(live(bandit, 50, 3))
    await bandit.save(folder)
    expect((await load(folder)).choices).toBe(bandit.choices)
    await expect(bandit.save(folder, { signal: AbortSignal.abort() })).rejects.toEqual(code('ERR_ABORTED'))
  })

  it('refuses damaged folders', async () => {
    const folder = mkdtempSync(join(dir, 'damaged-'))
    const bandit = make({ arms: 3 })
    live(bandit, 10)
    await bandit.save(folder)
    const path = join(folder, 'config.json')
    const config = JSON.parse(readFileSync(path, 'utf8'))
    for (const wrong of [
      { algorithm: 'Nobody' },
      { options: undefined },
      { options: { epsilon: 7, dims: -1, draws: 0, temperature: 0, nonsense: 1 } },
      { choices: -1 },
      { choices: undefined },
    ]) {
      writeFileSync(path, JSON.stringify({ ...config, ...wrong }))
      await expect(load(folder)).rejects.toEqual(code('ERR_MODEL_FILE'))
    }
    await expect(load(join(folder, 'none'))).rejects.toEqual(code('ERR_MODEL_FILE'))
  })

  it('knows as much of the events of several processes as one that saw them all', () => {
    const [one, a, b, c] = ['all', 'a', 'b', 'c'].map(() => make({ arms: 4 }))
    const events = Array.from({ length: 90 }, (_, i) => ({ arm: i % 4, x: context(), reward: random.next() }))
    for (const [i, { arm, x, reward }] of events.entries()) {
      one!.update(arm, x, reward)
      ;[a!, b!, c!][i % 3]!.update(arm, x, reward)
    }
    a!.merge(b as never)
    a!.merge(c as never)
    const probes = Array.from({ length: 5 }, context)
    const close = (one: Any, other: Any) => {
      for (const arm of one.arms) expect(other.count(arm)).toBe(one.count(arm))
      const [x, y] = [one, other].map((bandit) => bandit.exportDelta())
      for (const [i, value] of x!.statistics.entries()) expect(y!.statistics[i]).toBeCloseTo(value, 9)
    }
    // Of sampled propensities, those of the same number of choices.
    for (const x of probes)
      a!.propensities(x).forEach((p, i) => {
        expect(p).toBeCloseTo(one!.propensities(x)[i]!, 6)
      })
    close(one!, a!)
    expect(() => a!.merge(a as never)).toThrow(code('ERR_VALUE'))
    expect(() => a!.merge({} as never)).toThrow(code('ERR_VALUE'))
  })

  it('shares what it learns again and again, each event once', () => {
    const one = make({ arms: 3 })
    const all = [0, 1, 2].map(() => make({ arms: 3 }))
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 12; i++) {
        const [x, reward] = [context(), random.next()]
        one.update(i % 3, x, reward)
        all[(i + round) % 3]!.update(i % 3, x, reward)
      }
      const deltas = all.map((bandit) => structuredClone(bandit.exportDelta()))
      for (const [i, bandit] of all.entries())
        for (const [j, delta] of deltas.entries()) if (i !== j) bandit.importDelta(delta)
    }
    const x = context()
    for (const bandit of all) {
      for (const arm of one.arms) expect(bandit.count(arm)).toBe(one.count(arm))
      bandit.propensities(x).forEach((p, i) => {
        expect(p).toBeCloseTo(one.propensities(x)[i]!, 6)
      })
      expect(bandit.exportDelta().arms).toEqual([])
    }
  })

  it('takes arms from elsewhere, and refuses what does not fit', () => {
    const [bandit, other] = [make({ arms: ['a'] }), make({ arms: ['b', 'a'] })]
    other.update('b', context(), 1)
    const delta = other.exportDelta()
    expect(delta.arms).toEqual(['b'])
    bandit.importDelta(delta)
    expect(bandit.arms).toEqual(['a', 'b'])
    expect(bandit.count('b')).toBe(1)
    for (const [wrong, expected] of [
      [undefined, 'ERR_VALUE'],
      [{ ...delta, algorithm: 'Other' }, 'ERR_DATA'],
      [{ ...delta, arms: [] }, 'ERR_DATA'],
      [{ ...delta, arms: 5 }, 'ERR_DATA'],
      [{ ...delta, statistics: delta.statistics.map(() => Number.NaN) }, 'ERR_DATA'],
      [{ ...delta, statistics: delta.statistics.map(() => -1) }, 'ERR_DATA'],
      [{ ...delta, retired: new Float64Array(1) }, 'ERR_DATA'],
    ] as const)
      expect(() => bandit.importDelta(wrong as never)).toThrow(code(expected))
    expect(bandit.count('b')).toBe(1)
  })
})

describe('contexts', () => {
  const bandit = new LinUCB({ arms: 3, dims: 2, alpha: 0 })
  for (let i = 0; i < 30; i++) bandit.update(i % 3, [1, (i % 5) / 5], i % 3 === 1 ? (i % 5) / 5 : 0.4)
  const rows = [
    [1, 0.1],
    [1, 0.9],
    [1, 0.2],
  ]

  it('are shared, or one an arm, as any kind of list', () => {
    const flat = rows.flat()
    const expected = bandit.propensities(rows)
    expect([...expected]).toEqual([0, 1, 0])
    for (const same of [
      flat,
      Float32Array.from(flat),
      new Matrix(3, 2, Float32Array.from(flat)),
      rows.map((row) => Float64Array.from(row)),
    ])
      expect(bandit.propensities(same)).toEqual(expected)
    expect(bandit.propensities([1, 0])).toEqual(bandit.propensities(new Matrix(1, 2, Float32Array.of(1, 0))))
    expect(bandit.propensities([rows[1]!, rows[2]!], { candidates: [1, 2] })).toEqual(Float64Array.of(1, 0))
  })

  it.each<[string, unknown, string]>([
    ['none', undefined, 'ERR_VALUE'],
    ['a number', 5, 'ERR_VALUE'],
    ['too few', [1], 'ERR_SHAPE'],
    ['rows of another length', [[1, 2], [1, 2], [1]], 'ERR_SHAPE'],
    [
      'other rows',
      [
        [1, 2],
        [1, 2],
      ],
      'ERR_VALUE',
    ],
    ['another Matrix', new Matrix(2, 2), 'ERR_SHAPE'],
    ['what is not finite', [1, Number.NaN], 'ERR_VALUE'],
    ['what is too large', [1, 1e200], 'ERR_VALUE'],
    ['a word', [1, 'x'], 'ERR_VALUE'],
  ])('of other shapes are refused: %s', (_, contexts, expected) => {
    expect(() => bandit.choose(contexts as never)).toThrow(code(expected as never))
    const before = bandit.count(0)
    expect(() => bandit.update(0, contexts as never, 1)).toThrow(code(expected as never))
    expect(bandit.count(0)).toBe(before)
  })

  it('and rewards', () => {
    for (const reward of [Number.NaN, Infinity, '1', undefined])
      expect(() => bandit.update(0, [1, 2], reward as never)).toThrow(code('ERR_VALUE'))
    expect(() => new ThompsonSampling({ arms: 1 }).update(0, undefined, 2)).toThrow(code('ERR_VALUE'))
  })
})

it('a bandit without contexts takes none', () => {
  const bandit = new EpsilonGreedy({ arms: ['x', 'y'], epsilon: 0 })
  bandit.update('y', undefined, 1)
  expect(bandit.choose()).toMatchObject({ arm: 'y', propensity: 1, id: 0 })
})

it.each<[string, () => unknown]>([
  ['epsilon', () => new EpsilonGreedy({ arms: 2, epsilon: 2 })],
  ['arms', () => new EpsilonGreedy({ arms: 1.5 })],
  ['no arms', () => new UCB1({} as never)],
  ['temperature', () => new Softmax({ arms: 2, temperature: 0 })],
  ['dims', () => new LinUCB({ arms: 2 } as never)],
  ['dims 0', () => new LinUCB({ arms: 2, dims: 0 })],
  ['regularization', () => new LinUCB({ arms: 2, dims: 1, regularization: 0 })],
  ['a prior with contexts', () => new ThompsonSampling({ arms: 2, dims: 2, prior: {} })],
  ['a scale without', () => new ThompsonSampling({ arms: 2, scale: 1 })],
  ['a prior of 0', () => new ThompsonSampling({ arms: 2, prior: { alpha: 0 } })],
  ['seed', () => new UCB1({ arms: 2, seed: -1 })],
  ['now', () => new UCB1({ arms: 2, now: 5 as never })],
])('an illegal option is refused: %s', (_, make) => {
  expect(make).toThrow(code('ERR_VALUE'))
})

it('bandits of other options do not merge', () => {
  const bandit = new LinUCB({ arms: 2, dims: 2 })
  expect(() => bandit.merge(new LinUCB({ arms: 2, dims: 3 }))).toThrow(code('ERR_VALUE'))
  expect(() => bandit.merge(new UCB1({ arms: 2 }) as never)).toThrow(code('ERR_VALUE'))
  expect(() => new EpsilonGreedy({ arms: ['a', 'a'] })).toThrow(code('ERR_DUPLICATE'))
})
