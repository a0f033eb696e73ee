// Time and loss of an iteration on a power-law log of MovieLens-20M's shape, beside implicit's where a Python that has it
// (and threadpoolctl) is named:
//   node bench/factorization.mjs --method cg|cholesky|block|bpr [--factors 128 --iterations 4 --python venv/bin/python]
//     [--users n --items n --nonzeros n --alpha 5 --regularization 10 --steps 3 --json]
// cpuMs is the processor time of all threads: on a machine with other work, compare that.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { AlternatingLeastSquares, BayesianPersonalizedRanking, backendInfo, Interactions } from 'kindred'
import { ML20M, powerLawLog } from './power-law-log.mjs'

const text = (value) => ({ type: 'string', default: String(value) })
const { values } = parseArgs({
  options: {
    method: text('cg'),
    factors: text(128),
    iterations: text(4),
    steps: text(3),
    alpha: text(5),
    regularization: text(10),
    users: text(ML20M.users),
    items: text(ML20M.items),
    nonzeros: text(ML20M.nonzeros),
    python: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})
const { method } = values
const [factors, iterations, alpha, regularization] = ['factors', 'iterations', 'alpha', 'regularization'].map((name) =>
  Number(values[name]),
)
const shape = { users: Number(values.users), items: Number(values.items), nonzeros: Number(values.nonzeros) }
const csr = powerLawLog({ ...shape, seed: 1 })

function* rows() {
  for (let user = 0; user < csr.rows; user++)
    for (let n = csr.indptr[user]; n < csr.indptr[user + 1]; n++) yield { user, item: csr.indices[n] }
}

async function ours() {
  const common = { factors, iterations, seed: 1 }
  const model =
    method === 'bpr'
      ? new BayesianPersonalizedRanking({ ...common, learningRate: 0.05, regularization: 0.01 })
      : new AlternatingLeastSquares({
          ...common,
          alpha,
          regularization,
          solver: method,
          cgSteps: Number(values.steps),
          trackLoss: true,
        })
  const log = Interactions.from(rows())
  const out = []
  let [started, cpu] = [performance.now(), process.cpuUsage()]
  await model.fit(log, {
    onProgress: ({ done, loss }) => {
      const used = process.cpuUsage(cpu)
      out.push({ iteration: done - 1, ms: performance.now() - started, cpuMs: (used.user + used.system) / 1e3, loss })
      ;[started, cpu] = [performance.now(), process.cpuUsage()]
    },
  })
  return out
}

function theirs() {
  if (!values.python || method === 'block') return null
  const folder = mkdtempSync(join(tmpdir(), 'kindred-bench-'))
  try {
    for (const [name, array] of [
      ['indptr.i32', csr.indptr],
      ['indices.i32', csr.indices],
      ['values.f32', csr.values],
    ])
      writeFileSync(join(folder, name), array)
    writeFileSync(join(folder, 'shape.json'), JSON.stringify({ rows: csr.rows, cols: csr.cols }))
    const script = fileURLToPath(new URL('factorization.py', import.meta.url))
    const settings = { factors, iterations, alpha, regularization, threads: backendInfo().threads.count }
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
    const env = { ...process.env, OPENBLAS_NUM_THREADS: '1' }
    const { status, stdout } = spawnSync(values.python, [script, folder, method, ...args], {
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    if (status !== 0) throw new Error(`factorization: ${values.python} ended with code ${status}.`)
    return stdout.trim().split('\n').map(JSON.parse)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const result = { method, ...shape, factors, nonzeros: csr.indices.length, ours: await ours(), implicit: theirs() }
if (values.json) {
  console.log(JSON.stringify(result, null, 2))
} else {
  console.log(`${method}, ${factors} factors, ${csr.rows} x ${csr.cols}, ${csr.indices.length} interactions`)
  for (const [name, rounds] of [
    ['kindred', result.ours],
    ['implicit', result.implicit ?? []],
  ])
    for (const { iteration, ms, cpuMs, loss } of rounds)
      console.log(
        `${name} ${iteration}: ${ms.toFixed(0)} ms, ${cpuMs.toFixed(0)} ms of processor time, loss ${loss?.toPrecision(7) ?? '-'}`,
      )
}
