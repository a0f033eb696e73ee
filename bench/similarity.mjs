// Exact search, k = 10 by inner product among random float32 vectors: SimilarityIndex, and faiss-cpu's IndexFlatIP where
// a Python has it: node bench/similarity.mjs [--python path] [--small] [--rounds 7] [--json]. Default: 1M x 128 (512 MB,
// and as much for each rival); --small: 100k x 128. Results are compared before anything is timed; rounds alternate,
// with a pause for idle OpenMP threads to stop spinning; each rival has its better number of threads.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { backendInfo, Matrix, SimilarityIndex, setThreads } from '../dist/index.mjs'

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    small: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '7' },
    json: { type: 'boolean', default: false },
  },
})
const rows = values.small ? 100_000 : 1_000_000
const dims = 128
const k = 10
const rounds = Number(values.rounds)
const PAUSE = 50
const threads = backendInfo().threads.count

/** Uniform in [-1, 1), by xorshift32 (Marsaglia 2003). */
function random(count, seed) {
  const out = new Float32Array(count)
  let state = seed
  for (let i = 0; i < count; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    out[i] = state / 2 ** 31
  }
  return out
}

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1]

/** faiss in a process of its own, or undefined where there is none. */
async function startFaiss(path) {
  const script = fileURLToPath(new URL('similarity.py', import.meta.url))
  const child = spawn(values.python, [script], { stdio: ['pipe', 'pipe', 'ignore'] })
  child.on('error', () => undefined)
  child.stdin.on('error', () => undefined)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async () => (await lines.next()).value?.split(' ')
  const ask = (...words) => {
    child.stdin.write(`${words.join('\t')}\n`)
    return answer()
  }
  const ready = await answer()
  if (ready === undefined) return undefined
  await ask('load', path, rows, dims)
  return {
    version: ready[1],
    search: async (file, queries, count, out) => Number((await ask('search', file, queries, k, count, out))[1]) * 1e3,
    end: () => child.stdin.end(),
  }
}

/** Scores place by place: rows may differ where two scores are within rounding of each other. */
function compare(found, out) {
  const bytes = readFileSync(`${out}.scores`)
  const scores = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
  for (let i = 0; i < scores.length; i++)
    if (Math.abs(scores[i] - found.scores[i]) > 1e-4)
      throw new Error(`Score ${i} is ${found.scores[i]}, faiss has ${scores[i]}.`)
}

async function timeOurs(index, queries, count) {
  setThreads(count)
  const start = performance.now()
  const found = await index.search(queries, { k })
  return { ms: performance.now() - start, found }
}

const folder = mkdtempSync(join(tmpdir(), 'kindred-bench-'))
try {
  const items = new Matrix(rows, dims, random(rows * dims, 1))
  const catalogue = join(folder, 'catalogue')
  writeFileSync(catalogue, items.data)
  const faiss = await startFaiss(catalogue)
  const index = await SimilarityIndex.build(items, { metric: 'dot' })
  const table = []
  for (const nq of [1, 16, 64, 256, 1024]) {
    const queries = new Matrix(nq, dims, random(nq * dims, 7))
    const file = join(folder, 'queries')
    const out = join(folder, 'found')
    writeFileSync(file, queries.data)
    const choices = [...new Set([1, threads])]
    const ours = new Map(choices.map((count) => [count, []]))
    const theirs = new Map(choices.map((count) => [count, []]))
    for (let round = -1; round < rounds; round++)
      for (const count of choices) {
        const mine = await timeOurs(index, queries, count)
        await sleep(PAUSE)
        const other = await faiss?.search(file, nq, count, out)
        await sleep(PAUSE)
        if (round < 0) {
          if (faiss) compare(mine.found, out)
          continue
        }
        ours.get(count).push(mine.ms)
        if (faiss) theirs.get(count).push(other)
      }
    const best = (times) => choices.reduce((a, b) => (median(times.get(b)) < median(times.get(a)) ? b : a))
    const [mine, other] = [best(ours), best(theirs)]
    const ms = median(ours.get(mine))
    const ratios = ours.get(mine).map((time, i) => theirs.get(other)[i] / time)
    table.push({
      queries: nq,
      threads: mine,
      ms,
      gflops: (2e-6 * nq * rows * dims) / ms,
      gigabytesPerSecond: (4e-6 * rows * dims) / ms,
      ...(faiss && {
        faiss: { threads: other, ms: median(theirs.get(other)) },
        ratio: { median: median(ratios), low: Math.min(...ratios), high: Math.max(...ratios) },
      }),
    })
  }
  faiss?.end()
  if (values.json) {
    console.log(JSON.stringify({ rows, dims, k, rounds, faiss: faiss?.version ?? null, table }, null, 2))
  } else {
    const rival = faiss ? `faiss ${faiss.version}` : `no faiss in ${values.python}`
    console.log(`${rows} x ${dims} float32, k = ${k}, ${threads} threads, ${backendInfo().isa.name}; ${rival}`)
    console.log('| queries | threads | ms | GFLOP/s | GB/s | faiss ms | faiss / ours (low to high) |')
    console.log('|---|---|---|---|---|---|---|')
    for (const row of table) {
      const { ratio } = row
      const rest = ratio
        ? `${row.faiss.ms.toFixed(1)} (${row.faiss.threads} threads) | ${ratio.median.toFixed(2)} (${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)})`
        : '- | -'
      console.log(
        `| ${row.queries} | ${row.threads} | ${row.ms.toFixed(1)} | ${row.gflops.toFixed(0)} | ${row.gigabytesPerSecond.toFixed(1)} | ${rest} |`,
      )
    }
  }
} finally {
  rmSync(folder, { recursive: true })
}
