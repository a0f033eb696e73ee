// The loss of ALS after every sweep, from kindred's start and from implicit's (uniform numbers up to 0.01 on both sides),
// with the same sweeps of the same objective. The data: ml-1m-sasrec/ and video-sasrec/ under $KINDRED_REAL/data, and a
// simulated log.
import { AlternatingLeastSquares, Matrix } from '../dist/index.mjs'
import alsTrain from '../dist/models/als/als-train.js'
import native from '../dist/native/addon.js'
import { alsLogs, logOf, shapeText, WEIGHTS } from './harness/als-logs.mjs'
import { uniform } from './harness/random.mjs'

export const summary = "the loss of ALS after every sweep, from kindred's start and from implicit's"

const SWEEPS = 15
const SHOWN = [1, 2, 5, 15]
const SETTINGS = [
  { alpha: 40, regularization: 10 },
  { alpha: 1, unobservedWeight: 0.1, regularization: 0.005, regularizationExponent: 1 },
  {},
]

async function lossesFromImplicit(log, settings) {
  const [byUser, byItem] = [await log.byUser(), await log.byItem()]
  const [X, Y] = [byUser, byItem].map(({ rows }, side) => {
    const start = uniform(rows * settings.factors, side + 1).map((x) => 0.005 * (x + 1))
    return new Matrix(rows, settings.factors, start)
  })
  const losses = []
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    await alsTrain.halfSweep(byUser, Y, await alsTrain.gram(Y), X, settings)
    await alsTrain.halfSweep(byItem, X, await alsTrain.gram(X), Y, settings)
    losses.push(await native.addon().alsLoss(byUser, X, Y, settings))
  }
  return losses
}

const optionsText = (options) =>
  Object.entries(options)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ') || 'the defaults'

const short = (loss) => loss.toPrecision(5).replace('e+', 'e')

export async function run({ small, log: tell, notices }) {
  const { logs, missing } = alsLogs(small)
  notices.push(...missing)
  const factors = small ? 16 : 64
  const [tables, data] = [[], []]
  for (const [name, rows] of logs) {
    const log = logOf(rows)
    const found = []
    for (const [weights, weigh] of Object.entries(WEIGHTS)) {
      const weighed = weigh(log)
      for (const options of SETTINGS) {
        tell(`${name}, weights ${weights}, ${optionsText(options)}`)
        const als = new AlternatingLeastSquares({ ...options, factors, iterations: SWEEPS, trackLoss: true, seed: 1 })
        const model = await als.fit(weighed)
        const ours = model.losses
        const theirs = await lossesFromImplicit(weighed, { ...model.options, ...model.parameters })
        const atMost = ours.filter((loss, sweep) => loss <= theirs[sweep]).length
        data.push({ name, weights, options, factors, ours, theirs, atMost })
        found.push([weights, options, ours, theirs, atMost])
      }
    }
    tables.push({
      text: `${name}: ${shapeText(log)}; ${factors} factors, seed 1. Losses as kindred's start / implicit's.`,
      columns: ['weights', 'options', ...SHOWN.map((sweep) => `after ${sweep}`), 'sweeps at most implicit’s'],
      rows: found.map(([weights, options, ours, theirs, atMost]) => [
        weights,
        optionsText(options),
        ...SHOWN.map((sweep) => `${short(ours[sweep - 1])} / ${short(theirs[sweep - 1])}`),
        `${atMost} of ${SWEEPS}`,
      ]),
    })
  }
  return { data, tables }
}
