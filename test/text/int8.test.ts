// exportOnnx with dtype 'int8': small files, logits near those of this process, the same predictions of most texts.
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { MaskedLanguageModel, SentenceEncoder, TextClassifier, TextEmbedder, TokenClassifier } from 'kindred'
import { beforeAll, describe, expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import { quantizeRows } from '#lib/nn/onnx/quantize.js'
import { loadTokenizer, tokenSequences } from '#lib/text/base/token-sequences.js'
import { onnxOutput } from '../support/onnx-output.js'
import { dir } from '../support/table-files.js'

const fixtures = join(__dirname, '..', 'fixtures')
const tiny = join(fixtures, 'tiny-bert')
const encoder = join(dir, 'int8-encoder')
const out = join(dir, 'int8-classifier')

const nouns = ['man', 'woman', 'boy', 'girl', 'dog', 'king', 'queen', 'robot', 'doctor', 'friend']
const good = ['love', 'comedy', 'young', 'toy', 'family']
const bad = ['death', 'war', 'murder', 'police', 'secret']
const random = createRandom(5)
const pick = (words: readonly string[]) => words[random.integer(words.length)]!
const texts = Array.from({ length: 240 }, (_, n) =>
  ['the', pick(nouns), 'and', 'his', pick(n % 2 ? good : bad), 'of', pick(n % 3 ? good : bad)].join(' '),
)
const labels = texts.map((_, n) => (n % 2 ? 'good' : 'bad'))

beforeAll(async () => {
  const language = await MaskedLanguageModel.create(tiny, { dims: 192, layers: 2, heads: 4, maxTokens: 32, seed: 1 })
  await language.save(encoder)
})

const sizeOf = (file: string) => statSync(join(out, 'onnx', file)).size
const greatest = (values: ArrayLike<number>) => Array.from(values).indexOf(Math.max(...Array.from(values)))

describe('a quantised classifier', () => {
  it('takes a quarter of the space, and says nearly the same', async () => {
    const classifier = await TextClassifier.load(encoder, { labels: ['bad', 'good'], seed: 1 })
    await classifier.fit(texts, labels, { epochs: 3, learningRate: 1e-3, batchSize: 16, seed: 1 })
    await classifier.exportOnnx(out)
    await classifier.exportOnnx(out, { dtype: 'int8' })
    // The head and the positions stay numbers of 32 bits.
    expect(sizeOf('model_int8.onnx')).toBeLessThan(0.4 * sizeOf('model.onnx'))
    const sequences = await tokenSequences(await loadTokenizer(encoder), texts, 32)
    const [exact, rough] = [
      await onnxOutput(out, sequences),
      await onnxOutput(out, sequences, undefined, 0, 'model_int8.onnx'),
    ]
    let [same, squares, differences] = [0, 0, 0]
    for (const n of texts.keys()) {
      if (greatest(exact.at(n)) === greatest(rough.at(n))) same++
      for (const [i, logit] of exact.at(n).entries()) {
        squares += logit ** 2
        differences += (logit - rough.at(n)[i]!) ** 2
      }
    }
    expect(same / texts.length).toBeGreaterThan(0.97)
    expect(Math.sqrt(differences / squares)).toBeLessThan(0.1)
    expect(differences).toBeGreaterThan(0)
  })

  it('of words says nearly the same, too', async () => {
    const tags = texts.map((text) => text.split(' ').map((word) => (nouns.includes(word) ? 'B-WHO' : 'O')))
    const tagger = await TokenClassifier.load(encoder, { labels: ['O', 'B-WHO'], seed: 1 })
    const sentences = texts.map((text) => text.split(' '))
    await tagger.fit(sentences, tags, { epochs: 2, learningRate: 1e-3, batchSize: 16, seed: 1 })
    const target = join(dir, 'int8-tagger')
    await tagger.exportOnnx(target, { dtype: 'int8' })
    const sequences = await tokenSequences(await loadTokenizer(encoder), texts, 32)
    const rough = await onnxOutput(target, sequences, undefined, 0, 'model_int8.onnx')
    // A token a word, behind the one that begins each text.
    const own = (await tagger.predict(sentences)).flat()
    const given = sentences.flatMap((words, row) => words.map((_, n) => tagger.labels[greatest(rough.at(row, n + 1))]!))
    expect(new Set(own).size).toBe(2)
    expect(own.filter((tag, n) => tag === given[n]).length / own.length).toBeGreaterThan(0.97)
  })

  it('refuses another dtype', async () => {
    const classifier = await TextClassifier.load(tiny)
    await expect(classifier.exportOnnx(out, { dtype: 'int4' as never })).rejects.toMatchObject({
      code: 'ERR_VALUE',
      message: expect.stringContaining("'fp32', 'int8'"),
    })
  })
})

it.each(['distilbert', 'roberta', 'albert'])('the quantised encoder of %s gives states near its own', async (name) => {
  const folder = join(fixtures, 'tiny-architectures', name)
  const { texts } = JSON.parse(readFileSync(join(folder, 'golden.json'), 'utf8')) as { texts: string[] }
  const target = join(dir, `int8-${name}`)
  const model = await SentenceEncoder.load(folder)
  await model.save(target)
  await model.exportOnnx(target, { dtype: 'int8' })
  const own = await model.embed(texts)
  await using embedder = await TextEmbedder.load(target, { dtype: 'int8' })
  const { vectors } = await embedder.embed(texts)
  for (const [n] of texts.entries()) {
    const cosine = own.row(n).reduce((sum, value, d) => sum + value * vectors.row(n)[d]!, 0)
    expect(cosine).toBeGreaterThan(0.99)
    expect(cosine).toBeLessThan(1 - 1e-9)
  }
})

it('a quantised masked language model has the words of its own', async () => {
  const model = await MaskedLanguageModel.load(encoder)
  await model.fit(texts, { epochs: 3, learningRate: 2e-3, batchSize: 16, seed: 1 })
  const target = join(dir, 'int8-masked')
  await model.exportOnnx(target, { dtype: 'int8' })
  await model.exportOnnx(target)
  const sequences = await tokenSequences(await loadTokenizer(encoder), ['the [MASK] and his love of war'], 32)
  const [exact, rough] = [
    await onnxOutput(target, sequences),
    await onnxOutput(target, sequences, undefined, 0, 'model_int8.onnx'),
  ]
  expect(rough.dims).toEqual(exact.dims)
  const norm = (values: number[]) => Math.hypot(...values)
  const [a, b] = [exact.at(0, 2), rough.at(0, 2)]
  expect(norm(a.map((value, n) => value - b[n]!)) / norm(a)).toBeLessThan(0.05)
})

describe('quantizeRows', () => {
  it('has the greatest value of a row at 64 or -64, the others to half a step, and zeros of a row of zeros', async () => {
    const rows = Float32Array.of(1, -2, 0.5, 0, 0, 0, 1e-3, 3e-4, -1e-3)
    const { bytes, scales } = await quantizeRows(rows, 3)
    expect([...bytes]).toEqual([32, -64, 16, 0, 0, 0, 64, 19, -64])
    for (const [n, value] of rows.entries()) {
      const scale = scales[Math.floor(n / 3)]!
      expect(Math.abs(bytes[n]! * scale - value)).toBeLessThanOrEqual(0.5001 * scale)
    }
    expect((await quantizeRows(new Float32Array(0), 0)).bytes).toHaveLength(0)
  })
})
