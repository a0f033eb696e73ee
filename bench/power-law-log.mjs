// A synthetic log with the shape of a real one: who is active and what is popular follow power laws, and users with
// tastes of their own choose within them. Same seed, same log. As a module:
//   const csr = powerLawLog({ users, items, nonzeros, seed })   // { rows, cols, indptr, indices, values }
// As a command it writes raw little-endian arrays, which numpy reads with fromfile:
//   node bench/power-law-log.mjs --out folder [--users 138493 --items 26744 --nonzeros 15700000 --seed 1]
//   -> indptr.i32 [users + 1], indices.i32 [nonzeros], values.f32 [nonzeros], shape.json
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

/** MovieLens-20M without its least popular films. */
export const ML20M = { users: 138493, items: 26744, nonzeros: 15_700_000 }

const GROUPS = 64 // of taste: a user is in two, an item in one
const STRAY = 0.4 // share of choices by popularity alone

/** mulberry32: fast, and good enough to draw lots. */
function generator(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let z = Math.imul(state ^ (state >>> 15), 1 | state)
    z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Draws i with probability weights[i] / their sum, in constant time (Walker 1977; Vose 1991). */
function aliasTable(weights) {
  const n = weights.length
  const mean = weights.reduce((sum, w) => sum + w, 0) / n
  const share = Float64Array.from(weights, (w) => w / mean)
  const alias = new Int32Array(n)
  const small = []
  const large = []
  for (let i = 0; i < n; i++) (share[i] < 1 ? small : large).push(i)
  while (small.length && large.length) {
    const [s, l] = [small.pop(), large.at(-1)]
    alias[s] = l
    share[l] -= 1 - share[s]
    if (share[l] < 1) small.push(large.pop())
  }
  for (const i of [...small, ...large]) share[i] = 1
  return (random) => {
    const x = random() * n
    const i = Math.floor(x)
    return x - i < share[i] ? i : alias[i]
  }
}

export function powerLawLog({ users, items, nonzeros, seed = 1 }) {
  const random = generator(seed)
  // Log-normal activity, at least 10 each, as in logs that keep users with a history.
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const activity = Float64Array.from({ length: users }, () => Math.exp(1.25 * normal()))
  const scale = (nonzeros - 10 * users) / activity.reduce((sum, a) => sum + a, 0)
  const popularity = Float64Array.from({ length: items }, (_, i) => 1 / (i + 50) ** 1.1)
  const all = aliasTable(popularity)
  const members = Array.from({ length: GROUPS }, () => [])
  for (let i = 0; i < items; i++) members[Math.floor(random() * GROUPS)].push(i)
  const within = members.map((ids) => aliasTable(ids.map((i) => popularity[i])))
  const indptr = new Int32Array(users + 1)
  const indices = new Int32Array(nonzeros + users)
  const owner = new Int32Array(items).fill(-1)
  let filled = 0
  for (let u = 0; u < users; u++) {
    const wanted = Math.min(Math.round(10 + scale * activity[u]), items >> 1)
    const tastes = [Math.floor(random() * GROUPS), Math.floor(random() * GROUPS)]
    const begin = filled
    for (let tries = 0; filled - begin < wanted && tries < 8 * wanted; tries++) {
      const g = tastes[random() < 0.7 ? 0 : 1]
      const i = random() < STRAY ? all(random) : members[g][within[g](random)]
      if (owner[i] === u) continue
      owner[i] = u
      if (filled === indices.length) break
      indices[filled++] = i
    }
    indices.subarray(begin, filled).sort()
    indptr[u + 1] = filled
  }
  const values = new Float32Array(filled).fill(1)
  return { rows: users, cols: items, indptr, indices: indices.slice(0, filled), values }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const number = (value) => ({ type: 'string', default: String(value) })
  const { values } = parseArgs({
    options: {
      out: { type: 'string' },
      users: number(ML20M.users),
      items: number(ML20M.items),
      nonzeros: number(ML20M.nonzeros),
      seed: number(1),
    },
  })
  if (!values.out) throw new Error('power-law-log: expected --out, a folder.')
  const log = powerLawLog({
    users: Number(values.users),
    items: Number(values.items),
    nonzeros: Number(values.nonzeros),
    seed: Number(values.seed),
  })
  mkdirSync(values.out, { recursive: true })
  writeFileSync(join(values.out, 'indptr.i32'), log.indptr)
  writeFileSync(join(values.out, 'indices.i32'), log.indices)
  writeFileSync(join(values.out, 'values.f32'), log.values)
  const shape = { rows: log.rows, cols: log.cols, nonzeros: log.indices.length }
  writeFileSync(join(values.out, 'shape.json'), JSON.stringify(shape))
  console.log(shape)
}
