// What evaluation costs with 100,000 users, on a synthetic log: the whole call, what of it intervals and tests take (against
// the same call with one resample and one permutation), and the longest that it holds the event loop up. Computing time is
// that of all threads, which other processes disturb less than the clock. Medians of `rounds` (3).
import { AlternatingLeastSquares, compare, evaluate, Interactions, Popularity } from '../dist/index.mjs'
import { longestBlock } from './harness/longest-block.mjs'
import { powerLawLog, rowsOf } from './harness/power-law-log.mjs'
import { median } from './harness/statistics.mjs'

export const summary = 'evaluate and compare with 100,000 users: the part of intervals and tests, the longest block'

async function measured(call) {
  const [before, start] = [process.cpuUsage(), performance.now()]
  await call()
  const { user, system } = process.cpuUsage(before)
  return { ms: performance.now() - start, computing: (user + system) / 1000 }
}

/** Rounds of a call and of the same without resampling, in turn, and one more under a busy event loop. */
async function rowOf(name, rounds, call) {
  const [whole, bare] = [[], []]
  for (let round = 0; round < rounds; round++) {
    whole.push(await measured(() => call({})))
    bare.push(await measured(() => call({ resamples: 1, permutations: 1 })))
  }
  const { block } = await longestBlock(() => call({}))
  const of = (runs, what) => median(runs.map((run) => run[what]))
  const share = 1 - of(bare, 'computing') / of(whole, 'computing')
  return [
    name,
    Math.round(of(whole, 'ms')),
    Math.round(of(whole, 'computing')),
    `${Math.round(100 * share)} %`,
    Number(block.toPrecision(2)),
  ]
}

export async function run({ small, rounds = 3 }) {
  const users = small ? 2000 : 100_000
  const items = small ? 500 : 5000
  const log = Interactions.from(rowsOf(powerLawLog({ users, items, nonzeros: 15 * users })))
  const { train, test } = log.split({ by: 'random', fraction: 0.2, seed: 1 })
  const als = await new AlternatingLeastSquares({ factors: 32, iterations: 2 }).fit(train)
  const popularity = await new Popularity().fit(train)
  const k = [10, 20]
  const evaluated = ({ resamples }) => evaluate(als, test, { k, resamples })
  const compared = (options) => compare({ popularity, als }, test, { k, ...options })
  return {
    tables: [
      {
        text: `${users.toLocaleString('en')} users, ${items.toLocaleString('en')} items, ${log.size.toLocaleString('en')} interactions, a fifth of them held out; 1,000 resamples, 10,000 permutations.`,
        columns: ['call', 'ms', 'computing, ms', 'of it intervals and tests', 'longest block, ms'],
        rows: [
          await rowOf('evaluate, k = 10 and 20', rounds, evaluated),
          await rowOf('compare, two models, k = 10 and 20', rounds, compared),
        ],
      },
    ],
  }
}
