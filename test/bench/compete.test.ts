import { describe, expect, it } from 'vitest'
// @ts-expect-error plain JavaScript
import { compete, play } from '../../bench/harness/compete.mjs'
// @ts-expect-error plain JavaScript
import { withLimits } from '../../bench/harness/limits.mjs'

/** A machine whose probe gives these rates in turn, the last one for good. */
function probeOf(...rates: number[]) {
  let best = 0
  let at = 0
  return {
    get best() {
      return best
    },
    now: async () => {
      const rate = rates[Math.min(at++, rates.length - 1)]!
      best = Math.max(best, rate)
      return rate
    },
    lookUp: async () => undefined,
    roof: (kind: string, threads: number) =>
      new Map([
        ['f32 1', 100],
        ['read 1', 20],
      ]).get(`${kind} ${threads}`),
  }
}

/** A contestant that takes `ms` in each configuration, by name of its speed. */
const contestant = (name: string, speeds: { threads: number; ms: number }[], calls: string[] = []) => ({
  name,
  version: '1',
  configurations: speeds,
  answer: async () => {
    calls.push(`${name} answers`)
    return name
  },
  time: async ({ ms }: { threads: number; ms: number }) => {
    calls.push(`${name} timed`)
    return ms
  },
})

const modes = [
  { name: '1 thread', accepts: ({ threads }: { threads: number }) => threads === 1 },
  { name: 'best threads', accepts: () => true },
]

describe('rounds', () => {
  const round = (ours: number, ...probes: number[]) => ({ ours, rival: 2 * ours, probes })
  const from = (list: ReturnType<typeof round>[]) => {
    const left = [...list]
    return async () => left.shift()!
  }

  it('repeats until as many saw a whole machine as are wanted, and tells how many did not', async () => {
    const list = [round(1, 100, 100), round(2, 100, 50), round(3, 40, 100), round(4, 90, 80), round(5, 100, 100)]
    const probe = { best: 100 }
    const { whole, discarded } = await play({}, {}, { rounds: 2, probe, playOne: from(list) })
    expect(whole.map((one: { ours: number }) => one.ours)).toEqual([1, 4])
    expect(discarded).toBe(2)
  })

  it('discards rounds after the fact when a faster machine shows that it was halved before', async () => {
    const probe = { best: 50 }
    const list = [round(1, 50, 50), round(2, 50, 50), round(3, 100, 100), round(4, 100, 100), round(5, 100, 100)]
    const next = from(list)
    const playOne = async () => {
      const one = await next()
      probe.best = Math.max(probe.best, ...one.probes)
      return one
    }
    const { whole, discarded } = await play({}, {}, { rounds: 3, probe, playOne })
    expect(whole.map((one: { ours: number }) => one.ours)).toEqual([3, 4, 5])
    expect(discarded).toBe(2)
  })

  it('gives up on a machine that stays halved', async () => {
    const playOne = async () => round(1, 10, 10)
    const { whole, discarded } = await play({}, {}, { rounds: 3, probe: { best: 100 }, playOne })
    expect(whole).toEqual([])
    expect(discarded).toBe(12)
  })
})

describe('a contest', () => {
  it('lets the fastest configurations meet in each mode, after all were validated', async () => {
    const calls: string[] = []
    const ours = contestant(
      'ours',
      [
        { threads: 1, ms: 30 },
        { threads: 2, ms: 20 },
      ],
      calls,
    )
    const rival = contestant(
      'rival',
      [
        { threads: 1, ms: 60 },
        { threads: 2, ms: 90 },
      ],
      calls,
    )
    const rows = await compete({
      name: 'sum',
      ours,
      rivals: [rival],
      validate: ({ name }: { name: string }) => (name === 'rival' ? { recall: 0.5 } : undefined),
      rounds: 2,
      probe: probeOf(100),
      modes,
      work: { operations: 1e9, bytes: 0.3e9 },
    })
    expect(
      rows.map((row: (typeof rows)[number]) => [
        row.mode,
        row.ours.ms,
        row.rival.ms,
        row.ratio.median,
        row.rounds,
        row.discarded,
      ]),
    ).toEqual([
      ['1 thread', 30, 60, 2, 2, 0],
      ['best threads', 20, 60, 3, 2, 0],
    ])
    expect(rows[0].rival.recall).toBe(0.5)
    for (const name of ['ours', 'rival'])
      expect(calls.indexOf(`${name} answers`)).toBeLessThan(calls.indexOf(`${name} timed`))
    const [{ limit }] = withLimits(rows, probeOf(100))
    expect(limit.gops).toBeCloseTo(33.3, 1)
    expect(limit.computeShare).toBeCloseTo(0.333, 3)
    expect(limit.readShare).toBeCloseTo(0.5, 6)
  })

  it('ends where a contestant finds something wrong, before it is timed', async () => {
    const calls: string[] = []
    const ours = contestant('ours', [{ threads: 1, ms: 1 }], calls)
    const validate = () => {
      throw new Error('place 3: expected 1 but found 2')
    }
    const contest = compete({ name: 'sum', ours, rivals: [], validate, rounds: 1, probe: probeOf(1), modes })
    await expect(contest).rejects.toThrow('place 3')
    expect(calls).toEqual(['ours answers'])
  })

  it('stands alone where no rival is here, and shows no figure of a machine that was never whole', async () => {
    const ours = contestant('ours', [{ threads: 1, ms: 25 }])
    const settings = { name: 'sum', ours, rivals: [], validate: () => undefined, rounds: 1, modes: modes.slice(0, 1) }
    const [row] = await compete({ ...settings, probe: probeOf(100) })
    expect([row.ours.ms, row.rival, row.rounds]).toEqual([25, undefined, 1])
    const [few] = await compete({ ...settings, rounds: undefined, usualRounds: 3, probe: probeOf(100) })
    expect([few.rounds, few.wanted]).toEqual([3, 3])
    const [none] = await compete({ ...settings, probe: probeOf(100, 50, 100, 50, 100, 50, 100, 50) })
    expect([none.ours.ms, none.rounds, none.discarded]).toEqual([Number.NaN, 0, 4])
  })
})
