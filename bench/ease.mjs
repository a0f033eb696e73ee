// The inverse behind EASE, n x n in single precision: kindred's kernel beside LAPACK's spotrf + spotri as scipy ships them,
// and on smaller matrices beside numpy.linalg.inv. Before that, the weights of EASE are held against numpy's in double.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Interactions, Matrix } from '../dist/index.mjs'
import invertGramModule from '../dist/models/item-item/invert-gram.js'
import native from '../dist/native/addon.js'
import { compete } from './harness/compete.mjs'
import { kindred, remote } from './harness/contestant.mjs'
import { bandedGram, columnsOf, inverseValidator, positiveDefinite } from './harness/inverse.mjs'
import { powerLawLog, rowsOf } from './harness/power-law-log.mjs'
import { FREE_BLAS, startPython } from './harness/python.mjs'
import { readAs } from './harness/raw-file.mjs'

const { invertGram } = invertGramModule

export const summary = 'the inverse behind EASE beside LAPACK and numpy'

const POTRI = { name: 'spotrf + spotri', package: 'scipy', method: 'potri' }
const INV = { name: 'numpy.linalg.inv', package: 'numpy', method: 'inv' }
/**
 * On the largest matrix numpy.linalg.inv takes minutes, and one thread most of one: only all threads compete there. The
 * inverse of a banded matrix falls off through denormal numbers, over which processors of Intel take 10 to 25 times as long.
 */
const LARGE = [
  { n: 4000, against: [POTRI, INV] },
  { n: 4000, banded: true, against: [POTRI] },
  { n: 20_000, against: [POTRI], allThreads: true },
]
const SMALL = [
  { n: 500, against: [POTRI, INV] },
  { n: 1500, against: [POTRI] },
  { n: 1500, banded: true, against: [POTRI] },
]
const LARGEST_DIFFERENCE = 1e-4

/** The largest difference of a weight of EASE for a small log from that by the book in double. */
async function differenceOfWeights(rival, folder) {
  const regularization = 50
  const log = Interactions.from(rowsOf(powerLawLog({ users: 2000, items: 700, nonzeros: 60_000 })))
  const [byUser, byItem] = [await log.byUser(), await log.byItem()]
  const n = log.items.size
  const gram = new Matrix(n, n)
  await native.addon().regularizedGram(byUser, byItem, regularization, gram)
  const weights = new Matrix(n, n, gram.data.slice())
  await invertGram(weights)
  await native.addon().easeWeights(weights)
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) gram.data[j * n + i] = gram.data[i * n + j]
  const [path, out] = [join(folder, 'gram'), join(folder, 'weights')]
  writeFileSync(path, gram.data)
  await rival.ask('weights', { gram: path, n, out })
  const expected = readAs(Float32Array, out)
  const difference = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - weights.data[i])), 0)
  if (!(difference <= LARGEST_DIFFERENCE)) throw new Error(`A weight of EASE differs from numpy's by ${difference}.`)
  return difference
}

/** kindred's kernel on a copy of the matrix, of which it leaves minus the inverse in the lower triangle. */
function ours(matrix, configurations) {
  const n = matrix.rows
  const copy = new Matrix(n, n)
  const read = () => {
    const columns = columnsOf(n)
    const found = new Float32Array(columns.length * n)
    for (const [c, j] of columns.entries())
      for (let i = 0; i < n; i++) found[c * n + i] = -copy.data[Math.max(i, j) * n + Math.min(i, j)]
    return found
  }
  const run = async () => {
    copy.data.set(matrix.data)
    await invertGram(copy)
  }
  return kindred({ configurations, run, read })
}

async function contest(
  rival,
  folder,
  { n, banded = false, against, allThreads = false },
  { threadCounts, ...settings },
) {
  const name = `inverse${banded ? ' of a banded matrix' : ''}, n = ${n}`
  settings.log(name)
  const matrix = (banded ? bandedGram : positiveDefinite)(n, 1)
  const configurations = (allThreads ? threadCounts.slice(-1) : threadCounts).map((threads) => ({ threads }))
  if (!rival.missing) {
    const path = join(folder, 'matrix')
    writeFileSync(path, matrix.data)
    await rival.ask('matrix', { path, n })
    rmSync(path)
  }
  const rivals = against.map(({ name, package: from, method }) =>
    remote({
      name,
      version: rival.versions?.[from],
      configurations,
      ask: rival.ask,
      request: { method, columns: columnsOf(n), out: join(folder, 'columns') },
      read: ({ out }) => readAs(Float32Array, out),
    }),
  )
  return compete({
    name,
    ours: ours(matrix, configurations),
    rivals: rival.missing ? [] : rivals,
    validate: inverseValidator(matrix),
    work: { operations: n ** 3, bytes: 4 * n * n, kind: 'f32' },
    ...settings,
  })
}

export async function run({ small, python, notices, ...settings }) {
  const folder = mkdtempSync(join(tmpdir(), 'kindred-bench-'))
  const rival = await startPython(python, 'inverse.py', FREE_BLAS)
  if (rival.missing) notices.push(`scipy and numpy: not here: ${rival.missing}`)
  try {
    if (!rival.missing) {
      const difference = await differenceOfWeights(rival, folder)
      notices.push(
        `the weights of EASE on a small log differ from numpy's in double by ${difference.toExponential(1)} at most.`,
      )
    }
    const contests = []
    for (const one of small ? SMALL : LARGE) contests.push(...(await contest(rival, folder, one, settings)))
    const text =
      'In single precision, of a symmetric positive definite matrix; the banded one is the Gram matrix of users who choose among neighbouring items. Each call works on a copy that it makes. BLAS has as many threads as kindred.'
    return { versions: rival.versions, tables: [{ text, contests }] }
  } finally {
    if (!rival.missing) rival.end()
    rmSync(folder, { recursive: true })
  }
}
