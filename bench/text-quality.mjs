// Text models trained on real data, judged on parts that they have not seen, beside PyTorch with the same weights and settings:
// sentiment (SST-2, accuracy on its development part), entities (MIT restaurant, F1), similarity (STS-B, Spearman on its test
// part). --rounds N: seeds. --small: a part of the training data. --only NAME: one of the three.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SentenceEncoder, TextClassifier, TokenClassifier } from '../dist/index.mjs'
import { startPython } from './harness/python.mjs'
import { real } from './harness/real.mjs'
import { realWeights } from './harness/real-weights.mjs'
import { spearman } from './harness/spearman.mjs'
import { spread } from './harness/statistics.mjs'

export const summary = 'text models tuned on real data, beside PyTorch: SST-2, MIT restaurant, STS-B'

const MODEL = join(real, 'models/all-MiniLM-L6-v2')
const SEEDS = 3
const lines = (path) =>
  readFileSync(join(real, 'data', path), 'utf8')
    .trim()
    .split('\n')

function sentiment(part, count) {
  const rows = lines(`sst2/${part}.tsv`)
    .slice(1)
    .map((line) => line.split('\t'))
    .slice(0, count)
  return { texts: rows.map(([text]) => text), labels: rows.map(([, label]) => label) }
}

function entities(part, count) {
  const sentences = lines(`mit-restaurant/${part}.txt`)
    .join('\n')
    .split(/\n\s*\n/)
    .slice(0, count)
  const words = sentences.map((sentence) =>
    sentence
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/)),
  )
  return {
    sentences: words.map((all) => all.map(([word]) => word)),
    tags: words.map((all) => all.map((one) => one.at(-1))),
  }
}

function similar(part, count) {
  const rows = lines(`stsb/sts-${part}.csv`)
    .map((line) => line.split('\t'))
    .slice(0, count)
  return { pairs: rows.map((row) => [row[5], row[6]]), scores: rows.map((row) => Number(row[4]) / 5) }
}

const TASKS = [
  {
    name: 'SST-2',
    measure: 'accuracy on dev',
    options: { epochs: 2, batchSize: 32, learningRate: 5e-5, maxTokens: 128, warmup: 0.06 },
    read: (count) => ({ train: sentiment('train', count), test: sentiment('dev') }),
    smaller: 3200,
    async train(folder, { train, test }, options) {
      const model = await TextClassifier.load(folder, { labels: ['0', '1'], seed: options.seed })
      await model.fit(train.texts, train.labels, options)
      const { accuracy } = await model.evaluate(test.texts, test.labels)
      model.dispose()
      return accuracy
    },
  },
  {
    name: 'MIT restaurant',
    measure: 'F1 of entities on test',
    options: { epochs: 5, batchSize: 16, learningRate: 1e-4, maxTokens: 128, warmup: 0.06 },
    read: (count) => ({ train: entities('train', count), test: entities('test') }),
    smaller: 800,
    async train(folder, { train, test }, options) {
      const labels = [...new Set(train.tags.flat())].sort()
      const model = await TokenClassifier.load(folder, { labels, seed: options.seed })
      await model.fit(train.sentences, train.tags, options)
      const { f1 } = await model.evaluate(test.sentences, test.tags)
      model.dispose()
      return f1
    },
  },
  {
    name: 'STS-B',
    measure: 'Spearman on test',
    options: { epochs: 3, batchSize: 32, learningRate: 2e-5, maxTokens: 128, warmup: 0.06 },
    read: (count) => ({ train: similar('train', count), test: similar('test') }),
    smaller: 640,
    async train(folder, { train, test }, options) {
      const model = await SentenceEncoder.load(folder, { pooling: 'mean' })
      await model.fit(train.pairs, { ...options, scores: train.scores })
      const [a, b] = [
        await model.embed(test.pairs.map(([one]) => one)),
        await model.embed(test.pairs.map(([, one]) => one)),
      ]
      const cosines = test.pairs.map((_, n) => a.row(n).reduce((sum, value, d) => sum + value * b.row(n)[d], 0))
      model.dispose()
      return spearman(cosines, test.scores)
    },
  },
]

const shown = (values) => {
  const { median, low, high } = spread(values)
  return `${median.toFixed(4)} (${low.toFixed(4)} to ${high.toFixed(4)})`
}

export async function run({ small, rounds = small ? 1 : SEEDS, only, python, notices, log: say }) {
  for (const path of [MODEL, join(real, 'data/sst2')]) if (!existsSync(path)) return { missing: path }
  const folder = mkdtempSync(join(tmpdir(), 'kindred-bench-'))
  const started = await startPython(python, 'text_quality.py')
  if (started.missing) notices.push(`PyTorch: not here: ${started.missing}`)
  try {
    const weights = join(folder, 'model')
    if (!realWeights(MODEL, weights, python))
      return { missing: 'a Python with what make-safetensors.py needs (--python)' }
    const rows = []
    for (const { name, measure, options, read, smaller, train } of TASKS) {
      if (only !== undefined && !name.includes(only)) continue
      const data = read(small ? smaller : undefined)
      const file = join(folder, 'data.json')
      writeFileSync(file, JSON.stringify(data))
      const found = { kindred: [], PyTorch: [] }
      for (let seed = 1; seed <= rounds; seed++) {
        found.kindred.push(await train(weights, data, { ...options, seed }))
        say(`${name}, seed ${seed}: kindred ${found.kindred.at(-1).toFixed(4)}`)
        if (started.missing) continue
        const { value } = await started.ask('train', { task: name, folder: weights, data: file, options, seed })
        found.PyTorch.push(value)
        say(`${name}, seed ${seed}: PyTorch ${value.toFixed(4)}`)
      }
      const { epochs, batchSize, learningRate } = options
      rows.push([
        `${name}: ${measure}`,
        `${epochs} epochs, batches of ${batchSize}, learning rate ${learningRate}`,
        shown(found.kindred),
        found.PyTorch.length > 0 ? shown(found.PyTorch) : '',
      ])
    }
    const text = `all-MiniLM-L6-v2 trained by AdamW, all weights, the learning rate rising over 6 % of the steps and falling to 0: the median of ${rounds} seeds (lowest to highest).`
    return { versions: started.versions, tables: [{ text, columns: ['', 'settings', 'kindred', 'PyTorch'], rows }] }
  } finally {
    if (!started.missing) started.end()
    rmSync(folder, { recursive: true })
  }
}
