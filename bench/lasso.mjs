// The lasso's path of 100 penalties, 20,000 rows and 2,000 columns, beside scikit-learn's lasso_path. kindred gets rows as they
// are, and centres and transposes them within its time; scikit-learn gets columns centred and laid out as it wants them. Both
// are held to the objective that a much finer path comes to.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lassoPath, Matrix } from '../dist/index.mjs'
import { compete } from './harness/compete.mjs'
import { kindred, remote } from './harness/contestant.mjs'
import { FREE_BLAS, startPython } from './harness/python.mjs'
import { generator } from './harness/random.mjs'
import { readAs } from './harness/raw-file.mjs'

export const summary = "the lasso's path beside scikit-learn"

const ALPHAS = 100
const EPSILON = 1e-3
const TOLERANCE = 1e-4
/** Of the target's mean square: how far an objective may be above that of the finer path. */
const SLACK = 2 * TOLERANCE
const FINE = 1e-9

const LARGE = { rows: 20_000, cols: 2000 }
const SMALL = { rows: 2000, cols: 200 }
/**
 * `share` of the columns make up the target; `noise` is its part that none does; `common` what all columns share. Without
 * a Gram matrix scikit-learn takes many minutes where many columns matter. */
const CASES = [
  { name: '5 % of the columns matter', share: 0.05, noise: 1, common: 0 },
  { name: '5 % matter, columns correlate by half', share: 0.05, noise: 1, common: 1 },
  { name: 'half of them matter, much noise', share: 0.5, noise: 20, common: 0, gramOnly: true },
]

function makeData({ rows, cols }, { share, noise, common }) {
  const next = generator(7)
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
  const weights = Float64Array.from({ length: cols }, () => (next() < share ? normal() : 0))
  const matrix = new Matrix(rows, cols)
  const target = new Float64Array(rows)
  for (let r = 0; r < rows; r++) {
    const shared = common * normal()
    const row = matrix.row(r)
    let sum = noise * normal()
    for (let c = 0; c < cols; c++) {
      row[c] = normal() + shared
      sum += weights[c] * row[c]
    }
    target[r] = sum
  }
  return { matrix, target }
}

/** Objectives [alphas] of coefficients [alphas, cols], per row and in double; columns and target centred. */
function objectives({ matrix, target }, alphas, coefs) {
  const { rows, cols, data } = matrix
  const means = new Float64Array(cols)
  for (let i = 0; i < data.length; i++) means[i % cols] += data[i] / rows
  const mean = target.reduce((sum, y) => sum + y, 0) / rows
  return alphas.map((alpha, n) => {
    const own = coefs.subarray(n * cols, (n + 1) * cols)
    const active = [...own.keys()].filter((c) => own[c] !== 0)
    let loss = 0
    for (let r = 0; r < rows; r++) {
      let residual = target[r] - mean
      for (const c of active) residual -= own[c] * (data[r * cols + c] - means[c])
      loss += residual * residual
    }
    return loss / (2 * rows) + alpha * active.reduce((sum, c) => sum + Math.abs(own[c]), 0)
  })
}

/** Penalties of the path that are looked at: 1 in 11, the first and the last among them. */
const sampled = (list) => Float64Array.from(list.filter((_, n) => n % 11 === 0))
const sampledRows = (coefs, cols) => {
  const out = []
  for (let n = 0; n < ALPHAS; n += 11) out.push(...coefs.subarray(n * cols, (n + 1) * cols))
  return Float64Array.from(out)
}

export async function run({ small, python, notices, threadCounts, log: say, ...settings }) {
  const folder = mkdtempSync(join(tmpdir(), 'kindred-bench-'))
  const rival = await startPython(python, 'lasso.py', FREE_BLAS)
  if (rival.missing) notices.push(`scikit-learn: not here: ${rival.missing}`)
  const size = small ? SMALL : LARGE
  const { rows, cols } = size
  const contests = []
  try {
    for (const one of CASES) {
      const name = `${one.name}, ${rows} x ${cols}, ${ALPHAS} penalties`
      say(name)
      const data = makeData(size, one)
      const grid = { alphaCount: ALPHAS, epsilon: EPSILON }
      const fine = await lassoPath(data.matrix, data.target, { ...grid, tolerance: FINE, iterations: 100_000 })
      const alphas = [...fine.alphas]
      const some = [...sampled(alphas)]
      const least = objectives(data, some, sampledRows(fine.coefs, cols))
      const mean = data.target.reduce((sum, y) => sum + y, 0) / rows
      const square = data.target.reduce((sum, y) => sum + (y - mean) ** 2, 0) / rows
      const validate = (contestant, coefs) => {
        const found = objectives(data, some, sampledRows(coefs, cols))
        const worst = Math.max(...found.map((value, n) => (value - least[n]) / square))
        if (!(worst < SLACK)) throw new Error(`${contestant.name}: an objective is ${worst} above the least.`)
        return { found: `gap ${Math.max(worst, 0).toExponential(1)}` }
      }
      const ours = kindred({
        configurations: threadCounts.map((threads) => ({ threads })),
        run: () => lassoPath(data.matrix, data.target, { alphas, tolerance: TOLERANCE }),
        read: ({ coefs }) => coefs,
      })
      const rivals = []
      if (!rival.missing) {
        const [x, y] = ['x', 'y'].map((file) => join(folder, file))
        writeFileSync(x, data.matrix.data)
        writeFileSync(y, data.target)
        await rival.ask('data', { x, y, rows, cols })
        const kinds = [32, 64].flatMap((bits) =>
          (one.gramOnly ? [true] : [true, false]).map((precompute) => ({ bits, precompute })),
        )
        rivals.push(
          remote({
            name: 'scikit-learn',
            version: rival.versions['scikit-learn'],
            configurations: threadCounts.flatMap((threads) => kinds.map((kind) => ({ threads, ...kind }))),
            ask: rival.ask,
            request: { alphas, tolerance: TOLERANCE, out: join(folder, 'coefs') },
            read: ({ out }) => readAs(Float64Array, out),
          }),
        )
      }
      contests.push(...(await compete({ name, ours, rivals, validate, usualRounds: 3, log: say, ...settings })))
    }
    const text = `Objectives are within ${SLACK} of the target's mean square of those of a path with a tolerance of ${FINE}. kindred's time has centring and transposing in it.`
    return { versions: rival.versions, tables: [{ text, contests }] }
  } finally {
    if (!rival.missing) rival.end()
    rmSync(folder, { recursive: true })
  }
}
