// A process is killed while it saves over an older save, or for the first time: what is loaded then is one of the two it
// saved, whole, or nothing.
import { spawn } from 'node:child_process'
import { cpSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Features, loadModel, Matrix, SimilarityIndex } from 'kindred'
import { Interactions } from 'kindred/data'
import { expectEqual, outcomeOf } from './expect-typed.mjs'
import { fitted, numbers, rows } from './samples.mjs'

export const counts = { full: 400, part: 15 }

/** What is saved: an older and a newer one, how it is loaded, and what tells the two apart. */
export const KINDS = {
  model: {
    make: (n) => fitted('AlternatingLeastSquares', Interactions.from(rows({ perUser: 6 + n }))),
    load: (dir) => loadModel(dir),
    print: async (model) => (await model.recommendMany(model.users, { k: 5 })).flat(),
  },
  features: {
    make: async (n) => Features.from(['a', 'b', 'c'], numbers(3, 100_000 + n)),
    load: (dir) => Features.load(dir),
    print: async ({ matrix }) => [matrix.cols, ...matrix.data],
  },
  index: {
    make: (n) => SimilarityIndex.build(numbers(2000 + n, 16), { dtype: 'int8' }),
    load: (dir) => SimilarityIndex.load(dir),
    print: async (index) => [
      ...(await index.search(new Matrix(1, 16, numbers(1, 16).data), { k: 5 })).scores,
      index.size,
    ],
  },
}

export async function prepare(folder) {
  const prints = {}
  for (const [kind, { make, print }] of Object.entries(KINDS)) {
    const saved = [await make(0), await make(1)]
    prints[kind] = await Promise.all(saved.map(print))
    for (const [n, one] of saved.entries()) await one.save(join(folder, `${kind}-${n}`))
  }
  return { folder, prints }
}

export async function run({ folder, prints }, random, number) {
  const kind = Object.keys(KINDS)[number % 3]
  const dir = join(folder, 'target')
  const isFirst = random.chance(0.3)
  if (!isFirst) cpSync(join(folder, `${kind}-0`), dir, { recursive: true })
  const script = fileURLToPath(new URL('save-for-ever.mjs', import.meta.url))
  const child = spawn(process.execPath, [script, kind, folder, dir], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    await new Promise((resolve, reject) => {
      child.stdout.once('data', resolve)
      child.once('exit', (code) => reject(new Error(`the process that saves ended with ${code}`)))
    })
    await new Promise((resolve) => setTimeout(resolve, random.unit() * 80))
    const gone = new Promise((resolve) => child.once('close', resolve))
    child.kill('SIGKILL')
    await gone
    const { value, error } = await outcomeOf(`loading the ${kind}`, () => KINDS[kind].load(dir), ['ERR_MODEL_FILE'])
    if (error !== undefined) {
      if (isFirst && !existsSync(join(dir, 'config.json'))) return
      throw new Error(`the ${kind} is lost: ${error.message}`)
    }
    const print = await KINDS[kind].print(value)
    const which = prints[kind].findIndex((one) => one.length === print.length && one.every((x, i) => same(x, print[i])))
    expectEqual(which >= 0, true, `the ${kind} is one of the two that were saved`)
  } finally {
    child.kill('SIGKILL')
    rmSync(dir, { recursive: true, force: true })
  }
}

const same = (a, b) => (typeof a === 'object' ? a.item === b.item && a.score === b.score : Object.is(a, b))
