// An iteration of ALS and an epoch of BPR on a power-law log of MovieLens-20M's shape, beside implicit's. ALS starts from
// the same factors on both sides; the loss after `iterations` of them is told and compared before anything is timed.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BayesianPersonalizedRanking, Interactions, Matrix } from '../dist/index.mjs'
import alsOptions from '../dist/models/als/als-options.js'
import alsTrain from '../dist/models/als/als-train.js'
import sgd from '../dist/models/sgd/sgd-factors.js'
import native from '../dist/native/addon.js'
import { compete } from './harness/compete.mjs'
import { kindred, remote } from './harness/contestant.mjs'
import { aucValidator, lossValidator } from './harness/factors.mjs'
import { ML20M, powerLawLog, rowsOf } from './harness/power-law-log.mjs'
import { FREE_BLAS, startPython } from './harness/python.mjs'
import { uniform } from './harness/random.mjs'
import { readAs } from './harness/raw-file.mjs'

export const summary = 'an iteration of ALS and an epoch of BPR beside implicit'

const ALS = { regularization: 10, alpha: 5, cgSteps: 3 }
const BPR_EPOCHS = 5
/** Of exact solvers the losses agree to rounding; conjugate gradients that differ may end at most so much worse. */
const SLACK = { cg: 0.01, cholesky: 0.001 }
/** With fewer steps than implicit's, which its coordinates allow, kindred's loss may not end worse at all. */
const FEWER_STEPS = 2

const LARGE = [
  {
    shape: ML20M,
    als: [
      { solver: 'cg', factors: 64, iterations: 3 },
      { solver: 'cg', factors: 128, iterations: 3 },
      { solver: 'cg', factors: 512, iterations: 1, usualRounds: 3 },
      { solver: 'cg', factors: 512, iterations: 1, usualRounds: 3, cgSteps: FEWER_STEPS },
    ],
    bpr: 128,
  },
  {
    shape: { users: 60_000, items: 20_000, nonzeros: 3_600_000 },
    als: [{ solver: 'cholesky', factors: 128, iterations: 1, usualRounds: 3 }],
  },
]
const SMALL = [
  {
    shape: { users: 6000, items: 2000, nonzeros: 300_000 },
    als: [
      { solver: 'cg', factors: 64, iterations: 3 },
      { solver: 'cg', factors: 128, iterations: 3 },
      { solver: 'cg', factors: 512, iterations: 1 },
      { solver: 'cg', factors: 512, iterations: 1, cgSteps: FEWER_STEPS },
    ],
    bpr: 128,
  },
  { shape: { users: 2000, items: 700, nonzeros: 60_000 }, als: [{ solver: 'cholesky', factors: 128, iterations: 1 }] },
]

const factorsFrom = (rows, factors, seed) =>
  new Matrix(
    rows,
    factors,
    uniform(rows * factors, seed).map((x) => 0.01 * x),
  )

const readFactors = (out, cols) => {
  const [x, y] = ['x', 'y'].map((side) => readAs(Float32Array, `${out}.${side}`))
  return { X: new Matrix(x.length / cols, cols, x), Y: new Matrix(y.length / cols, cols, y) }
}

/** One contest of ALS. `usualRounds` are fewer where an iteration takes many seconds. */
async function alsContest({ byUser, byItem, rival, folder, size }, contest, { threadCounts, ...rest }) {
  const { solver, factors, iterations, usualRounds, cgSteps = ALS.cgSteps } = contest
  const fewer = cgSteps < ALS.cgSteps
  const steps = fewer ? ` in ${cgSteps} steps to implicit's ${ALS.cgSteps}` : ''
  const name = `ALS, ${solver}${steps}, ${factors} factors, ${size} interactions`
  rest.log(name)
  const settings = alsOptions.alsSettings({ ...ALS, solver, factors, cgSteps })
  const starts = [factorsFrom(byUser.rows, factors, 1), factorsFrom(byUser.cols, factors, 2)]
  let [X, Y] = starts.map(({ rows, cols, data }) => new Matrix(rows, cols, data.slice()))
  const sweep = async () => {
    await alsTrain.halfSweep(byUser, Y, await alsTrain.gram(Y), X, settings)
    await alsTrain.halfSweep(byItem, X, await alsTrain.gram(X), Y, settings)
  }
  const configurations = threadCounts.map((threads) => ({ threads }))
  const own = kindred({ configurations, run: sweep })
  const ours = {
    ...own,
    async answer(configuration) {
      ;[X, Y] = starts.map(({ rows, cols, data }) => new Matrix(rows, cols, data.slice()))
      for (let i = 0; i < iterations; i++) await own.answer(configuration)
      return { X, Y }
    },
  }
  const rivals = []
  if (!rival.missing) {
    const [x, y] = [join(folder, 'start.x'), join(folder, 'start.y')]
    writeFileSync(x, starts[0].data)
    writeFileSync(y, starts[1].data)
    await rival.ask('als', { x, y, factors, alpha: ALS.alpha })
    rivals.push(
      remote({
        name: 'implicit',
        version: rival.versions.implicit,
        configurations,
        ask: rival.ask,
        request: {
          model: 'als',
          solver,
          regularization: ALS.regularization,
          steps: ALS.cgSteps,
          iterations,
          out: join(folder, 'found'),
        },
        read: ({ out, loss }) => ({ ...readFactors(out, factors), loss }),
      }),
    )
  }
  const validate = lossValidator({ byUser, settings, slack: fewer ? 0 : SLACK[solver] })
  return compete({ name: `${name}; loss after ${iterations}`, ours, rivals, validate, usualRounds, ...rest })
}

/**
 * An epoch of BPR takes as many samples as there are interactions, on both sides, and draws negatives by their popularity:
 * implicit takes them from the interactions.
 */
async function bprContest({ byUser, rival, folder, size }, factors, { threadCounts, ...rest }) {
  const name = `BPR, ${factors} factors, ${size} interactions; AUC after ${BPR_EPOCHS}`
  rest.log(name)
  const { options } = new BayesianPersonalizedRanking({ factors, learningRate: 0.05, regularization: 0.01, seed: 1 })
  const kernelOptions = { ...sgd.kernelOptions(options), popularNegatives: true }
  let found = await sgd.startFactors(byUser.rows, byUser.cols, options)
  let epoch = 0
  const run = () => native.addon().bprEpoch(byUser, found, { ...kernelOptions, epoch: ++epoch })
  const configurations = threadCounts.map((threads) => ({ threads }))
  const own = kindred({ configurations, run })
  const ours = {
    ...own,
    async answer(configuration) {
      found = await sgd.startFactors(byUser.rows, byUser.cols, options)
      epoch = 0
      for (let i = 0; i < BPR_EPOCHS; i++) await own.answer(configuration)
      const { X, Y, userBias, itemBias } = found
      return {
        X: await sgd.withColumns(X, factors, [() => 1, (row) => userBias[row]]),
        Y: await sgd.withColumns(Y, factors, [(row) => itemBias[row], () => 1]),
      }
    },
  }
  const rivals = rival.missing
    ? []
    : [
        remote({
          name: 'implicit',
          version: rival.versions.implicit,
          configurations,
          ask: rival.ask,
          request: { model: 'bpr', factors, iterations: BPR_EPOCHS, out: join(folder, 'found') },
          read: ({ out }) => ({ ...readFactors(out, factors + 1), theirs: true }),
        }),
      ]
  const amount = { count: size, unit: 'samples' }
  return compete({ name, ours, rivals, validate: aucValidator(byUser), amount, ...rest })
}

export async function run({ small, python, notices, ...settings }) {
  const folder = mkdtempSync(join(tmpdir(), 'kindred-bench-'))
  const rival = await startPython(python, 'factorization.py', FREE_BLAS)
  if (rival.missing) notices.push(`implicit: not here: ${rival.missing}`)
  const tables = []
  try {
    for (const { shape, als, bpr } of small ? SMALL : LARGE) {
      const log = Interactions.from(rowsOf(powerLawLog(shape)))
      const [byUser, byItem] = [await log.byUser(), await log.byItem()]
      if (!rival.missing) {
        const [indptr, indices] = [join(folder, 'indptr'), join(folder, 'indices')]
        writeFileSync(indptr, byUser.indptr)
        writeFileSync(indices, byUser.indices)
        await rival.ask('log', { indptr, indices, users: byUser.rows, items: byUser.cols })
      }
      const data = { byUser, byItem, rival, folder, size: log.size }
      const contests = []
      for (const one of als) contests.push(...(await alsContest(data, one, settings)))
      if (bpr) contests.push(...(await bprContest(data, bpr, settings)))
      const text = `A power-law log (bench/harness/power-law-log.mjs): ${byUser.rows} users, ${byUser.cols} items, ${log.size} interactions. A call is one iteration, of users and items, or one epoch.`
      tables.push({ text, contests })
    }
    return { versions: rival.versions, tables }
  } finally {
    if (!rival.missing) rival.end()
    rmSync(folder, { recursive: true })
  }
}
