// The inverse behind EASE, n x n in single precision: kindred's kernel beside LAPACK's spotrf + spotri as scipy ships them,
// and on smaller matrices beside numpy.linalg.inv. Before that, the weights of EASE are held against numpy's in double.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Interactions, Matrix } from '../dist/index.mjs'
import gramSweep from '../dist/models/item-item/invert-gram.js'
import native from '../dist/native/addon.js'
import { compete } from './harness/compete.mjs'
import { kindred, remote } from './harness/contestant.mjs'
import { columnsOf, inverseValidator, positiveDefinite } from './harness/inverse.mjs'
import { powerLawLog, rowsOf } from './harness/power-law-log.mjs'
import { FREE_BLAS, startPython } from './harness/python.mjs'
import { readAs } from './harness/raw-file.mjs'

const { STRASSEN_FROM, sweep } = gramSweep

export const summary = 'the inverse behind EASE beside LAPACK and numpy'

const POTRI = { name: 'spotrf + spotri', package: 'scipy', method: 'potri' }
const INV = { name: 'numpy.linalg.inv', package: 'numpy', method: 'inv' }
/** On the larger matrix numpy.linalg.inv takes minutes, and one thread most of one: only all threads compete there. */
const LARGE = [
  { n: 4000, against: [POTRI, INV] },
  { n: 20_000, against: [POTRI], allThreads: true },
]
const SMALL = [
  { n: 500, against: [POTRI, INV] },
  { n: 1500, against: [POTRI] },
]
const LARGEST_DIFFERENCE = 1e-4

/** The largest differences of the weights of EASE for a small log from those by the book in double, by kind of product. */
async function differencesOfWeights(rival, folder) {
  const regularization = 50
  const log = Interactions.from(rowsOf(powerLawLog({ users: 2000, items: 700, nonzeros: 60_000 })))
  const [byUser, byItem] = [await log.byUser(), await log.byItem()]
  const n = log.items.size
  const gram = new Matrix(n, n)
  await native.addon().regularizedGram(byUser, byItem, regularization, gram)
  const weightsBy = async (strassen) => {
    const weights = new Matrix(n, n, gram.data.slice())
    await sweep(weights, { strassen })
    await native.addon().easeWeights(weights)
    return weights.data
  }
  const found = { plain: await weightsBy(false), strassen: await weightsBy(true) }
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) gram.data[j * n + i] = gram.data[i * n + j]
  const [path, out] = [join(folder, 'gram'), join(folder, 'weights')]
  writeFileSync(path, gram.data)
  await rival.ask('weights', { gram: path, n, out })
  const expected = readAs(Float32Array, out)
  const worst = (weights) => expected.reduce((most, value, i) => Math.max(most, Math.abs(value - weights[i])), 0)
  const differences = { plain: worst(found.plain), strassen: worst(found.strassen) }
  for (const difference of Object.values(differences))
    if (!(difference <= LARGEST_DIFFERENCE)) throw new Error(`A weight of EASE differs from numpy's by ${difference}.`)
  return differences
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
    await sweep(copy, { strassen: n >= STRASSEN_FROM })
  }
  return kindred({ configurations, run, read })
}

async function contest(rival, folder, { n, against, allThreads = false }, { threadCounts, ...settings }) {
  const name = `inverse, n = ${n}`
  settings.log(name)
  const matrix = positiveDefinite(n, 1)
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
      const { plain, strassen } = await differencesOfWeights(rival, folder)
      notices.push(
        `the weights of EASE on a small log differ from numpy's in double by ${plain.toExponential(1)} at most, by ${strassen.toExponential(1)} with Strassen's products.`,
      )
    }
    const contests = []
    for (const one of small ? SMALL : LARGE) contests.push(...(await contest(rival, folder, one, settings)))
    const text =
      'In single precision, of a symmetric positive definite matrix; each call works on a copy that it makes. BLAS has as many threads as kindred.'
    return { versions: rival.versions, tables: [{ text, contests }] }
  } finally {
    if (!rival.missing) rival.end()
    rmSync(folder, { recursive: true })
  }
}
