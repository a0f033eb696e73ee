// A news site: texts as features of models that tell who clicks on what, before and after an encoder is tuned on clicks. What is
// printed is described in README.md; a check that fails ends it with an error.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exampleEncoder } from '../bert-cls/encoder.mjs'
import { printTable, section } from '../shop-features/print.mjs'
import { randomOf } from '../shop-features/random.mjs'
import { judge } from './judge.mjs'
import { newsOf, vocabulary } from './news.mjs'
import { histories, rowsOf } from './rows.mjs'
import { clickedPairs, plainVectors, tunedVectors } from './texts.mjs'

const seed = Number(process.env.NEWS_SEED ?? 1)
/** Passes over the pairs: random weights have all to learn. */
const EPOCHS = { real: 3, random: 10 }
const started = performance.now()
const work = mkdtempSync(join(tmpdir(), 'kindred-news-'))

function check(holds, what) {
  if (!holds) throw new Error(`Expected that ${what}.`)
}

/** A table with a row for each model. */
function print(all, figure, digits) {
  printTable(
    Object.keys(Object.values(all)[0]).map((model) => ({
      model,
      ...Object.fromEntries(Object.entries(all).map(([text, by]) => [text, by[model][figure].toFixed(digits)])),
    })),
  )
}

const meanOf = (by, figure) => Object.values(by).reduce((sum, one) => sum + one[figure], 0) / Object.keys(by).length

try {
  section('1  What was shown')
  const news = newsOf(seed)
  const { articles, shown } = news
  const past = histories(shown)
  const clicks = shown.reduce((sum, { click }) => sum + click, 0)
  const cuts = [0.4, 0.7, 0.8].map((share) => Math.floor(share * shown.length))
  const known = new Set(shown.slice(0, cuts[1]).map(({ item }) => item))
  const fresh = shown.slice(cuts[2]).filter(({ item }) => !known.has(item)).length / (shown.length - cuts[2])
  console.log(
    `${shown.length} rows, ${articles.length} articles, ${Math.round((100 * clicks) / shown.length)} % clicked; for example`,
  )
  for (const { title, topic } of articles.slice(0, 3)) console.log(`  "${title}" (${topic}, which no model is told)`)
  console.log(
    `Texts are learnt from the first 70 % by time, models from 40 to 70 %, judged on the last 20 %, ${Math.round(100 * fresh)} % of them of articles`,
  )
  console.log('that came later: only their texts tell what they are.')

  section('2  Texts as numbers')
  const titles = articles.map(({ title }) => title)
  const trained = articles.filter(({ id }) => known.has(id)).map(({ title }) => title)
  const plain = await plainVectors(titles, trained)
  const { folder, isReal, learningRate } = await exampleEncoder(work, vocabulary())
  console.log(
    isReal
      ? `BERT: ${folder}`
      : 'BERT: a small one of two layers and RANDOM weights, since there are no real ones here;',
  )
  if (!isReal)
    console.log(
      'set KINDRED_REAL or KINDRED_ENCODER for real weights. The bundled encoder is none of BERT: a static one.',
    )
  const epochs = isReal ? EPOCHS.real : EPOCHS.random
  const early = { articles, shown: shown.slice(0, cuts[0]) }
  const pairs = clickedPairs(early, past, 2000, randomOf(seed))
  const { before, after } = await tunedVectors(folder, join(work, 'tuned'), titles, pairs, {
    epochs,
    batchSize: 64,
    maxTokens: 24,
    learningRate,
  })
  console.log(
    `Tuned for ${epochs} epochs on ${pairs.length} pairs of titles that one reader clicked, the others of a batch as negatives.`,
  )

  section('3  Who clicks')
  const all = {}
  const texts = { 'no text': undefined, ...plain, BERT: before, 'BERT tuned on clicks': after }
  for (const [name, vectors] of Object.entries(texts)) all[name] = await judge(await rowsOf(news, past, vectors), cuts)
  for (const [title, figure, digits] of [
    ['AUC', 'auc', 3],
    ['Log loss', 'logLoss', 4],
    ['Accuracy', 'accuracy', 3],
  ]) {
    console.log(`\n${title}`)
    print(all, figure, digits)
  }

  section('4  What the trees ask')
  const { importance } = all['BERT tuned on clicks'].GradientBoostedTrees
  printTable(importance.map(({ field, gain, splits }) => ({ field, gain, splits })))

  section('5  Before and after')
  const tuned = all['BERT tuned on clicks']
  for (const figure of ['auc', 'logLoss', 'accuracy'])
    console.log(
      `mean ${figure} of the models: ${meanOf(all.BERT, figure).toFixed(4)} -> ${meanOf(tuned, figure).toFixed(4)}`,
    )

  check(fresh > 0.3, 'many of the articles judged on are new')
  for (const name of ['TF-IDF', 'Word2Vec', 'bundled encoder'])
    check(meanOf(all[name], 'auc') > meanOf(all['no text'], 'auc') + 0.03, `${name} beats what is known without texts`)
  check(meanOf(tuned, 'auc') > meanOf(all.BERT, 'auc'), 'tuning on clicks raises the AUC')
  check(meanOf(tuned, 'logLoss') < meanOf(all.BERT, 'logLoss'), 'tuning on clicks lowers the log loss')
  console.log(`\nDone in ${((performance.now() - started) / 1000).toFixed(0)} s.`)
} finally {
  rmSync(work, { recursive: true, force: true })
}
