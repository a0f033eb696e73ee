// The inverse behind EASE, n x n in single precision, against LAPACK's spotrf + spotri as scipy ships it and
// numpy.linalg.inv (single and double precision): node bench/ease.mjs [--python path] [--items 20000] [--threads 2]
// [--rounds 3] [--inv]. --inv times numpy.linalg.inv too, which takes several times as long. First the weights of a
// small log are compared with numpy's in double; then rounds alternate.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { backendInfo, EASE, Interactions, Matrix, setThreads } from '../dist/index.mjs'

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    items: { type: 'string', default: '20000' },
    threads: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
    inv: { type: 'boolean', default: false },
  },
})
const n = Number(values.items)
const { addon } = createRequire(import.meta.url)('../dist/native/addon.js')
setThreads(Number(values.threads))

function startPython() {
  const script = fileURLToPath(new URL('ease.py', import.meta.url))
  const env = { ...process.env, OPENBLAS_NUM_THREADS: values.threads, OMP_NUM_THREADS: values.threads }
  const child = spawn(values.python, [script], { stdio: ['pipe', 'pipe', 'inherit'], env })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async () => (await lines.next()).value.split(' ')
  return {
    ready: answer(),
    ask: (...words) => {
      child.stdin.write(`${words.join('\t')}\n`)
      return answer()
    },
    end: () => child.stdin.end(),
  }
}

/** A log with popular and rare items, by a linear congruential generator. */
function syntheticLog(users, items) {
  const rows = []
  let state = 1
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  for (let user = 0; user < users; user++)
    for (let i = 0; i < 40; i++) rows.push({ user, item: Math.floor(items * next() ** 2) })
  return Interactions.from(rows)
}

async function validate(python, folder) {
  const regularization = 50
  const log = syntheticLog(2000, 700)
  const model = await new EASE({ regularization }).fit(log)
  const gram = new Matrix(log.items.size, log.items.size)
  const byUser = await log.byUser()
  await addon().regularizedGram(byUser, await log.byItem(), regularization, gram)
  for (let i = 0; i < gram.rows; i++) for (let j = 0; j < i; j++) gram.row(j)[i] = gram.row(i)[j]
  await gram.write(join(folder, 'gram.npy'))
  await python.ask('weights', join(folder, 'gram.npy'), join(folder, 'weights.npy'))
  const expected = await Matrix.read(join(folder, 'weights.npy'))
  const worst = expected.data.reduce((w, value, i) => Math.max(w, Math.abs(value - model.itemWeights.data[i])), 0)
  if (!(worst < 1e-4)) throw new Error(`A weight differs from numpy's by ${worst}.`)
  console.log(`weights of ${gram.rows} items differ from numpy's in double by ${worst.toExponential(1)} at most`)
}

async function timeOurs() {
  const a = new Matrix(n, n)
  let state = 1
  for (let i = 0; i < n; i++) {
    const row = a.row(i)
    for (let j = 0; j < i; j++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      row[j] = state / 2 ** 32 - 0.5
    }
    row[i] = n
  }
  const diagonal = new Float32Array(n).fill(n)
  const cpu = process.cpuUsage()
  const wall = performance.now()
  await addon().sweep(a, diagonal, 0, n)
  const used = process.cpuUsage(cpu)
  return [(performance.now() - wall) / 1e3, (used.user + used.system) / 1e6]
}

const folder = mkdtempSync(join(tmpdir(), 'kindred-bench-'))
const python = startPython()
try {
  const [, ...version] = await python.ready
  console.log(`${backendInfo().isa.name ?? backendInfo().isa}, ${values.threads} threads; ${version.join(' ')}`)
  await validate(python, folder)
  const rivals = values.inv ? ['potri', 'inv32', 'inv64'] : ['potri']
  for (let round = 0; round < Number(values.rounds); round++) {
    const [wall, cpu] = await timeOurs()
    console.log(`n = ${n}: kindred ${wall.toFixed(2)} s (cpu ${cpu.toFixed(2)} s)`)
    for (const rival of rivals) {
      const [, theirs, used] = (await python.ask(rival, n)).map(Number)
      const ratio = `${(theirs / wall).toFixed(2)}x, by cpu ${(used / cpu).toFixed(2)}x`
      console.log(`  ${rival} ${theirs.toFixed(2)} s (cpu ${used.toFixed(2)} s): ${ratio}`)
    }
  }
} finally {
  python.end()
  rmSync(folder, { recursive: true, force: true })
}
