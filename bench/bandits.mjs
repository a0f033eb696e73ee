// Choices and updates of bandits, in turns, on the calling thread, and replay of the Open Bandit Dataset's random log. The data:
// open-bandit-small/ under $KINDRED_REAL/data, which the replay is left out without.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { EpsilonGreedy, LinUCB, replay, Softmax, setThreads, Table, ThompsonSampling, UCB1 } from '../dist/index.mjs'
import { uniform } from './harness/random.mjs'
import { real } from './harness/real.mjs'
import { median } from './harness/statistics.mjs'

export const summary = 'choices and updates of bandits a second, and replay of the Open Bandit Dataset'

const DIMS = 20
const bandits = (arms) => ({
  EpsilonGreedy: new EpsilonGreedy({ arms }),
  Softmax: new Softmax({ arms }),
  UCB1: new UCB1({ arms }),
  'ThompsonSampling, exact': new ThompsonSampling({ arms }),
  'ThompsonSampling, 100 draws': new ThompsonSampling({ arms, propensities: 'sampled' }),
  'ThompsonSampling, linear': new ThompsonSampling({ arms, dims: DIMS }),
  'LinUCB, disjoint': new LinUCB({ arms, dims: DIMS }),
  'LinUCB, hybrid': new LinUCB({ arms, dims: DIMS / 2, sharedDims: DIMS / 2 }),
})

/** Microseconds of one call, the mean of as many as take `ms`. */
function timed(call, ms) {
  const start = performance.now()
  let calls = 0
  for (; performance.now() - start < ms; calls++) call(calls)
  return (1000 * (performance.now() - start)) / calls
}

async function replays(rounds) {
  const path = join(real, 'data/open-bandit-small/random/men/men.csv')
  if (!existsSync(path)) return []
  const log = [...(await Table.read(path))].map((row) => ({
    arm: Number(row.item_id),
    reward: Number(row.click),
    context: [1, Number(row.position === 1), Number(row.position === 2)],
    propensity: Number(row.propensity_score),
  }))
  const arms = 1 + Math.max(...log.map(({ arm }) => arm))
  const makers = {
    'ThompsonSampling, exact': () => new ThompsonSampling({ arms }),
    'LinUCB, disjoint': () => new LinUCB({ arms, dims: 3 }),
  }
  const rows = []
  for (const [name, make] of Object.entries(makers)) {
    const times = []
    let result
    for (let round = 0; round < rounds; round++) {
      const start = performance.now()
      result = await replay(make(), log)
      times.push(performance.now() - start)
    }
    const { reward, low, high, matches, events } = result
    const interval = `${reward.toFixed(4)} (${low.toFixed(4)} to ${high.toFixed(4)})`
    rows.push([name, events, matches, interval, Math.round((1000 * events) / median(times))])
  }
  return rows
}

export async function run({ small, rounds = 5 }) {
  setThreads(1)
  const arms = 34
  const ms = small ? 10 : 200
  const all = Object.entries(bandits(arms))
  const contexts = Array.from({ length: 64 }, (_, i) => uniform(DIMS, i + 1))
  const of = (call) => contexts[call % contexts.length]
  const times = new Map(all.map(([name]) => [name, { choose: [], update: [] }]))
  for (const [, bandit] of all) for (let i = 0; i < 500; i++) bandit.update(i % arms, of(i), Number(i % 7 === 0))
  for (let round = 0; round < rounds; round++)
    for (const [name, bandit] of all) {
      const own = times.get(name)
      own.choose.push(timed((call) => bandit.choose(of(call), { pending: false }), ms))
      own.update.push(timed((call) => bandit.update(call % arms, of(call), Number(call % 7 === 0)), ms))
    }
  const rows = all.map(([name]) => {
    const [choose, update] = ['choose', 'update'].map((what) => median(times.get(name)[what]))
    return [name, choose.toPrecision(3), Math.round(1e6 / choose), update.toPrecision(3), Math.round(1e6 / update)]
  })
  const replayed = await replays(small ? 1 : rounds)
  const tables = [
    {
      text: `${arms} arms, contexts of ${DIMS} numbers that arms share; medians of ${rounds} rounds in turn, one thread.`,
      columns: ['bandit', 'choice, us', 'choices/s', 'update, us', 'updates/s'],
      rows,
    },
  ]
  if (replayed.length > 0)
    tables.push({
      text: "The random log of the men's campaign, replayed.",
      columns: ['bandit', 'events', 'matches', 'reward of a match (95 %)', 'events/s'],
      rows: replayed,
    })
  return { tables }
}
