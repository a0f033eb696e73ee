// Lists of films that continue what somebody has watched, by an LSTM that learns against a discriminator (SeqGAN).
//   node examples/seqgan-movies/run.mjs          npm run examples runs it too
//   KINDRED_REAL=FOLDER node examples/seqgan-movies/run.mjs       on MovieLens-1M
// It ends with an error where a list has a film that it must not have, or, with simulated viewers, where the lists are no truer
// after learning against the discriminator than before.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Interactions, loadModel, SeqGAN } from 'kindred'
import { goesOn, watch } from './cinema.mjs'
import { realFilms } from './real-data.mjs'

const LENGTH = 8
const problems = []
const real = await realFilms()
const { rows, titleOf = (film) => film } = real ?? { rows: watch() }

console.log(`1. ${rows.length} films watched${real ? '' : ', by simulated viewers'}`)
// The last films of each viewer are held out: a list is to continue what came before them.
const histories = new Map(rows.map(({ user }) => [user, []]))
for (const row of rows) histories.get(row.user).push(row)
for (const history of histories.values()) history.sort((a, b) => a.time - b.time)
const long = [...histories].filter(([, history]) => history.length >= 2 * LENGTH + 1)
const held = new Map(long.map(([user, history]) => [user, history.slice(-LENGTH)]))
const train = [...histories].flatMap(([user, history]) => (held.has(user) ? history.slice(0, -LENGTH) : history))
const log = Interactions.from(train)
console.log(
  `${log.users.size} viewers, ${log.items.size} films; the last ${LENGTH} films of ${held.size} are held out.`,
)

console.log('\n2. The generator learns by maximum likelihood, then against the discriminator')
const options = {
  length: LENGTH,
  context: 8,
  dims: 32,
  hidden: real ? 64 : 32,
  pretrainEpochs: real ? 6 : 2,
  batchSize: real ? 64 : 16,
  discriminatorEpochs: real ? 1 : 10,
  discriminatorLearningRate: 0.003,
  widths: 3,
  seed: 1,
}
const folder = mkdtempSync(join(tmpdir(), 'kindred-seqgan-movies-'))
const told = new Set()
/** Both fits share a checkpoint, so that the second one takes its first parts from there. */
const fit = (adversarialSteps) =>
  new SeqGAN({ ...options, adversarialSteps }).fit(log, {
    checkpoint: join(folder, 'checkpoint'),
    onProgress: ({ phase, done, total }) => {
      if (told.has(phase)) return
      told.add(phase)
      console.log(`  ${phase}, from step ${done} of ${total}`)
    },
  })
const likelihood = await fit(0)
const adversarial = await fit(real ? 30 : 40)

console.log('\n3. Lists that continue what viewers had watched')
const some = [...held.keys()].slice(0, 200)
/** What lists are like: how many neighbours go on from each other, how many of the held-out films they have. */
async function judge(name, listOf) {
  let [neighbours, on, hits] = [0, 0, 0]
  const films = new Set()
  for (const user of some) {
    const list = await listOf(user)
    const next = new Set(held.get(user).map(({ item }) => item))
    for (const [n, film] of list.entries()) {
      films.add(film)
      if (next.has(film)) hits++
      if (n > 0) neighbours++
      if (n > 0 && !real && goesOn(list[n - 1], film)) on++
    }
  }
  const share = on / neighbours
  const parts = [
    real ? undefined : `${(100 * share).toFixed(0)} % go on`,
    `${(hits / some.length).toFixed(2)} held-out films a list`,
  ]
  console.log(`  ${name.padEnd(26)} ${[...parts, `${films.size} different films`].filter(Boolean).join(', ')}`)
  return { share }
}

/** One list that a model draws for a viewer, checked. */
async function drawn(model, user) {
  const history = histories.get(user).slice(0, -LENGTH)
  const known = history.filter(({ item }) => model.items.has(item))
  const [{ items }] = await model.generate(known, { seed: 1 })
  const seen = new Set(history.map(({ item }) => item))
  if (new Set(items).size < LENGTH) problems.push(`a list of viewer ${user} has a film twice`)
  if (items.some((film) => seen.has(film))) problems.push(`a list of viewer ${user} has a film of the history`)
  if (items.some((film) => !log.items.has(film))) problems.push(`a list of viewer ${user} has a film that is none`)
  return items
}
await judge('true lists', (user) => held.get(user).map(({ item }) => item))
const before = await judge('by maximum likelihood', (user) => drawn(likelihood, user))
const after = await judge('against the discriminator', (user) => drawn(adversarial, user))
await judge('ranked, not drawn', async (user) =>
  (await adversarial.recommend(user, { k: LENGTH })).map(({ item }) => item),
)
if (!real && after.share <= before.share)
  problems.push('lists are no truer after learning against the discriminator than before')

console.log('\n4. One viewer')
const [user] = some
const history = histories.get(user).slice(0, -LENGTH)
console.log(
  `  watched last: ${history
    .slice(-4)
    .map(({ item }) => titleOf(item))
    .join(', ')}`,
)
const known = history.filter(({ item }) => adversarial.items.has(item))
for (const { items, score } of await adversarial.generate(known, { count: 3, seed: 2 }))
  console.log(`  ${score.toFixed(2)}: ${items.map(titleOf).join(', ')}`)

await adversarial.save(join(folder, 'model'))
const again = await loadModel(join(folder, 'model'))
const [same, other] = await Promise.all([adversarial, again].map((model) => model.generate(known, { seed: 2 })))
if (JSON.stringify(same) !== JSON.stringify(other)) problems.push('a loaded model draws other lists')
rmSync(folder, { recursive: true })

for (const problem of new Set(problems)) console.error(`PROBLEM: ${problem}`)
if (problems.length > 0) process.exitCode = 1
