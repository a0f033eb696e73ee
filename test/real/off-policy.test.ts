import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LinUCB, type LoggedEvent, type OffPolicyEstimator, offPolicy, replay, Table, ThompsonSampling } from 'kindred'
import { describe, expect, it } from 'vitest'
import { real } from '../support/real.js'

interface Case {
  campaign: 'men' | 'women'
  logged: 'random' | 'bts'
  judged: 'random' | 'bts'
  options: { clip: number; switchAt: number; shrinkage: number }
  estimates: Record<OffPolicyEstimator, number>
}

/** Estimates by the Open Bandit Pipeline's formulae in NumPy (test/fixtures/make-off-policy.py). */
const cases = JSON.parse(readFileSync('test/fixtures/off-policy-open-bandit.json', 'utf8')) as Case[]

interface Row {
  arm: number
  position: number
  click: number
  propensity: number
}

async function read(policy: string, campaign: string): Promise<Row[]> {
  const path = join(real!, 'data/open-bandit-small', policy, campaign, `${campaign}.csv`)
  const columns = ['item_id', 'position', 'click', 'propensity_score']
  const rows: Row[] = []
  for (const row of await Table.read(path)) {
    const [arm, position, click, propensity] = columns.map((name) => Number(row[name]))
    rows.push({ arm: arm!, position: position! - 1, click: click!, propensity: propensity! })
  }
  return rows
}

/** [3][arms], what an arm has at each position: start + the sum of `of` over its rows. */
function sums(rows: readonly Row[], count: number, start: number, of: (row: Row) => number): number[][] {
  const table = Array.from({ length: 3 }, () => new Array<number>(count).fill(start))
  for (const row of rows) table[row.position]![row.arm]! += of(row)
  return table
}

describe.skipIf(!real)('the Open Bandit Dataset, small', () => {
  it.each(cases)('$campaign: $judged judged by the log of $logged', async (own) => {
    const [log, other] = [await read(own.logged, own.campaign), await read(own.judged, own.campaign)]
    expect(log.length).toBe(10_000)
    const count = 1 + Math.max(...[...log, ...other].map(({ arm }) => arm))
    const shown = sums(other, count, 1, () => 1)
    const rate = other.reduce((sum, { click }) => sum + click, 0) / other.length
    const clicks = sums(other, count, 100 * rate, ({ click }) => click)
    const policy = shown.map((row) => row.map((n) => n / row.reduce((sum, value) => sum + value, 0)))
    const rates = clicks.map((row, position) => row.map((n, arm) => n / (shown[position]![arm]! - 1 + 100)))
    const { estimates } = await offPolicy(
      {
        arms: log.map(({ arm }) => arm),
        rewards: log.map(({ click }) => click),
        propensities: log.map(({ propensity }) => propensity),
        policy: log.flatMap(({ position }) => policy[position]!),
        expectedRewards: log.flatMap(({ position }) => rates[position]!),
      },
      own.options,
    )
    for (const [name, value] of Object.entries(own.estimates)) {
      const estimate = estimates[name as OffPolicyEstimator]!
      expect(Math.abs(estimate.value - value), name).toBeLessThan(1e-6)
      expect(estimate.low).toBeLessThanOrEqual(estimate.value)
      expect(estimate.high).toBeGreaterThanOrEqual(estimate.value)
    }
  })

  it.each(['men', 'women'])('%s: bandits are replayed on the random log', async (campaign) => {
    const rows = await read('random', campaign)
    const arms = 1 + Math.max(...rows.map(({ arm }) => arm))
    const log = rows.map(({ arm, position, click, propensity }): LoggedEvent => {
      const context = [1, position === 0 ? 1 : 0, position === 1 ? 1 : 0]
      return { arm, context, reward: click, propensity }
    })
    for (const bandit of [new LinUCB({ arms, dims: 3, alpha: 0.1 }), new ThompsonSampling({ arms })]) {
      const { reward, low, high, matches, events } = await replay(bandit, log)
      expect(events).toBe(10_000)
      // About one in as many as there are arms; five standard deviations.
      expect(Math.abs(matches - 10_000 / arms)).toBeLessThan(5 * Math.sqrt(10_000 / arms))
      expect(low).toBeLessThanOrEqual(reward)
      expect(high).toBeGreaterThanOrEqual(reward)
      expect(bandit.arms.reduce((sum: number, arm) => sum + bandit.count(arm), 0)).toBe(matches)
    }
  })
})
