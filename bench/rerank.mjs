// Lists ranked anew while a request waits: 1,000 candidates to 20, on one thread, from the list of objects to that with reasons. Steps
// take turns, call by call; MMR and the DPP beside the same written plainly in JavaScript on typed arrays, which must give
// the same list.
import {
  AttributeCap,
  CalibratedList,
  CategoryDiversity,
  DeterminantalPointProcess,
  Features,
  Matrix,
  MaximalMarginalRelevance,
  MustNot,
  ReRanker,
  setThreads,
} from '../dist/index.mjs'
import { generator } from './harness/random.mjs'
import { median, quantile } from './harness/statistics.mjs'

export const summary = 'lists ranked anew, 1,000 candidates to 20: MMR, DPP, calibration, rules'

const K = 20
const LAMBDA = 0.7
const HISTORY = Array.from({ length: 30 }, (_, n) => ({ item: n * 7 }))

/** Unit vectors of rows [count, dims]. */
function units({ data, rows, cols }) {
  const out = new Float64Array(data)
  for (let i = 0; i < rows; i++) {
    let square = 0
    for (let d = 0; d < cols; d++) square += out[i * cols + d] ** 2
    for (let d = 0; d < cols; d++) out[i * cols + d] /= Math.sqrt(square)
  }
  return out
}

function plainDot(vectors, dims, i, j) {
  let sum = 0
  for (let d = 0; d < dims; d++) sum += vectors[i * dims + d] * vectors[j * dims + d]
  return sum
}

function plainMmr(vectors, dims, relevance) {
  const largest = new Float64Array(relevance.length)
  const open = new Uint8Array(relevance.length).fill(1)
  const chosen = []
  while (chosen.length < K) {
    let [best, most] = [-1, -Infinity]
    for (let i = 0; i < relevance.length; i++) {
      const gain = LAMBDA * relevance[i] - (1 - LAMBDA) * largest[i]
      if (open[i] && gain > most) [best, most] = [i, gain]
    }
    open[best] = 0
    for (let i = 0; i < relevance.length; i++) {
      const cosine = plainDot(vectors, dims, best, i)
      if (chosen.length === 0 || cosine > largest[i]) largest[i] = cosine
    }
    chosen.push(best)
  }
  return chosen
}

function plainDpp(vectors, dims, relevance) {
  const volumes = new Float64Array(relevance.length).fill(1)
  const open = new Uint8Array(relevance.length).fill(1)
  const factors = []
  const chosen = []
  while (chosen.length < K) {
    let [best, most] = [-1, -Infinity]
    for (let i = 0; i < relevance.length; i++) {
      const gain = LAMBDA * relevance[i] + (1 - LAMBDA) * Math.log(volumes[i])
      if (open[i] && gain > most) [best, most] = [i, gain]
    }
    open[best] = 0
    chosen.push(best)
    const e = new Float64Array(relevance.length)
    const root = Math.sqrt(volumes[best])
    for (let i = 0; i < relevance.length; i++) {
      let value = plainDot(vectors, dims, best, i)
      for (const c of factors) value -= c[best] * c[i]
      e[i] = value / root
      volumes[i] -= e[i] * e[i]
    }
    factors.push(e)
  }
  return chosen
}

export async function run({ small, rounds, log }) {
  const [count, dims, calls] = small ? [100, 32, 20] : [1000, 128, rounds === undefined ? 1000 : 100 * rounds]
  setThreads(1)
  const random = generator(1)
  const list = Array.from({ length: count }, (_, item) => ({ item, score: random() })).sort((a, b) => b.score - a.score)
  const data = Float32Array.from({ length: count * dims }, () => random() - 0.3)
  const features = Features.from(
    list.map(({ item }) => item),
    new Matrix(count, dims, data),
  )
  const genres = new Map(
    list.map(({ item }) => [item, [`g${item % 18}`, `g${(item * 7) % 18}`].slice(0, 1 + (item % 2))]),
  )
  const chain = [
    new MustNot({ where: (item) => item % 50 === 0 }),
    new MaximalMarginalRelevance(features, { lambda: LAMBDA }),
    new AttributeCap(genres, { limit: 3 }),
  ]
  const steps = {
    MMR: [new MaximalMarginalRelevance(features, { lambda: LAMBDA })],
    DPP: [new DeterminantalPointProcess(features, { theta: LAMBDA })],
    'calibration to a history': [new CalibratedList(genres)],
    'diversity over categories': [new CategoryDiversity(genres)],
    'MMR under a cap and what must not be listed': chain,
  }
  const rerankers = Object.entries(steps).map(([name, own]) => [name, new ReRanker(own)])
  const options = { k: K, history: HISTORY }
  const [least, most] = [list.at(-1).score, list[0].score]
  const relevance = Float64Array.from(list, ({ score }) => (score - least) / (most - least))
  const vectors = units(features.matrix)
  const plain = { MMR: () => plainMmr(vectors, dims, relevance), DPP: () => plainDpp(vectors, dims, relevance) }
  for (const [name, play] of Object.entries(plain)) {
    const ranked = await new ReRanker(steps[name]).apply(list, options)
    const expected = play().map((row) => list[row].item)
    if (ranked.some(({ item }, n) => item !== expected[n])) throw new Error(`${name}: the lists differ.`)
  }
  const times = new Map()
  const timed = async (name, play) => {
    const begin = performance.now()
    await play()
    const own = times.get(name) ?? []
    times.set(name, own)
    own.push(performance.now() - begin)
  }
  for (let call = 0; call < calls; call++) {
    for (const [name, reranker] of rerankers) await timed(name, () => reranker.apply(list, options))
    for (const [name, play] of Object.entries(plain)) await timed(`plain ${name}`, play)
    if ((call + 1) % 100 === 0) log(`${call + 1} of ${calls} calls`)
  }
  const ms = (value) => value.toFixed(2)
  const rows = rerankers.map(([name]) => {
    const own = times.get(name)
    const rival = times.get(`plain ${name}`)
    const ratio = rival === undefined ? '-' : median(rival.map((one, n) => one / own[n])).toFixed(2)
    return [name, ms(median(own)), ms(quantile(own, 0.99)), rival === undefined ? '-' : ms(median(rival)), ratio]
  })
  return {
    tables: [
      {
        text: `${count.toLocaleString('en')} candidates to ${K}, vectors of ${dims} numbers, 18 categories, one thread; milliseconds of ${calls} calls, the first ones included.`,
        columns: ['steps', 'p50', 'p99', 'plain JavaScript, p50', 'median ratio'],
        rows,
      },
    ],
  }
}
