// GradientBoostedTrees beside scikit-learn's HistGradientBoostingClassifier and LightGBM: the same rows, trees, leaves, learning
// rate and limits; fits with their binning, and predictions of held-out rows. Held to the log loss of the others.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GradientBoostedTrees, Table } from '../dist/index.mjs'
import { compete } from './harness/compete.mjs'
import { kindred, remote } from './harness/contestant.mjs'
import { FREE_BLAS, startPython } from './harness/python.mjs'
import { generator } from './harness/random.mjs'
import { readAs } from './harness/raw-file.mjs'

export const summary = 'boosted trees beside scikit-learn and LightGBM'

/** `levels`: how many different numbers a column has; 0: as many as rows. */
const CASES = [
  { name: '28 columns of numbers', rows: 400_000, cols: 28, levels: 0, missing: 0 },
  { name: '10 columns of few numbers, a tenth missing', rows: 200_000, cols: 10, levels: 60, missing: 0.1 },
  { name: 'vectors of 256 numbers', rows: 50_000, cols: 256, levels: 0, missing: 0 },
]
const HELD_OUT = 50_000
const TREES = { trees: 100, leaves: 31, rate: 0.1, l2: 1 }
/** Log loss above the least of all contestants'. */
const SLACK = 0.003

function makeRows(count, { cols, levels, missing }, next) {
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
  const x = new Float32Array(count * cols)
  const y = new Float32Array(count)
  for (let r = 0; r < count; r++) {
    let score = 0
    for (let c = 0; c < cols; c++) {
      const value = levels > 0 ? Math.floor(next() * levels) / levels - 0.5 : normal()
      x[r * cols + c] = next() < missing ? Number.NaN : value
      if (c < 8) score += c % 2 === 0 ? value * value - 0.5 : Math.sin(3 * value) * x[r * cols]
      else if (c < 14) score += 0.4 * value
    }
    y[r] = next() < 1 / (1 + Math.exp(-(Number.isNaN(score) ? 0.3 : score))) ? 1 : 0
  }
  return { x, y }
}

const vectorTable = ({ x, y }, cols) =>
  Table.fromColumns([
    { type: 'vector', name: 'x', values: x, width: cols },
    { type: 'number', name: 'label', values: Float64Array.from(y) },
  ])

function logLoss(predicted, y) {
  let sum = 0
  for (let r = 0; r < y.length; r++) sum -= Math.log(y[r] === 1 ? predicted[r] : 1 - predicted[r])
  return sum / y.length
}

export async function run({ small, python, notices, threadCounts, log: say, ...settings }) {
  const folder = mkdtempSync(join(tmpdir(), 'kindred-bench-'))
  const started = [await startPython(python, 'trees.py', { ...FREE_BLAS, TREES_RIVAL: 'scikit-learn' })]
  started.push(await startPython(python, 'trees.py', { ...FREE_BLAS, TREES_RIVAL: 'lightgbm' }))
  const names = ['scikit-learn', 'lightgbm']
  const rivals = started.flatMap((rival, n) => {
    if (rival.missing) notices.push(`${names[n]}: not here: ${rival.missing}`)
    return rival.missing ? [] : [{ rival, name: names[n] }]
  })
  const contests = []
  try {
    for (const one of CASES) {
      const next = generator(5)
      const rows = small ? one.rows / 20 : one.rows
      const train = makeRows(rows, one, next)
      const test = makeRows(small ? HELD_OUT / 20 : HELD_OUT, one, next)
      const [table, held] = [vectorTable(train, one.cols), vectorTable(test, one.cols)]
      const [x, y, heldOut] = ['x', 'y', 'held-out'].map((file) => join(folder, file))
      writeFileSync(x, train.x)
      writeFileSync(y, train.y)
      writeFileSync(heldOut, test.x)
      for (const { rival } of rivals)
        await rival.ask('data', { x, y, held_out: heldOut, rows, cols: one.cols, held_out_rows: test.y.length })
      const options = { iterations: TREES.trees, maxLeaves: TREES.leaves, learningRate: TREES.rate, l2: TREES.l2 }
      const fit = () => new GradientBoostedTrees(options).fit(table, { label: 'label' })
      const model = await fit()
      const losses = new Map()
      const validate = (contestant, predicted) => {
        losses.set(contestant.name, logLoss(predicted, test.y))
        const least = Math.min(...losses.values())
        for (const [who, loss] of losses)
          if (!(loss < least + SLACK)) throw new Error(`${who}: a log loss of ${loss}, where another has ${least}.`)
        return { found: `log loss ${losses.get(contestant.name).toFixed(4)}` }
      }
      for (const task of ['fit', 'predict']) {
        const name = `${task}, ${one.name}, ${task === 'fit' ? rows : test.y.length} rows`
        say(name)
        const ours = kindred({
          configurations: threadCounts.map((threads) => ({ threads })),
          run: task === 'fit' ? fit : () => model.predict(held),
          read: (out) => (task === 'fit' ? out.predict(held) : out),
        })
        const others = rivals.map(({ rival, name: who }) =>
          remote({
            name: who,
            version: rival.versions[who],
            configurations: threadCounts.map((threads) => ({ threads })),
            ask: rival.ask,
            request: { ...TREES, task, out: join(folder, 'predicted') },
            read: ({ out }) => readAs(Float32Array, out),
          }),
        )
        const usualRounds = 3
        contests.push(...(await compete({ name, ours, rivals: others, validate, usualRounds, log: say, ...settings })))
      }
    }
    const text = `${TREES.trees} trees of ${TREES.leaves} leaves, learning rate ${TREES.rate}, 255 bins; log losses within ${SLACK}.`
    const versions = Object.assign({}, ...rivals.map(({ rival }) => rival.versions))
    return { versions, tables: [{ text, contests }] }
  } finally {
    for (const { rival } of rivals) rival.end()
    rmSync(folder, { recursive: true })
  }
}
