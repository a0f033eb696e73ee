// How the default number of neighbours was chosen: each user's last interaction but one is held out, the last is never
// read. Sets from dense to sparse: MovieLens-1M, Amazon Video Games, and simulated logs between. The data: ncf-ml-1m/ and
// video-sasrec/ under $KINDRED_REAL/data; without them the simulated logs alone. Arguments: the names of models; by default
// all.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { evaluateSampled, Interactions, ItemKNN, P3alpha, RP3beta, UserKNN } from '../dist/index.mjs'
import { ncfMissing, ncfTrain } from './harness/ncf.mjs'
import { powerLawLog, rowsOf } from './harness/power-law-log.mjs'
import { generator } from './harness/random.mjs'
import { real } from './harness/real.mjs'

export const summary = 'the number of neighbours on dense and sparse logs: HR@10 on a validation split'

const NEIGHBORS = [50, 100, 200, 500, 1000]
/** Users whose held-out interaction is ranked. */
const RANKED = 2000

const MODELS = [
  [ItemKNN, {}],
  [ItemKNN, { normalize: true }],
  [ItemKNN, { shrinkage: 20 }],
  [UserKNN, {}],
  [UserKNN, { neighborhood: 'reverse' }],
  [P3alpha, {}],
  [RP3beta, {}],
]

function videoGames() {
  const lines = readFileSync(join(real, 'data/video-sasrec/Video.txt'), 'utf8').trim().split('\n')
  return Interactions.from(
    lines.map((line, time) => {
      const [user, item] = line.split(' ').map(Number)
      return { user, item, time }
    }),
  )
}

const simulated = (shape) => Interactions.from(rowsOf(powerLawLog(shape)))

/** Name and log of each set, dense first. */
function sets(small) {
  const found = []
  if (!small && !ncfMissing()) found.push(['MovieLens-1M', ncfTrain()])
  const size = small ? 1000 : 8000
  found.push(['simulated, dense', simulated({ users: size, items: size / 4, nonzeros: size * 60 })])
  found.push(['simulated, sparse', simulated({ users: size, items: size * 2, nonzeros: size * 15 })])
  if (!small && existsSync(join(real, 'data/video-sasrec/Video.txt'))) found.push(['Amazon Video Games', videoGames()])
  return found
}

/** A part of the users, the same at every run. */
function someOf(test) {
  const next = generator(1)
  const share = RANKED / test.users.size
  const chosen = new Set([...test.users].filter(() => next() < share))
  return test.filter(({ user }) => chosen.has(user))
}

const optionsText = (options) =>
  Object.entries(options)
    .map(([name, value]) => `, ${name} ${value}`)
    .join('')

export async function run({ small, log: say, arguments: names }) {
  const data = []
  for (const [set, whole] of sets(small)) {
    const { train, test } = whole.split({ by: 'leave-last-out' }).train.split({ by: 'leave-last-out' })
    const ranked = someOf(test)
    const density = train.size / (train.users.size * train.items.size)
    for (const [Model, options] of MODELS.filter(([{ name }]) => names.length === 0 || names.includes(name))) {
      say(`${set}: ${Model.name}${optionsText(options)}`)
      const hitRates = []
      for (const neighbors of NEIGHBORS) {
        const model = await new Model({ ...options, neighbors }).fit(train)
        const figures = await evaluateSampled(model, ranked, { negatives: 100, k: 10, resamples: 2, seed: 1 })
        hitRates.push(figures['sampled hitRate@10'].value)
      }
      data.push({ set, density, model: Model.name, options, hitRates })
    }
  }
  const columns = ['set', 'density', 'model', ...NEIGHBORS.map((count) => `${count}`)]
  const rows = data.map(({ set, density, model, options, hitRates }) => [
    set,
    `${(100 * density).toPrecision(2)} %`,
    `${model}${optionsText(options)}`,
    ...hitRates.map((value) => value.toFixed(4)),
  ])
  const text = `HR@10 among 100 random negatives, by number of neighbours; about ${RANKED} users of each set.`
  return { data, tables: [{ text, columns, rows }] }
}
