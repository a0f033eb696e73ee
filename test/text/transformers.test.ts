// What the text models save, loaded by Hugging Face's transformers: KINDRED_PYTHON, or python3, with torch and transformers.
import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { CrossEncoder, MaskedLanguageModel, SentenceEncoder, TextClassifier, TokenClassifier } from 'kindred'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadTokenizer, pairSequences } from '#lib/text/base/token-sequences.js'
import { onnxOutput } from '../support/onnx-output.js'
import { dir } from '../support/table-files.js'

const python = process.env.KINDRED_PYTHON ?? 'python3'
const finds = "import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, ['torch', 'transformers'])))"
const isThere = spawnSync(python, ['-c', finds]).status === 0
if (!isThere) console.warn(`skipped: ${python} (KINDRED_PYTHON) has no torch and transformers`)

interface Loaded {
  class: string
  missing: string[]
  unexpected: string[]
  outputs: number[][]
  loss: number | null
}

/** Not blocking: vitest waits for answers of this process. */
function runTransformers(jobs: unknown): Promise<Loaded[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(python, [join(__dirname, '..', 'support', 'run-transformers.py')], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    let [output, errors] = ['', '']
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    child.stderr.on('data', (chunk) => {
      errors += chunk
    })
    child.on('error', reject)
    child.on('close', (status) => (status === 0 ? resolve(JSON.parse(output)) : reject(new Error(errors))))
    child.stdin.end(JSON.stringify(jobs))
  })
}

const fixtures = join(__dirname, '..', 'fixtures')
const texts = ['murder in the city: a night of secret death!', 'the old man and the sea', 'toy robots']
const pairs = texts.map((text, n): [string, string] => [text, texts[(n + 1) % texts.length]!])
const folders = {
  Bert: join(fixtures, 'tiny-bert'),
  ...Object.fromEntries(
    [
      ['Roberta', 'roberta'],
      ['XLMRoberta', 'xlm-roberta'],
      ['DistilBert', 'distilbert'],
      ['MPNet', 'mpnet'],
      ['Albert', 'albert'],
    ].map(([name, kind]) => [name, join(fixtures, 'tiny-architectures', kind!)]),
  ),
}

const endings = [
  'ForSequenceClassification',
  'ForTokenClassification',
  'ForSequenceClassification',
  'ForMaskedLM',
  'Model',
]
const saved = (name: string, n: number) => join(dir, `${name}-${n}`)
const exported = (name: string, n: number) => join(dir, `${name}-${n}-onnx`)
const sequencesOf = async (folder: string) => pairSequences(await loadTokenizer(folder), pairs, 30)

/** Saves and exports each text model, trained a little. */
async function saveModels(name: string, folder: string): Promise<void> {
  const options = { epochs: 1, learningRate: 1e-3, batchSize: 2 }
  const classifier = await TextClassifier.load(folder, { labels: ['a', 'b'], seed: 1 })
  await classifier.fit(texts, ['a', 'b', 'a'], options)
  const tagger = await TokenClassifier.load(folder, { labels: ['O', 'B-X', 'I-X', 'B-Y'], seed: 1 })
  await tagger.fit([['toy', 'robots']], [['B-X', 'O']], options)
  const cross = await CrossEncoder.load(folder, { seed: 1 })
  await cross.fit(pairs, [0, 0.5, 1], options)
  const words = await MaskedLanguageModel.load(folder, { seed: 1 })
  await words.fit(texts, options)
  const sentences = await SentenceEncoder.load(folder)
  await sentences.fit(pairs, options)
  for (const [n, model] of [classifier, tagger, cross, words, sentences].entries()) {
    await model.save(saved(name, n))
    await model.exportOnnx(exported(name, n))
  }
}

describe.skipIf(!isThere)('transformers', () => {
  let loaded: Loaded[]
  beforeAll(async () => {
    const jobs: { folder: string; sequences: { ids: number[]; types: number[] }[] }[] = []
    for (const [name, folder] of Object.entries(folders)) {
      await saveModels(name, folder)
      const sequences = (await sequencesOf(folder)).map(({ ids, types }) => ({ ids: [...ids], types: [...types] }))
      for (const n of endings.keys()) jobs.push({ folder: saved(name, n), sequences })
    }
    loaded = await runTransformers(jobs)
  }, 300_000)

  it.each(Object.entries(folders))(
    'loads what the models of %s save, whose numbers are the same',
    async (name, folder) => {
      const first = Object.keys(folders).indexOf(name) * endings.length
      for (const [n, ending] of endings.entries()) {
        const { class: found, missing, unexpected, outputs } = loaded[first + n]!
        expect(found).toBe(`${name}${ending}`)
        expect(unexpected).toEqual([])
        // The vectors of a sentence encoder do not stand on the pooling layer that transformers gives a plain encoder.
        expect(missing.filter((key) => !(ending === 'Model' && key.startsWith('pooler')))).toEqual([])
        for (const [row, { ids, types }] of (await sequencesOf(folder)).entries()) {
          const { at, dims } = await onnxOutput(exported(name, n), [ids], [types])
          const places = dims.length === 3 ? [...ids.keys()] : [0]
          const own = places.flatMap((place) => at(0, place))
          expect(own.length).toBe(outputs[row]!.length)
          for (const [i, value] of outputs[row]!.entries()) expect(Math.abs(own[i]! - value)).toBeLessThan(1e-4)
        }
      }
    },
  )

  it('knows what a classifier is for: its loss of several labels, and of numbers', async () => {
    const folder = folders.Bert
    const several = await TextClassifier.load(folder, { labels: ['a', 'b', 'c'], problemType: 'multi-label', seed: 1 })
    const numbers = await TextClassifier.load(folder, { problemType: 'regression', seed: 1 })
    const out = [join(dir, 'several'), join(dir, 'numbers')] as const
    await several.save(out[0])
    await numbers.save(out[1])
    const { prefix, suffix, encode } = await loadTokenizer(folder)
    const sequences = (await encode(texts)).map((own) => {
      const ids = [...prefix, ...own, ...suffix]
      return { ids, types: ids.map(() => 0) }
    })
    const sets = [['a'], [], ['b', 'c']]
    const targets = [0.5, -1, 3]
    const [ofSets, ofNumbers] = await runTransformers([
      { folder: out[0], sequences, labels: sets.map((set) => ['a', 'b', 'c'].map((label) => +set.includes(label))) },
      { folder: out[1], sequences, labels: targets },
    ])
    const terms = (await several.predict(texts)).flatMap(({ scores }, n) =>
      [...scores].map((score, i) => -Math.log(sets[n]!.includes('abc'[i]!) ? score : 1 - score)),
    )
    expect(ofSets!.loss).toBeCloseTo(terms.reduce((a, b) => a + b) / terms.length, 4)
    expect(ofNumbers!.loss).toBeCloseTo((await numbers.evaluate(texts, targets)).mse, 4)
    for (const [n, value] of (await numbers.predict(texts)).entries())
      expect(ofNumbers!.outputs[n]![0]).toBeCloseTo(value, 4)
  })
})
