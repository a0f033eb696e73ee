// Allocations of the addon that fail (native/test/runtime/process/failing_new.cpp, preloaded): the call throws
// ERR_OUT_OF_MEMORY or gives what it gives otherwise, and once there is memory again it gives that.
import { openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { evaluate, Features, Interactions, Matrix, SimilarityIndex, StaticEmbedder, similarityMatrix } from 'kindred'
import { MODELS } from '#lib/models/registry.js'
import { expectEqual, outcomeOf } from './expect-typed.mjs'
import { fitted, numbers, rows } from './samples.mjs'

export const counts = { full: 6000, part: 150 }

const library = fileURLToPath(new URL('../../build/native/test/libfailing_new.so', import.meta.url))

/** Where the number of successes and failures is written. */
const orderOf = (folder) => join(folder, 'order')

export const needs = { file: library, remedy: 'npm run build:test-fixtures (Linux only)' }

export const environment = (folder) => ({ LD_PRELOAD: library, KINDRED_FAILING_NEW: orderOf(folder) })

/** Written before the process starts, which maps it. */
export const files = (folder) => ({ [orderOf(folder)]: Buffer.alloc(16) })

const PLENTY = 2n ** 40n

export async function prepare(folder) {
  const file = openSync(orderOf(folder), 'r+')
  const log = Interactions.from(rows())
  const { train, test } = log.split({ by: 'leave-last-out' })
  const models = Object.fromEntries(
    await Promise.all(Object.keys(MODELS).map(async (name) => [name, await fitted(name, train)])),
  )
  const index = await SimilarityIndex.build(numbers(500, 16))
  const embedder = await StaticEmbedder.load(fileURLToPath(new URL('../../assets/encoder', import.meta.url)))
  const listsOf = (model) => model.recommendMany(model.users, { k: 5 })
  const calls = {
    ...Object.fromEntries(
      Object.entries(models).flatMap(([name, model]) => [
        [`lists of ${name}`, () => listsOf(model)],
        [`fit of ${name}`, async () => listsOf(await fitted(name, train))],
      ]),
    ),
    similarItems: () => models.AlternatingLeastSquares.similarItems('i3', { k: 5 }),
    recommendFor: () => models.AlternatingLeastSquares.recommendFor([{ item: 'i3' }], { k: 5 }),
    evaluate: () => evaluate(models.EASE, test, { k: [5] }),
    'index search': () => index.search(numbers(20, 16), { k: 5 }),
    'int8 index': async () =>
      (await SimilarityIndex.build(numbers(300, 16), { dtype: 'int8' })).search(numbers(3, 16), { k: 5 }),
    similarityMatrix: async () => (await similarityMatrix(numbers(40, 8), numbers(30, 8))).data,
    embed: async () => (await embedder.embed(['a whale at sea', 'tax law'])).vectors.data,
    features: async () => Features.from(['a', 'b'], new Matrix(2, 2)).matrix.rows,
  }
  const order = (successes, failures) => {
    const bytes = Buffer.alloc(16)
    bytes.writeBigInt64LE(successes, 0)
    bytes.writeBigInt64LE(failures, 8)
    writeSync(file, bytes, 0, 16, 0)
  }
  return { calls, order, expected: {}, file }
}

export async function run(state, random, number) {
  const { calls, order, expected } = state
  const names = Object.keys(calls)
  const name = names[number % names.length]
  expected[name] ??= await calls[name]()
  const failures = random.chance(0.5) ? 1n : PLENTY
  order(BigInt(Math.floor(200 * random.unit() ** 3)), failures)
  const { value, error } = await outcomeOf(name, calls[name], ['ERR_OUT_OF_MEMORY']).finally(() => order(PLENTY, 0n))
  if (error === undefined) expectEqual(value, expected[name], `${name}, some allocation failed`)
  expectEqual(await calls[name](), expected[name], `${name}, with memory again`)
  state.failed = (state.failed ?? 0) + (error === undefined ? 0 : 1)
}

/** Something must have failed, else nothing was preloaded. */
export function finish({ failed = 0 }, count) {
  if (failed === 0 && count >= 20) throw new Error(`no allocation failed in ${count} calls`)
  return `${failed} calls were refused`
}
