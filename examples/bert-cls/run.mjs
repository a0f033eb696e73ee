// BERT fine-tuned three times: three classes, two classes, seven BIO tags. npm run examples, or
//   node examples/bert-cls/run.mjs [three] [two] [tags]
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TextClassifier, TokenClassifier } from 'kindred'
import { exampleEncoder } from './encoder.mjs'
import { realClicks, realNews } from './real-data.mjs'
import { clicks, news, opinions } from './texts.mjs'

const work = mkdtempSync(join(tmpdir(), 'kindred-bert-cls-'))
const encoder = await exampleEncoder(work)

/** The settings of the source documents; AdamW is the optimiser of every fit. */
const settings = { epochs: 5, batchSize: 16, learningRate: encoder.learningRate, maxTokens: 128, seed: 1 }

const column = (rows, name) => rows.map((row) => row[name])
const texts = (rows) => [column(rows, 'text'), column(rows, 'label')]

function printEpochs({ history }, describe) {
  for (const { epoch, loss, validation } of history)
    console.log(`epoch ${epoch}  loss ${loss.toFixed(3)}  validation ${describe(validation)}`)
}

async function classify(title, labels, { train, validation, test }, print) {
  console.log(`\n${title}: ${train.length} texts, validation ${validation.length}, test ${test.length}`)
  const classifier = await TextClassifier.load(encoder.folder, { labels, seed: 1 })
  const [heldOut, truth] = texts(validation)
  await classifier.fit(...texts(train), { ...settings, validation: { texts: heldOut, labels: truth } })
  printEpochs(classifier, ({ accuracy }) => `accuracy ${accuracy.toFixed(3)}`)
  const report = await classifier.evaluate(...texts(test))
  print(report)
  classifier.dispose()
  return report.accuracy
}

const tasks = {
  three: () =>
    classify('Three classes', ['negative', 'neutral', 'positive'], opinions(), (report) =>
      console.log(`test\n${report}`),
    ),

  // Good is 0 and bad 1, in the order of the labels.
  two: async () => {
    const data = (encoder.isReal && (await realClicks())) || clicks()
    const print = ({ accuracy }) => console.log(`test  accuracy ${accuracy.toFixed(3)}`)
    return classify('Two classes (good 0, bad 1)', ['good', 'bad'], data, print)
  },

  tags: async () => {
    const data = (encoder.isReal && (await realNews())) || news()
    const { train, validation, test } = data
    const types = [...new Set(column(train, 'tags').flat())].filter((tag) => tag.startsWith('B-')).sort()
    const labels = ['O', ...types.flatMap((tag) => [tag, tag.replace('B-', 'I-')])]
    console.log(
      `\nSeven tags (${labels.join(', ')}): ${train.length} sentences, validation ${validation.length}, test ${test.length}`,
    )
    const tagger = await TokenClassifier.load(encoder.folder, { labels, seed: 1 })
    const [sentences, tags] = [column(validation, 'words'), column(validation, 'tags')]
    await tagger.fit(column(train, 'words'), column(train, 'tags'), { ...settings, validation: { sentences, tags } })
    printEpochs(tagger, ({ f1 }) => `entity F1 ${f1.toFixed(3)}`)
    const report = await tagger.evaluate(column(test, 'words'), column(test, 'tags'))
    console.log(`test\n${report}`)
    tagger.dispose()
    return report.f1
  },
}

console.log(
  encoder.isReal
    ? `Encoder: ${encoder.folder}, learning rate ${encoder.learningRate}.`
    : `Encoder: 2 layers of 64 dimensions with RANDOM weights, learning rate ${encoder.learningRate}; texts from templates. It shows the way, not what BERT can do: KINDRED_ENCODER names a folder of real weights.`,
)
try {
  const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(tasks)
  for (const name of chosen) {
    if (!Object.hasOwn(tasks, name)) throw new Error(`expected ${Object.keys(tasks).join(', ')} but received ${name}`)
    const figure = await tasks[name]()
    // The rule behind the templates is clear: a fit that does not find it is broken.
    if (!encoder.isReal && !(figure > 0.8)) throw new Error(`${name}: ${figure} on the test is no more than a guess`)
  }
} finally {
  rmSync(work, { recursive: true, force: true })
}
