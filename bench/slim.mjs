// SLIM.fit on a sparse log of many items: seconds of processor time, on all threads together. Each fit is held to the
// conditions of its minimum (Karush, Kuhn, Tucker) at a sample of items, from the log itself and in double.
import { Interactions, SLIM } from '../dist/index.mjs'
import { sample } from './harness/neighbors.mjs'
import { powerLawLog, rowsOf } from './harness/power-law-log.mjs'

export const summary = 'SLIM.fit on a sparse log of 17,000 items'

const LARGE = { users: 50_000, items: 17_000, nonzeros: 1_500_000 }
const SMALL = { users: 3000, items: 1500, nonzeros: 80_000 }
/** Strength of both penalties; the first is the default. */
const ALPHAS = [0.1, 0.02, 0.004]
const SAMPLED = 20

/** The weights that make up the score of an item: items' rows -> weights, from scores of histories of one item. */
async function weightsTo(model, item) {
  const weights = new Map()
  for (const source of model.items) {
    if (source === item) continue
    const [entry] = await model.recommendFor([{ item: source }], { candidates: [item] })
    if (entry.score > 0) weights.set(model.items.indexOf(source), entry.score)
  }
  return weights
}

/**
 * The largest step that any one weight of an item would still take, over the largest weight.
 * @param byUser the log [users, items], weights of 1
 */
function largestStep(byUser, byItem, item, weights, { l1, l2 }) {
  const gradients = new Float64Array(byItem.rows)
  for (let user = 0; user < byUser.rows; user++) {
    const row = byUser.indices.subarray(byUser.indptr[user], byUser.indptr[user + 1])
    let residual = row.includes(item) ? 1 : 0
    for (const other of row) residual -= weights.get(other) ?? 0
    if (residual !== 0) for (const other of row) gradients[other] += residual
  }
  let largest = 0
  for (const [other, gradient] of gradients.entries()) {
    if (other === item) continue
    const size = byItem.indptr[other + 1] - byItem.indptr[other]
    const before = weights.get(other) ?? 0
    const after = Math.max((gradient + size * before - l1) / (size + l2), 0)
    largest = Math.max(largest, Math.abs(after - before))
  }
  return largest / Math.max(...weights.values(), Number.MIN_VALUE)
}

export async function run({ small, log: say }) {
  const made = powerLawLog(small ? SMALL : LARGE)
  const log = Interactions.from(rowsOf(made))
  const [byUser, byItem] = [await log.byUser(), await log.byItem()]
  const data = []
  for (const alpha of ALPHAS) {
    const began = process.cpuUsage()
    const start = performance.now()
    const model = await new SLIM({ alpha, neighbors: log.items.size }).fit(log)
    const wall = (performance.now() - start) / 1000
    const { user, system } = process.cpuUsage(began)
    const { l1Ratio } = model.options
    const penalties = { l1: alpha * l1Ratio * byUser.rows, l2: alpha * (1 - l1Ratio) * byUser.rows }
    let step = 0
    for (const row of sample(log.items.size, small ? SAMPLED : 3)) {
      const weights = await weightsTo(model, log.items.idAt(row))
      if (weights.size > 0) step = Math.max(step, largestStep(byUser, byItem, row, weights, penalties))
    }
    data.push({ alpha, seconds: (user + system) / 1e6, wall, notConverged: model.notConverged, step })
    say(`alpha ${alpha}: ${data.at(-1).seconds.toFixed(1)} s, wall ${wall.toFixed(1)} s`)
  }
  const columns = [
    'alpha',
    'processor time, s',
    'elapsed, s',
    'items not converged',
    'largest step left, of the largest weight',
  ]
  const rows = data.map(({ alpha, seconds, wall, notConverged, step }) => [
    alpha,
    seconds.toFixed(1),
    wall.toFixed(1),
    notConverged,
    step.toExponential(1),
  ])
  const text = `A power-law log (bench/harness/power-law-log.mjs): ${made.users} users, ${log.items.size} items, ${made.size} interactions.`
  return { data, tables: [{ text, columns, rows }] }
}
