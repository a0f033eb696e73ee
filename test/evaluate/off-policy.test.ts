import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { type LoggedFeedback, Matrix, type OffPolicyEstimator, offPolicy, ridgeRewards } from 'kindred'
import { describe, expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import { invertPositiveDefinite } from '#lib/evaluate/off-policy/cholesky.js'
import { code } from '../support/logs.js'

interface Case {
  count: number
  arms: number[]
  rewards: number[]
  propensities: number[]
  policy: number[]
  expected: number[]
  options: { clip: number; switchAt: number; shrinkage: number }
  estimates: Record<OffPolicyEstimator, number>
  intervals: Partial<Record<OffPolicyEstimator, [number, number]>>
}

/** Made by test/fixtures/make-off-policy.py. */
const cases = JSON.parse(readFileSync('test/fixtures/off-policy.json', 'utf8')) as Case[]
const feedbackOf = ({ expected, ...rest }: Case): LoggedFeedback => ({ ...rest, expectedRewards: expected })
const first = feedbackOf(cases[0]!)

/** A log of a known policy, and the value of another. */
function simulated(seed: number, rounds: number) {
  const random = createRandom(seed)
  const rates = [0.2, 0.5, 0.7]
  const logging = [0.6, 0.3, 0.1]
  const target = [0.1, 0.3, 0.6]
  const arms: number[] = []
  const rewards: number[] = []
  for (let round = 0; round < rounds; round++) {
    const u = random.next()
    const arm = u < 0.6 ? 0 : u < 0.9 ? 1 : 2
    arms.push(arm)
    rewards.push(random.next() < rates[arm]! ? 1 : 0)
  }
  return {
    feedback: {
      arms,
      rewards,
      propensities: arms.map((arm) => logging[arm]!),
      policy: arms.flatMap(() => target),
      expectedRewards: arms.flatMap(() => [0.3, 0.3, 0.9]),
    },
    value: 0.02 + 0.15 + 0.42,
  }
}

describe('estimates are those of the Open Bandit Pipeline', () => {
  it.each([...cases.entries()])('log %i', async (_, own) => {
    const { estimates } = await offPolicy(feedbackOf(own), own.options)
    expect(Object.keys(estimates).sort()).toEqual(Object.keys(own.estimates).sort())
    for (const [name, value] of Object.entries(own.estimates))
      expect(Math.abs(estimates[name as OffPolicyEstimator]!.value - value), name).toBeLessThan(1e-9)
  })

  it.each([...cases.entries()])('and so are bootstrap intervals, as far as chance allows: log %i', async (_, own) => {
    const { estimates } = await offPolicy(feedbackOf(own), { ...own.options, resamples: 20_000 })
    for (const [name, [low, high]] of Object.entries(own.intervals)) {
      const ours = estimates[name as OffPolicyEstimator]!
      expect(Math.abs(ours.low - low), name).toBeLessThan(0.05 * (high - low))
      expect(Math.abs(ours.high - high), name).toBeLessThan(0.05 * (high - low))
    }
  })

  it('with 32-bit matrices too', async () => {
    const rows = cases[0]!.arms.length
    const policy = new Matrix(rows, 5, Float32Array.from(cases[0]!.policy))
    const { estimates } = await offPolicy({ ...first, policy }, cases[0]!.options)
    expect(estimates.ips!.value).toBeCloseTo(cases[0]!.estimates.ips, 5)
  })
})

describe('estimators', () => {
  it('meet the value of the policy, whether the model is right or not', async () => {
    const { feedback, value } = simulated(1, 20_000)
    const { estimates, effectiveRounds, largestWeight, loggedReward, rounds } = await offPolicy(feedback)
    for (const name of ['ips', 'snips', 'dr', 'sndr', 'switch-dr', 'dros'] as const)
      expect(Math.abs(estimates[name]!.value - value), name).toBeLessThan(0.03)
    expect(estimates.dm!.value).toBeCloseTo(0.66, 9)
    expect(largestWeight).toBeCloseTo(6, 9)
    expect(rounds).toBe(20_000)
    expect(effectiveRounds).toBeLessThan(rounds)
    expect(loggedReward).toBeCloseTo(0.12 + 0.15 + 0.07, 1)
  })

  it.each(['bootstrap', 'normal'] as const)(
    '%s intervals hold the value about as often as they say',
    async (interval) => {
      const misses: Record<string, number> = {}
      for (let seed = 0; seed < 100; seed++) {
        const { feedback, value } = simulated(seed, 300)
        const options = { interval, resamples: 300, estimators: ['ips', 'snips', 'dr', 'sndr'] as const }
        const { estimates } = await offPolicy(feedback, { ...options, seed })
        for (const [name, { low, high }] of Object.entries(estimates))
          if (value < low || value > high) misses[name] = (misses[name] ?? 0) + 1
      }
      // 5 are expected of 100, and more than 14 in one of 10,000 runs.
      for (const name of ['ips', 'snips', 'dr', 'sndr']) expect(misses[name] ?? 0, name).toBeLessThanOrEqual(14)
    },
  )

  it('agree where the policies are one', async () => {
    const { feedback } = simulated(3, 200)
    const logging = feedback.arms.flatMap(() => [0.6, 0.3, 0.1])
    const { estimates, loggedReward } = await offPolicy({ ...feedback, policy: logging })
    for (const name of ['ips', 'snips'] as const) expect(estimates[name]!.value).toBeCloseTo(loggedReward, 9)
  })

  it('of extreme bounds are the direct or the doubly robust one', async () => {
    const at = async (bound: number) => (await offPolicy(first, { switchAt: bound, shrinkage: bound })).estimates
    const [none, all] = [await at(0), await at(Infinity)]
    expect(none['switch-dr']!.value).toBeCloseTo(none.dm!.value, 12)
    expect(none.dros!.value).toBeCloseTo(none.dm!.value, 12)
    expect(all['switch-dr']!.value).toBeCloseTo(all.dr!.value, 12)
    expect(all.dros!.value).toBeCloseTo(all.dr!.value, 12)
  })

  it('that bound weights choose bounds of a smaller error than none', async () => {
    const { switchAt, shrinkage } = await offPolicy(first)
    expect(switchAt).toBeGreaterThanOrEqual(0)
    expect(shrinkage).toBeGreaterThan(0)
    const asked = await offPolicy(first, { estimators: ['ips'] })
    expect(Object.keys(asked.estimates)).toEqual(['ips'])
    expect(asked.switchAt).toBeNaN()
  })

  it('without a model are those without', async () => {
    const { expectedRewards: _, ...without } = first
    expect(Object.keys((await offPolicy(without)).estimates)).toEqual(['ips', 'snips'])
    await expect(offPolicy(without, { estimators: ['dr'] })).rejects.toEqual(code('ERR_VALUE'))
  })

  it('same seed, same bits', async () => {
    expect(await offPolicy(first, { seed: 4 })).toEqual(await offPolicy(first, { seed: 4 }))
  })
})

describe('an illegal log is refused', () => {
  const small = { arms: [0, 1], rewards: [1, 0], propensities: [0.5, 0.5], policy: [0.5, 0.5, 1, 0] }
  it.each<[string, object, string]>([
    ['no rounds', { arms: [], rewards: [], propensities: [], policy: [] }, 'ERR_DATA'],
    ['an arm that is none', { arms: [0, 2] }, 'ERR_DATA'],
    ['fewer rewards', { rewards: [1] }, 'ERR_SHAPE'],
    ['a propensity of 0', { propensities: [0, 1] }, 'ERR_DATA'],
    ['a reward that is none', { rewards: [Number.NaN, 1] }, 'ERR_DATA'],
    ['half a row', { policy: [0.5, 0.5, 1] }, 'ERR_SHAPE'],
    ['rows that do not sum to 1', { policy: [0.5, 0.4, 1, 0] }, 'ERR_DATA'],
    ['probabilities below 0', { policy: [1.5, -0.5, 1, 0] }, 'ERR_DATA'],
    ['a model of other arms', { expectedRewards: [1, 1, 1, 1, 1, 1] }, 'ERR_SHAPE'],
    ['no list', { arms: 5 }, 'ERR_VALUE'],
    ['no policy', { policy: undefined }, 'ERR_VALUE'],
  ])('%s', async (_, part, expected) => {
    await expect(offPolicy({ ...small, ...part })).rejects.toEqual(code(expected as never))
  })

  it('with the options', async () => {
    await expect(offPolicy(small, { clip: 0 })).rejects.toEqual(code('ERR_VALUE'))
    await expect(offPolicy(small, { estimators: ['dx' as never] })).rejects.toEqual(code('ERR_VALUE'))
    await expect(offPolicy(undefined as never)).rejects.toEqual(code('ERR_VALUE'))
    await expect(offPolicy(small, { signal: AbortSignal.abort() })).rejects.toEqual(code('ERR_ABORTED'))
  })
})

describe('ridgeRewards', () => {
  it('finds weights of each arm, and makes the doubly robust estimate narrower', async () => {
    const random = createRandom(5)
    const [arms, rewards, contexts] = [[], [], []] as number[][] as [number[], number[], number[]]
    const policy: number[] = []
    for (let round = 0; round < 3000; round++) {
      const [arm, x] = [random.integer(2), random.next()]
      arms.push(arm)
      contexts.push(x)
      rewards.push(arm === 0 ? 3 * x : 2 - x)
      policy.push(x < 0.5 ? 0 : 1, x < 0.5 ? 1 : 0)
    }
    const log = { arms, rewards, count: 2, contexts: new Matrix(3000, 1, Float32Array.from(contexts)) }
    const expectedRewards = await ridgeRewards(log, { regularization: 0.1 })
    for (const round of [0, 1, 2, 2999]) {
      expect(expectedRewards[2 * round]).toBeCloseTo(3 * contexts[round]!, 1)
      expect(expectedRewards[2 * round + 1]).toBeCloseTo(2 - contexts[round]!, 1)
    }
    const propensities = arms.map(() => 0.5)
    const { estimates } = await offPolicy({ arms, rewards, propensities, policy, expectedRewards })
    const width = ({ low, high }: { low: number; high: number }) => high - low
    expect(width(estimates.dr!)).toBeLessThan(0.5 * width(estimates.ips!))
    expect(estimates.dr!.value).toBeCloseTo(0.5 * 2.25 + 0.5 * 1.75, 1)
  })

  it('without contexts expects means, drawn to the mean of all', async () => {
    const log = { arms: [0, 0, 1], rewards: [1, 1, 0], count: 3 }
    const expected = await ridgeRewards(log, { folds: 1, regularization: 1 })
    const mean = 2 / 3
    expect(expected[0]).toBeCloseTo(mean + (2 * (1 - mean)) / 3, 12)
    expect(expected[1]).toBeCloseTo(mean - mean / 2, 12)
    expect(expected[2]).toBeCloseTo(mean, 12)
  })

  it('never expects a round by itself', async () => {
    const log = { arms: [0, 1, 0, 1, 0, 1], rewards: [1, 0, 1, 0, 1, 0], count: 2 }
    const before = await ridgeRewards(log, { folds: 6 })
    for (let round = 0; round < 6; round++) {
      const rewards = log.rewards.map((reward, i) => (i === round ? 1000 : reward))
      const after = await ridgeRewards({ ...log, rewards }, { folds: 6 })
      expect([...after.subarray(2 * round, 2 * round + 2)]).toEqual([...before.subarray(2 * round, 2 * round + 2)])
    }
  })

  it('refuses what is no log', async () => {
    await expect(ridgeRewards({ arms: [0], rewards: [1, 2], count: 1 })).rejects.toEqual(code('ERR_SHAPE'))
    await expect(ridgeRewards({ arms: [1], rewards: [1], count: 1 })).rejects.toEqual(code('ERR_DATA'))
    await expect(ridgeRewards({ arms: [], rewards: [], count: 1 })).rejects.toEqual(code('ERR_DATA'))
    await expect(ridgeRewards({ arms: [0], rewards: [1], count: 1, contexts: new Matrix(2, 1) })).rejects.toEqual(
      code('ERR_SHAPE'),
    )
    await expect(ridgeRewards({ arms: [0], rewards: [1], count: 1 }, { folds: 0 })).rejects.toEqual(code('ERR_VALUE'))
  })
})

it('inverts positive definite matrices', () => {
  const entries = (n: number) =>
    fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: n * n, maxLength: n * n })
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }).chain((n) => fc.tuple(fc.constant(n), entries(n))),
      ([n, root]) => {
        const a = new Float64Array(n * n)
        for (let i = 0; i < n; i++)
          for (let j = 0; j < n; j++) {
            for (let m = 0; m < n; m++) a[i * n + j]! += root[i * n + m]! * root[j * n + m]!
            if (i === j) a[i * n + j]! += 0.5
          }
        const inverse = new Float64Array(n * n)
        invertPositiveDefinite(a, n, inverse)
        for (let i = 0; i < n; i++)
          for (let j = 0; j < n; j++) {
            let sum = 0
            for (let m = 0; m < n; m++) sum += a[i * n + m]! * inverse[m * n + j]!
            expect(Math.abs(sum - (i === j ? 1 : 0))).toBeLessThan(1e-10)
          }
      },
    ),
    { numRuns: 50 },
  )
  expect(() => invertPositiveDefinite(Float64Array.of(1, 1, 1, 1), 2, new Float64Array(4))).toThrow(
    code('ERR_NOT_POSITIVE_DEFINITE'),
  )
})
