// Calls of microseconds, each sampled by benchmark.js, on one thread: searches of small catalogues, tokens of a sentence,
// similarities of small matrices; ml-matrix beside them where it has the same. What two of them give is compared first.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadEmbedder, Matrix, SimilarityIndex, setThreads, similarityMatrix } from '../dist/index.mjs'
import { npmRival } from './harness/npm-rivals.mjs'
import { uniform } from './harness/random.mjs'
import { root } from './harness/real.mjs'

export const summary = 'calls of microseconds, sampled by benchmark.js, beside ml-matrix'

const matrix = (rows, cols, seed) => new Matrix(rows, cols, uniform(rows * cols, seed))

/** Searches of catalogues that are searched at once, by the caller's thread. */
async function searches() {
  const cases = []
  for (const [rows, dims] of [
    [100, 64],
    [1000, 64],
    [10_000, 64],
    [1000, 384],
  ]) {
    const index = await SimilarityIndex.build(matrix(rows, dims, 1), { metric: 'dot' })
    const query = uniform(dims, 2)
    cases.push({ name: `searchSync, ${rows} x ${dims}, k = 10`, call: () => index.searchSync(query, { k: 10 }) })
  }
  return cases
}

/** The largest difference of two lists of numbers. */
const difference = (a, b) => a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i])), 0)

const rowNorms = (m) => Array.from({ length: m.rows }, (_, i) => Math.hypot(...m.getRow(i)))

/** ml-matrix has no cosine: the products of rows divided by their norms. */
const normalized = (m) => m.clone().divColumnVector(rowNorms(m))

/** Dot products and cosines of all rows of two matrices, by kindred and by ml-matrix, which must agree. */
async function products(rival) {
  const cases = []
  for (const n of [16, 128]) {
    const [a, b] = [matrix(n, n, 3), matrix(n, n, 4)]
    const ours = (metric) => () => similarityMatrix(a, b, { metric })
    const theirs = {}
    if (!rival.missing) {
      const [c, d] = [a, b].map(({ rows, cols, data }) => rival.module.Matrix.from1DArray(rows, cols, data))
      theirs.dot = () => c.mmul(d.transpose())
      theirs.cosine = () => normalized(c).mmul(normalized(d).transpose())
    }
    for (const metric of ['dot', 'cosine']) {
      const name = `similarityMatrix, ${metric}, ${n} x ${n} and ${n} x ${n}`
      cases.push({ name, by: 'kindred', call: ours(metric) })
      const call = theirs[metric]
      if (call === undefined) continue
      const apart = difference((await ours(metric)()).data, call().to1DArray())
      if (!(apart < 1e-4)) throw new Error(`ml-matrix, ${metric}, ${n} x ${n}: apart by ${apart}.`)
      cases.push({ name, by: 'ml-matrix', call })
    }
  }
  return cases
}

/** The encoder that ships, on one short sentence: tokens, and tokens with their vector. */
async function sentences() {
  const encoder = await loadEmbedder(join(root, 'assets/encoder'))
  const text = JSON.parse(readFileSync(join(root, 'assets/classics/books.jsonl'), 'utf8').split('\n')[0]).title
  return [
    { name: 'tokenize one title', call: () => encoder.tokenize([text]) },
    { name: 'embed one title', call: () => encoder.embed([text]) },
  ]
}

/** Samples all cases in turn; calls that give a promise are awaited. */
async function sampled(Benchmark, cases, seconds) {
  const results = []
  for (const { name, by = 'kindred', call } of cases) {
    const deferred = call() instanceof Promise
    const run = deferred ? (done) => call().then(() => done.resolve()) : call
    const benchmark = new Benchmark(name, { defer: deferred, fn: run, maxTime: seconds })
    await new Promise((resolve, reject) => {
      benchmark
        .on('complete', resolve)
        .on('error', () => reject(benchmark.error))
        .run({ async: true })
    })
    const { mean, rme, sample } = benchmark.stats
    results.push({ name, by, microseconds: 1e6 * mean, error: rme, samples: sample.length })
  }
  return results
}

export async function run({ small, notices }) {
  const sampler = npmRival('benchmark')
  if (sampler.missing) return { missing: `benchmark.js: ${sampler.missing}` }
  const rival = npmRival('ml-matrix')
  if (rival.missing) notices.push(`ml-matrix: not here: ${rival.missing}`)
  setThreads(1)
  const cases = [...(await searches()), ...(await sentences()), ...(await products(rival))]
  const data = await sampled(sampler.module, cases, small ? 0.5 : 5)
  const rows = data.map(({ name, by, microseconds, error, samples }) => {
    const ours = data.find((one) => one.name === name)
    const ratio = by === 'kindred' ? '-' : (microseconds / ours.microseconds).toFixed(2)
    return [name, by, microseconds.toPrecision(3), `${error.toFixed(1)}%`, samples, ratio]
  })
  return {
    data,
    versions: { 'benchmark.js': sampler.version, ...(rival.version && { 'ml-matrix': rival.version }) },
    tables: [
      {
        text: 'On one thread, one after another. Whatever gives a promise takes the way to another thread and back with it.',
        columns: ['call', 'by', 'us', '95% of the mean within', 'samples', 'ratio'],
        rows,
      },
    ],
  }
}
