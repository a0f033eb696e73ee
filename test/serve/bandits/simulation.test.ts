// Simulated arms: what bandits lose against the best arm, and what replay tells of them.
import {
  EpsilonGreedy,
  LinUCB,
  type LoggedEvent,
  type ReplayPolicy,
  replay,
  Softmax,
  ThompsonSampling,
  UCB1,
} from 'kindred'
import { describe, expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import { code } from '../../support/logs.js'

const RATES = [0.1, 0.3, 0.7]

/** The regret at each of the rounds named. */
function regrets(bandit: EpsilonGreedy | UCB1 | Softmax | ThompsonSampling, at: readonly number[], seed: number) {
  const random = createRandom(seed)
  const result: number[] = []
  let regret = 0
  for (let round = 1; round <= at.at(-1)!; round++) {
    const { arm } = bandit.choose(undefined, { pending: false })
    bandit.update(arm, undefined, random.next() < RATES[arm as number]! ? 1 : 0)
    regret += 0.7 - RATES[arm as number]!
    if (at.includes(round)) result.push(regret)
  }
  return result
}

describe('with constant rewards, regret grows ever more slowly', () => {
  it.each([
    ['UCB1', () => new UCB1({ arms: 3, seed: 1 })],
    ['ThompsonSampling', () => new ThompsonSampling({ arms: 3, seed: 1 })],
    ['greedy, after trying all', () => new EpsilonGreedy({ arms: 3, seed: 1, epsilon: 0, initialValue: 1 })],
  ] as const)('of %s', (_, make) => {
    const [early, late] = [0, 0]
    let [a, b] = [early, late]
    for (let seed = 1; seed <= 3; seed++) {
      const [first, second] = regrets(make(), [500, 4000], seed)
      a += first!
      b += second!
    }
    // Eight times the rounds, linear growth would be eightfold.
    expect(b).toBeLessThan(4 * a)
    expect(b).toBeLessThan(0.1 * 3 * 4000 * (0.7 - 1.1 / 3))
  })

  it('and those that never stop exploring are still far better than chance', () => {
    for (const bandit of [new EpsilonGreedy({ arms: 3, epsilon: 0.1 }), new Softmax({ arms: 3, temperature: 0.1 })])
      expect(regrets(bandit, [3000], 1)[0]!).toBeLessThan(0.25 * 3000 * (0.7 - 1.1 / 3))
  })
})

/** A world whose arms earn by weights that they share, and a little by their own. */
function world(arms: number, seed: number) {
  const random = createRandom(seed)
  const shared = [1, -1, 0.5]
  const features = Array.from({ length: arms }, () => shared.map(() => random.normal()))
  const own = Array.from({ length: arms }, () => 0.2 * random.normal())
  return {
    /** A row for each arm: a constant, and the features that share weights, times the user's taste. */
    contexts(): number[][] {
      const taste = random.normal()
      return features.map((row) => [1, ...row.map((value) => value * taste)])
    },
    rewardOf(arm: number, row: readonly number[]): number {
      return own[arm]! + shared.reduce((sum, weight, j) => sum + weight * row[j + 1]!, 0)
    },
    noise: () => 0.3 * random.normal(),
    shown: () => random.integer(arms),
  }
}

/** The mean reward of a bandit that is given these worlds' contexts. */
function earned(bandit: LinUCB | UCB1, rounds: number, arms: number): number {
  const { contexts, rewardOf, noise } = world(arms, 5)
  let total = 0
  for (let round = 0; round < rounds; round++) {
    const rows = contexts()
    const arm = bandit.choose(rows, { pending: false }).arm as number
    const reward = rewardOf(arm, rows[arm]!)
    bandit.update(arm, rows[arm]!, reward + noise())
    total += reward
  }
  return total / rounds
}

describe('with contexts', () => {
  const arms = 20
  it('LinUCB earns more than UCB1, and where weights are shared the hybrid more than the disjoint', () => {
    const plain = earned(new UCB1({ arms, alpha: 0.5 }), 150, arms)
    const disjoint = earned(new LinUCB({ arms, dims: 4, alpha: 0.5 }), 150, arms)
    const hybrid = earned(new LinUCB({ arms, dims: 1, sharedDims: 3, alpha: 0.5 }), 150, arms)
    expect(disjoint).toBeGreaterThan(plain + 0.3)
    expect(hybrid).toBeGreaterThan(disjoint + 0.2)
  })
})

describe('replay', () => {
  /** Random choices in a world of three arms without contexts. */
  function* choices(rounds: number, seed = 1): Generator<LoggedEvent> {
    const random = createRandom(seed)
    for (let round = 0; round < rounds; round++) {
      const arm = random.integer(3)
      yield { arm, reward: random.next() < RATES[arm]! ? 1 : 0, propensity: 1 / 3 }
    }
  }
  const fixed = (arm: number): ReplayPolicy => ({ arms: [0, 1, 2], choose: () => ({ arm }), update: () => {} })

  it('gives a policy what it would have earned', async () => {
    for (const arm of [0, 1, 2]) {
      const { reward, low, high, matches, events } = await replay(fixed(arm), choices(6000))
      expect(Math.abs(matches - 2000)).toBeLessThan(200)
      expect(events).toBe(6000)
      expect(reward).toBeCloseTo(RATES[arm]!, 1)
      expect(low).toBeLessThan(RATES[arm]! + 0.01)
      expect(high).toBeGreaterThan(RATES[arm]! - 0.01)
    }
  })

  it('gives a bandit that learns what it earns live', async () => {
    const replayed = await replay(new ThompsonSampling({ arms: 3, seed: 2 }), choices(6000), { matches: 1500 })
    expect(replayed.matches).toBe(1500)
    const live = 0.7 - regrets(new ThompsonSampling({ arms: 3, seed: 2 }), [1500], 3)[0]! / 1500
    expect(Math.abs(replayed.reward - live)).toBeLessThan(0.04)
  })

  it('with contexts of all arms, and candidates', async () => {
    const { contexts, rewardOf, noise, shown } = world(10, 8)
    const log = Array.from({ length: 4000 }, (): LoggedEvent => {
      const context = contexts()
      const arm = shown()
      return { arm, context, reward: rewardOf(arm, context[arm]!) + noise(), candidates: context.keys() }
    })
    const events = log.map((event) => ({ ...event, candidates: [...event.candidates!] }))
    const linear = await replay(new LinUCB({ arms: 10, dims: 1, sharedDims: 3 }), events)
    const plain = await replay(new UCB1({ arms: 10 }), events)
    expect(linear.low).toBeGreaterThan(plain.high)
  })

  it('takes a stream, stops at so many matches, tells of its progress and hears an abort', async () => {
    async function* stream() {
      yield* choices(3000)
    }
    const [one, other] = [new UCB1({ arms: 3 }), new UCB1({ arms: 3 })]
    const told: number[] = []
    const options = { matches: 500, onProgress: ({ matches }: { matches: number }) => void told.push(matches) }
    const result = await replay(one, stream(), options)
    expect(result).toEqual(await replay(other, choices(3000), { matches: 500 }))
    expect(told.at(-1)).toBe(500)
    expect(one.choices).toBe(result.events)
    expect(one.pending.waiting).toBe(0)
    const controller = new AbortController()
    const running = replay(one, stream(), { signal: controller.signal })
    controller.abort()
    await expect(running).rejects.toEqual(code('ERR_ABORTED'))
  })

  it('without a match tells nothing', async () => {
    expect(await replay(fixed(0), [{ arm: 1, reward: 1 }])).toMatchObject({ reward: Number.NaN, matches: 0, events: 1 })
  })

  it.each<[string, unknown, string]>([
    ['an unknown arm', [{ arm: 9, reward: 1 }], 'ERR_DATA'],
    ['another propensity', [{ arm: 1, reward: 1, propensity: 0.5 }], 'ERR_DATA'],
    ['an arm that was no candidate', [{ arm: 1, reward: 1, candidates: [0, 2] }], 'ERR_DATA'],
    ['no event', [5], 'ERR_VALUE'],
    ['no log', 5, 'ERR_VALUE'],
    ['a reward that is none', [0, 1, 2].map((arm) => ({ arm, reward: 'x' })), 'ERR_VALUE'],
  ])('refuses %s', async (_, log, expected) => {
    await expect(replay(new UCB1({ arms: 3 }), log as never)).rejects.toEqual(code(expected as never))
  })

  it('refuses matches of 0', async () => {
    await expect(replay(fixed(0), [], { matches: 0 })).rejects.toEqual(code('ERR_VALUE'))
  })
})
