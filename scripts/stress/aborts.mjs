// Forty calls at once, half of which are aborted at random times: those that are not give what they give alone, those that
// are give that or AbortError, and all objects are as they were.
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  AlternatingLeastSquares,
  evaluate,
  Features,
  Interactions,
  loadModel,
  SimilarityIndex,
  TextEmbedder,
} from 'kindred'
import { expectEqual, outcomeOf } from './expect-typed.mjs'
import { fitted, numbers, rows } from './samples.mjs'

const CALLS_AT_ONCE = 40
export const counts = { full: 40, part: 3 }

export async function prepare(folder) {
  const all = rows({ users: 400, items: 150, perUser: 12 })
  const log = Interactions.from(all)
  const { train, test } = log.split({ by: 'leave-last-out' })
  const model = await fitted('AlternatingLeastSquares', train)
  const index = await SimilarityIndex.build(numbers(5000, 32))
  const queries = numbers(200, 32)
  const encoder = await TextEmbedder.load()
  const texts = Array.from({ length: 300 }, (_, n) => `whale number ${n} of the sea `.repeat(8))
  const csv = join(folder, 'log.csv')
  writeFileSync(csv, `user,item\n${all.map(({ user, item }) => `${user},${item}\n`).join('')}`)
  await model.save(join(folder, 'model'))
  const features = Features.from([...train.items], numbers(train.items.size, 8))

  /** Each gives something that can be compared. */
  const calls = {
    recommend: (signal) => model.recommend(7, { k: 10, signal }),
    recommendMany: (signal) => model.recommendMany(model.users, { k: 10, signal }),
    similarItems: (signal) => model.similarItems('i3', { k: 10, signal }),
    recommendFor: (signal) => model.recommendFor([{ item: 'i3' }], { k: 10, signal }),
    evaluate: (signal) => evaluate(model, test, { k: [5], signal }),
    search: (signal) => index.search(queries, { k: 10, signal }),
    embed: async (signal) => (await encoder.embed(texts, { signal })).vectors.data,
    read: async (signal) => [...(await Interactions.read(csv, { user: 'user', item: 'item', signal }))],
    load: async (signal) => {
      const loaded = await loadModel(join(folder, 'model'), { signal })
      return loaded.recommend(7, { k: 10 })
    },
    fit: async (signal) => {
      const fresh = await new AlternatingLeastSquares({ factors: 8, iterations: 5, seed: 3 }).fit(train, {
        itemFeatures: features,
        signal,
      })
      return fresh.recommendMany(fresh.users, { k: 5 })
    },
    save: async (signal, number) => {
      const dir = join(folder, `saved-${number}`)
      try {
        await model.save(dir, { signal })
        return await (await loadModel(dir)).recommend(7, { k: 10 })
      } finally {
        rmSync(dir, { recursive: true, force: true })
      }
    },
  }
  const expected = {}
  for (const [name, call] of Object.entries(calls)) expected[name] = await call(undefined, 'alone')
  return { calls, expected, aborted: 0 }
}

export async function run(state, random) {
  const { calls, expected } = state
  const plans = Array.from({ length: CALLS_AT_ONCE }, () => ({
    name: random.pick(Object.keys(calls)),
    abortAfter: random.chance(0.5) ? random.unit() ** 2 * 400 : undefined,
  }))
  const one = async ({ name, abortAfter }, number) => {
    const controller = new AbortController()
    const timer = abortAfter !== undefined && setTimeout(() => controller.abort('enough'), abortAfter)
    const { value, error } = await outcomeOf(name, () => calls[name](controller.signal, number), ['ERR_ABORTED'])
    clearTimeout(timer)
    if (error === undefined) expectEqual(value, expected[name], name)
    else if (!controller.signal.aborted) throw new Error(`${name}: aborted without a signal: ${error.stack}`)
    else state.aborted++
  }
  const outcomes = await Promise.allSettled(plans.map(one))
  const fault = outcomes.find(({ status }) => status === 'rejected')
  if (fault) throw fault.reason
}

export function finish({ aborted }, count) {
  if (count > 0 && aborted === 0) throw new Error('no call was aborted')
  return `${aborted} of ${count * CALLS_AT_ONCE} calls ended by their signal`
}
