// Worker threads terminated as they start, load the addon, or are in the midst of a call; the process goes on, and rightly.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { expectEqual } from './expect-typed.mjs'
import { fitted } from './samples.mjs'

export const counts = { full: 100, part: 8 }

const CALLS = ['fit', 'topK', 'embed', 'recommendMany', 'similarItems', 'evaluate', 'read', 'kernelRidge']
const busy = new URL('../../test/stress/scripts/busy-worker.mjs', import.meta.url)

const lists = async () => {
  const model = await fitted('AlternatingLeastSquares')
  return model.recommendMany(model.users, { k: 5 })
}

export async function prepare(folder) {
  const file = join(folder, 'log.csv')
  writeFileSync(file, `user,item\n${Array.from({ length: 20_000 }, (_, n) => `${n % 999},${n % 77}\n`).join('')}`)
  return { file, expected: await lists() }
}

export async function run({ file, expected }, random) {
  const worker = new Worker(busy, { workerData: { kind: random.pick(CALLS), file } })
  if (random.chance(0.5)) await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
  const [actual] = await Promise.all([
    lists(),
    new Promise((resolve) => setTimeout(resolve, random.unit() * 200)).then(() => worker.terminate()),
  ])
  expectEqual(actual, expected, 'lists of the main thread meanwhile')
}
