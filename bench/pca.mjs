// Principal components of dense vectors: PCA beside scikit-learn's, at its best solver, in single precision.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Matrix, PCA } from '../dist/index.mjs'
import { compete } from './harness/compete.mjs'
import { kindred, remote } from './harness/contestant.mjs'
import { FREE_BLAS, startPython } from './harness/python.mjs'
import { generator } from './harness/random.mjs'
import { readAs } from './harness/raw-file.mjs'

export const summary = 'principal components beside scikit-learn'

const LARGE = { rows: 200_000, cols: 384, components: 64 }
const SMALL = { rows: 20_000, cols: 128, components: 32 }
/** Its 'full' decomposes the vectors themselves, which takes many times as long. */
const SOLVERS = ['auto', 'covariance_eigh', 'randomized']
/** The largest share of the variance that a solver may leave to others, and distance of a coordinate from the exact one. */
const LOST_VARIANCE = 1e-3
const DISTANCE = 1e-3

/** Rows around a mean of 1 whose variances fall off along random directions, as those of embeddings do. */
function vectors({ rows, cols }, seed) {
  const next = generator(seed)
  const x = new Matrix(rows, cols)
  const rank = Math.ceil(cols / 4)
  const directions = Float32Array.from({ length: rank * cols }, () => next() - 0.5)
  const own = new Float32Array(cols)
  for (let r = 0; r < rows; r++) {
    own.fill(1)
    for (let k = 0; k < rank; k++) {
      const weight = (4 * (next() - 0.5)) / Math.sqrt(k + 1)
      for (let c = 0; c < cols; c++) own[c] += weight * directions[k * cols + c]
    }
    for (let c = 0; c < cols; c++) own[c] += next() - 0.5
    x.row(r).set(own)
  }
  return x
}

/** Rows of x for the validation, spread over all of them. */
const sampleOf = ({ rows }) => Array.from({ length: 2000 }, (_, i) => Math.floor((i * rows) / 2000))

/** The variance of the sample along the components, and that its coordinates are those along them. */
function validator(x, { mean }, best) {
  const sample = sampleOf(x)
  return ({ name }, { components, images }) => {
    const k = components.length / x.cols
    let [held, worst] = [0, 0]
    for (const [s, r] of sample.entries())
      for (let i = 0; i < k; i++) {
        let dot = 0
        for (let c = 0; c < x.cols; c++) dot += (x.data[r * x.cols + c] - mean[c]) * components[i * x.cols + c]
        held += dot ** 2
        worst = Math.max(worst, Math.abs(dot - images[s * k + i]))
      }
    best.held = Math.max(best.held, held)
    if (!(held >= (1 - LOST_VARIANCE) * best.held))
      throw new Error(`${name}: holds ${held / best.held} of the variance.`)
    if (!(worst <= DISTANCE)) throw new Error(`${name}: a coordinate is off by ${worst}.`)
  }
}

export async function run({ small, python, notices, threadCounts, log: say, ...settings }) {
  const size = small ? SMALL : LARGE
  const x = vectors(size, 1)
  const sample = new Matrix(2000, x.cols)
  for (const [s, r] of sampleOf(x).entries()) sample.row(s).set(x.row(r))
  const exact = await new PCA({ components: size.components }).fit(x)
  const folder = mkdtempSync(join(tmpdir(), 'kindred-bench-'))
  const rival = await startPython(python, 'pca.py', FREE_BLAS)
  if (rival.missing) notices.push(`scikit-learn: not here: ${rival.missing}`)
  try {
    const path = join(folder, 'x')
    if (!rival.missing) {
      writeFileSync(path, x.data)
      await rival.ask('data', { path, rows: x.rows, cols: x.cols })
    }
    const tasks = {
      fit: () => new PCA({ components: size.components }).fit(x),
      transform: async () => {
        await exact.transform(x)
        return exact
      },
      'fit and transform': async () => {
        const pca = await new PCA({ components: size.components }).fit(x)
        await pca.transform(x)
        return pca
      },
    }
    const contests = []
    const best = { held: 0 }
    for (const [task, call] of Object.entries(tasks)) {
      const name = `${task}, ${x.rows} x ${x.cols} to ${size.components}`
      say(name)
      const ours = kindred({
        configurations: threadCounts.map((threads) => ({ threads })),
        run: call,
        read: async (pca) => ({ components: pca.components.data, images: (await pca.transform(sample)).data }),
      })
      const solvers = task === 'transform' ? ['auto'] : SOLVERS
      const theirs = remote({
        name: 'scikit-learn',
        version: rival.versions?.['scikit-learn'],
        configurations: threadCounts.flatMap((threads) => solvers.map((solver) => ({ threads, solver }))),
        ask: rival.ask,
        request: { task, components: size.components, out: join(folder, 'found'), sample: sampleOf(x) },
        read: ({ out }) => ({
          components: readAs(Float32Array, `${out}.components`),
          images: readAs(Float32Array, `${out}.images`),
        }),
      })
      const [fitting, mapping] = [x.rows * x.cols ** 2, 2 * x.rows * x.cols * size.components]
      const operations = { fit: fitting, transform: mapping, 'fit and transform': fitting + mapping }[task]
      contests.push(
        ...(await compete({
          name,
          ours,
          rivals: rival.missing ? [] : [theirs],
          validate: validator(x, exact, best),
          work: { operations, bytes: 4 * x.rows * x.cols, kind: 'f32' },
          log: say,
          ...settings,
        })),
      )
    }
    const text =
      'Vectors whose variances fall off along random directions, in single precision on both sides. Of scikit-learn the fastest of its solvers: auto, covariance_eigh, randomized. The operations of a fit are those of the covariance matrix, which is symmetric.'
    return { versions: rival.versions, tables: [{ text, contests }] }
  } finally {
    if (!rival.missing) rival.end()
    rmSync(folder, { recursive: true })
  }
}
