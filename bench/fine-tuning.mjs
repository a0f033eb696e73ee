// Fine-tuning a BERT classifier beside PyTorch: MiniLM's sizes on short sentences (SST-2) and on long texts (plots of films),
// batches of 16 and 32; and the peak of memory of each in a process of its own. The weights are random where $KINDRED_REAL has
// none: speed does not depend on them.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { backendInfo, MaskedLanguageModel, TextClassifier } from '../dist/index.mjs'
import { compete, USUAL_ROUNDS } from './harness/compete.mjs'
import { kindred, remote } from './harness/contestant.mjs'
import { startPython } from './harness/python.mjs'
import { real } from './harness/real.mjs'
import { realWeights } from './harness/real-weights.mjs'
import { spread } from './harness/statistics.mjs'

export const summary = 'fine-tuning BERT beside PyTorch: sentences a second and memory; adapters'

const MODEL = join(real, 'models/all-MiniLM-L6-v2')
const SIZES = { dims: 384, layers: 6, heads: 12, inner: 1536 }
const MAX_TOKENS = 128
const FIT = { epochs: 1, learningRate: 5e-5, schedule: 'constant', maxTokens: MAX_TOKENS, seed: 1 }
const LABELS = ['0', '1']
const PADDINGS = ['longest', 'sorted']
/** Weights of the products of MiniLM's six layers. */
const PRODUCTS = SIZES.layers * (4 * SIZES.dims ** 2 + 2 * SIZES.dims * SIZES.inner)

/** @returns name -> { texts, labels }, labels by parity where there are none */
function textSets(small) {
  const rows = readFileSync(join(real, 'data/sst2/train.tsv'), 'utf8').trim().split('\n').slice(1)
  const sentences = rows.map((row) => row.split('\t'))
  const films = readFileSync(join(real, 'data/ml-1m/items.jsonl'), 'utf8').trim().split('\n')
  const plots = films.map((line) => JSON.parse(line).plot).filter((plot) => plot?.length > 100)
  const take = (count) => ({
    texts: sentences.slice(0, count).map(([text]) => text),
    labels: sentences.slice(0, count).map(([, label]) => label),
  })
  const long = plots.slice(0, small ? 32 : 96)
  return {
    short: take(small ? 64 : 320),
    few: take(small ? 16 : 48),
    long: { texts: long, labels: long.map((_, n) => String(n % 2)) },
  }
}

/** A folder of the classifier, with dropout and without. */
async function folders(folder, python, notices) {
  const weights = join(folder, 'model')
  if (!realWeights(MODEL, weights, python)) {
    notices.push('random weights: Python has not what make-safetensors.py needs')
    const model = await MaskedLanguageModel.create(MODEL, { ...SIZES, seed: 1 })
    await model.save(weights)
  }
  const [dropping, still] = ['dropping', 'still'].map((name) => join(folder, name))
  const classifier = await TextClassifier.load(weights, { labels: LABELS, seed: 1 })
  for (const dir of [dropping, still]) await classifier.save(dir)
  classifier.dispose()
  const path = join(still, 'config.json')
  const config = { ...JSON.parse(readFileSync(path, 'utf8')), hidden_dropout_prob: 0, attention_probs_dropout_prob: 0 }
  writeFileSync(path, JSON.stringify(config))
  return { dropping, still }
}

/** The losses of five steps on the first texts, without dropout: an epoch of one batch each. */
async function lossesOf(folder, { texts, labels }, batchSize, precision) {
  const model = await TextClassifier.load(folder)
  const [first, own] = [texts.slice(0, batchSize), labels.slice(0, batchSize)]
  await model.fit(first, own, { ...FIT, epochs: 5, batchSize, precision })
  model.dispose()
  return model.history.map(({ loss }) => loss)
}

/** How far losses of five steps may lie apart. */
const FAR = { f32: 2e-3, bf16: 4e-2 }

function validator(precision) {
  let ours
  return (contestant, losses) => {
    ours ??= losses
    const worst = Math.max(...losses.map((loss, n) => Math.abs(loss - ours[n])))
    if (!(worst < FAR[precision])) throw new Error(`${contestant.name}: losses ${losses} instead of ${ours}`)
    return { found: `loss ${losses.at(-1).toFixed(4)}` }
  }
}

const megabytes = (text) => `${Math.round(text)} MiB`

export async function run({ small, python, notices, threadCounts, log: say, ...settings }) {
  for (const path of [MODEL, join(real, 'data/sst2')]) if (!existsSync(path)) return { missing: path }
  const folder = mkdtempSync(join(tmpdir(), 'kindred-bench-'))
  const started = await startPython(python, 'fine_tuning.py')
  if (started.missing) notices.push(`PyTorch: not here: ${started.missing}`)
  try {
    const sets = textSets(small)
    const { dropping, still } = await folders(folder, python, notices)
    const file = join(folder, 'sets.json')
    writeFileSync(file, JSON.stringify(sets))
    const read = { folder: dropping, sets: file, longest: MAX_TOKENS }
    const tokensOf = started.missing ? {} : (await started.ask('read', read)).tokens

    const model = await TextClassifier.load(dropping)
    const contest = (name, set, batchSize, paddings, { precision = 'f32', usualRounds } = {}) => {
      const { texts, labels } = sets[set]
      const tokens = tokensOf[set]
      say(`${name}: ${texts.length} texts`)
      const ours = kindred({
        configurations: threadCounts.map((threads) => ({ threads })),
        run: () => model.fit(texts, labels, { ...FIT, batchSize, precision }),
      })
      const rival = () =>
        remote({
          name: 'PyTorch',
          version: started.versions.PyTorch,
          configurations: threadCounts.flatMap((threads) => paddings.map((padding) => ({ threads, padding }))),
          ask: started.ask,
          request: { set, batch: batchSize, bf16: precision === 'bf16' },
          read: ({ losses }) => losses,
        })
      return compete({
        name,
        ours: { ...ours, answer: () => lossesOf(still, sets[set], batchSize, precision) },
        rivals: started.missing ? [] : [rival()],
        validate: validator(precision),
        usualRounds,
        ...(tokens && precision === 'f32' && { work: { operations: 6 * PRODUCTS * tokens, bytes: 0 } }),
        amount: { count: texts.length, unit: 'texts' },
        log: say,
        ...settings,
      })
    }
    const contests = [
      ...(await contest('SST-2, batches of 16', 'short', 16, PADDINGS)),
      ...(await contest('SST-2, batches of 32', 'short', 32, PADDINGS)),
      ...(await contest('SST-2, batches of 16, padded to 128', 'few', 16, ['fixed'], { usualRounds: 3 })),
      ...(await contest('plots, batches of 16', 'long', 16, PADDINGS)),
    ]
    const rounded = []
    if (backendInfo().isa.bf16)
      for (const [name, set, batchSize] of [
        ['SST-2, batches of 16, bf16', 'short', 16],
        ['SST-2, batches of 32, bf16', 'short', 32],
        ['plots, batches of 16, bf16', 'long', 16],
      ])
        rounded.push(...(await contest(name, set, batchSize, PADDINGS, { precision: 'bf16' })))
    model.dispose()
    say('adapters')
    const ofAdapters = await adapters(dropping, { short: sets.short, long: sets.long }, settings.rounds ?? USUAL_ROUNDS)
    const memory = await peaks(sets.short, read, python, started.missing === undefined)
    return {
      versions: started.versions,
      tables: [
        {
          text: `MiniLM's sizes (${SIZES.layers} layers, ${SIZES.dims} dimensions), f32, all weights trained by AdamW, gradients clipped, dropout 0.1; the operations of a call are those of the products, forward and backward, of all tokens. kindred's time has its tokenizing in it, PyTorch begins with token ids.`,
          contests,
        },
        ...(rounded.length > 0
          ? [
              {
                text: 'The same with products of bf16, both on what the processor has of them (PyTorch: autocast).',
                contests: rounded,
              },
            ]
          : []),
        { text: 'Adapters, batches of 16, in turns with training all weights.', ...ofAdapters },
        { text: 'Peak of memory, one epoch in batches of 16 in a process of its own.', ...memory },
      ],
    }
  } finally {
    if (!started.missing) started.end()
    rmSync(folder, { recursive: true })
  }
}

/** A fit of an adapter beside one of all weights, in turns. */
async function adapters(folder, sets, rounds) {
  const rows = []
  for (const [name, { texts, labels }] of Object.entries(sets))
    for (const kind of ['lora', 'bottleneck']) {
      const models = [await TextClassifier.load(folder), await TextClassifier.load(folder)]
      const time = async (model, options) => {
        const started = performance.now()
        await model.fit(texts, labels, { ...FIT, batchSize: 16, ...options })
        return performance.now() - started
      }
      const found = []
      for (let round = 0; round <= rounds; round++)
        found.push((await time(models[1], { adapter: { kind } })) / (await time(models[0], {})))
      for (const model of models) model.dispose()
      const { median, low, high } = spread(found.slice(1)) // the first warms up
      rows.push([kind, name, `${median.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`])
    }
  return { columns: ['adapter', 'texts', 'time over that of all weights'], rows }
}

/** The peak of memory of one epoch, each in a new process. */
async function peaks({ texts, labels }, read, python, hasRival) {
  const { folder } = read
  const code = `
    import { TextClassifier } from ${JSON.stringify(fileURLToPath(new URL('../dist/index.mjs', import.meta.url)))}
    import { readFileSync } from 'node:fs'
    const { folder, texts, labels, options } = JSON.parse(readFileSync(0, 'utf8'))
    const model = await TextClassifier.load(folder)
    await model.fit(texts, labels, options)
    console.log(process.resourceUsage().maxRSS / 1024)`
  const input = JSON.stringify({ folder, texts, labels, options: { ...FIT, batchSize: 16 } })
  const own = Number(execFileSync(process.execPath, ['--input-type=module', '-e', code], { input, encoding: 'utf8' }))
  const rows = [['kindred', megabytes(own), '']]
  if (hasRival) {
    const rival = await startPython(python, 'fine_tuning.py')
    await rival.ask('read', read)
    await rival.ask('time', { set: 'short', batch: 16, threads: 1, padding: 'longest' })
    const { mebibytes } = await rival.ask('memory')
    rival.end()
    rows.push(['PyTorch', megabytes(mebibytes), (own / mebibytes).toFixed(2)])
  }
  return { columns: ['', 'peak', "kindred's over it"], rows }
}
