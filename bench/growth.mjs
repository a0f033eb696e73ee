// How the time of learning grows with the rows of sparse data: N users with three items each, of N items. Lists of
// neighbours and weights need time in proportion to N there. Median of `rounds` (3), after a fit of few rows to warm up. Argument: the folder of
// another build of kindred, measured in turn with this one.
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { generator } from './harness/random.mjs'
import { median } from './harness/statistics.mjs'

export const summary = 'time a row of neighbourhood models, from 100,000 to 800,000 rows of three ids'

const SIZES = [100_000, 200_000, 400_000, 800_000]
const SMALL_SIZES = [5000, 10_000]
const IDS = 3
const NEIGHBORS = 20

/** Name, model, weights from 1 to this, and the part of the sizes. */
const MODELS = [
  ['ItemKNN.fit', ({ ItemKNN }) => new ItemKNN({ neighbors: NEIGHBORS }), 1, 1],
  ['ItemKNN.fit, weights 1 to 5', ({ ItemKNN }) => new ItemKNN({ neighbors: NEIGHBORS }), 5, 1],
  ['UserKNN.fit', ({ UserKNN }) => new UserKNN({ neighbors: NEIGHBORS }), 1, 1],
  ['P3alpha.fit', ({ P3alpha }) => new P3alpha({ neighbors: NEIGHBORS }), 1, 1],
  ['SLIM.fit', ({ SLIM }) => new SLIM({ alpha: 1e-6, neighbors: NEIGHBORS }), 1, 1 / 8],
]

/** Rows of a log, each pair once, with weights of 1 to `weights`. */
function* sparseRows(count, weights) {
  const next = generator(1)
  for (let user = 0; user < count; user++) {
    const items = new Set()
    while (items.size < IDS) items.add(Math.floor(next() * count))
    for (const item of items) yield { user, item, weight: 1 + Math.floor(next() * weights) }
  }
}

async function buildAt(folder) {
  const { default: ofCommonJs, ...named } = await import(pathToFileURL(join(resolve(folder), 'dist/index.mjs')).href)
  return { ...ofCommonJs, ...named }
}

/** Seconds of fit by each build, in turn. */
async function secondsOf(builds, make, count, weights, rounds) {
  const logs = builds.map(({ Interactions }) => Interactions.from(sparseRows(count, weights)))
  const seconds = builds.map(() => [])
  for (let round = 0; round < rounds; round++)
    for (const [b, build] of builds.entries()) {
      const start = performance.now()
      await make(build).fit(logs[b])
      seconds[b].push((performance.now() - start) / 1000)
    }
  return seconds.map(median)
}

const figures = (seconds, count) => [seconds.toPrecision(3), ((1e6 * seconds) / count).toPrecision(3)]

export async function run({ small, rounds = 3, log: say, arguments: [other] }) {
  const builds = [await buildAt(join(import.meta.dirname, '..'))]
  if (other !== undefined) builds.push(await buildAt(other))
  for (const [, make, weights] of MODELS) await secondsOf(builds, make, 1000, weights, 1)
  const rows = []
  for (const [name, make, weights, part] of MODELS)
    for (const size of small ? SMALL_SIZES : SIZES) {
      const count = size * part
      say(`${name}, ${count} rows`)
      const seconds = await secondsOf(builds, make, count, weights, rounds)
      rows.push([name, count.toLocaleString('en'), ...seconds.flatMap((one) => figures(one, count))])
    }
  const columns = ['call', 'rows', 's', 'µs a row', ...(other === undefined ? [] : [`s, ${other}`, 'µs a row'])]
  const text = `N users with ${IDS} of N items each, drawn with equal chances; ${NEIGHBORS} neighbours.`
  return { tables: [{ text, columns, rows }] }
}
