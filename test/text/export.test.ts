// What is saved and exported, against what this process computes itself.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  CrossEncoder,
  MaskedLanguageModel,
  SentenceEncoder,
  TextClassifier,
  TextEmbedder,
  type TextPair,
  TokenClassifier,
} from 'kindred'
import { describe, expect, it } from 'vitest'
import { readSafetensors } from '#lib/data/storage/safetensors.js'
import { loadTokenizer, pairSequences, tokenSequences } from '#lib/text/base/token-sequences.js'
import { onnxOutput } from '../support/onnx-output.js'
import { dir } from '../support/table-files.js'

const folder = join(__dirname, '..', 'fixtures', 'tiny-bert')
const { texts } = JSON.parse(readFileSync(join(folder, 'golden.json'), 'utf8')) as { texts: string[] }
const pairs = texts.map((text, n): TextPair => [text, texts[(n + 1) % texts.length]!])
const labels = ['O', 'B-X', 'I-X']

const softmax = (logits: number[]) => {
  const sum = logits.map(Math.exp).reduce((a, b) => a + b)
  return logits.map((logit) => Math.exp(logit) / sum)
}

describe('exportOnnx', () => {
  it('of a classifier gives its probabilities', async () => {
    const classifier = await TextClassifier.load(folder)
    const out = join(dir, 'classifier-onnx')
    await classifier.exportOnnx(out)
    const { at, dims } = await onnxOutput(out, await tokenSequences(await loadTokenizer(folder), texts, 32))
    expect(dims).toEqual([texts.length, 3])
    for (const [n, { scores }] of (await classifier.predict(texts)).entries())
      for (const [i, score] of softmax(at(n)).entries()) expect(scores[i]).toBeCloseTo(score, 5)
  })

  it('of a cross-encoder gives the logits of its scores', async () => {
    const encoder = await CrossEncoder.load(folder, { seed: 4 })
    const out = join(dir, 'cross-onnx')
    await encoder.exportOnnx(out)
    const sequences = await pairSequences(await loadTokenizer(folder), pairs, 32)
    const { at } = await onnxOutput(
      out,
      sequences.map(({ ids }) => ids),
      sequences.map(({ types }) => types),
    )
    for (const [n, score] of (await encoder.predict(pairs)).entries())
      expect(score).toBeCloseTo(1 / (1 + Math.exp(-at(n)[0]!)), 5)
  })

  it('of a tagger gives the tag of each word', async () => {
    const tagger = await TokenClassifier.load(folder, { labels, seed: 2 })
    const out = join(dir, 'tagger-onnx')
    await tagger.exportOnnx(out)
    const sentences = [['dogs', 'and', 'robots'], ['ship']]
    const tokenizer = await loadTokenizer(folder)
    const { at } = await onnxOutput(
      out,
      await tokenSequences(
        tokenizer,
        sentences.map((words) => words.join(' ')),
        32,
      ),
    )
    const predicted = await tagger.predict(sentences)
    const best = (logits: number[]) => labels[logits.indexOf(Math.max(...logits))]
    // 'dogs' and 'robots' are two tokens each, behind [CLS].
    expect(predicted).toEqual([[best(at(0, 1)), best(at(0, 3)), best(at(0, 4))], [best(at(1, 1))]])
  })

  it('of a masked language model gives the loss that it tells', async () => {
    const model = await MaskedLanguageModel.load(folder)
    const out = join(dir, 'masked-onnx')
    await model.exportOnnx(out)
    const tokenizer = await loadTokenizer(folder)
    const { dims } = await onnxOutput(out, await tokenSequences(tokenizer, texts, 32))
    expect(dims.at(-1)).toBe(tokenizer.size)
  })
})

describe('save', () => {
  it('of a sentence encoder removes the ONNX file of 8-bit integers of an earlier one', async () => {
    const encoder = await SentenceEncoder.load(folder)
    const out = join(dir, 'sentences-outdated')
    await encoder.save(out)
    await encoder.exportOnnx(out, { dtype: 'int8' })
    expect(readdirSync(join(out, 'onnx')).sort()).toEqual(['model.onnx', 'model_int8.onnx'])
    await encoder.save(out)
    expect(readdirSync(join(out, 'onnx'))).toEqual(['model.onnx'])
  })

  it('of a sentence encoder is a folder of TextEmbedder, with its vectors', async () => {
    for (const pooling of ['mean', 'cls'] as const) {
      const encoder = await SentenceEncoder.load(folder, { pooling })
      const out = join(dir, `sentences-${pooling}`)
      await encoder.save(out)
      using embedder = await TextEmbedder.load(out)
      const own = await encoder.embed(texts)
      const { vectors } = await embedder.embed(texts)
      expect([vectors.rows, vectors.cols]).toEqual([own.rows, own.cols])
      for (const [n, value] of vectors.data.entries()) expect(own.data[n]).toBeCloseTo(value, 5)
      expect((await (await SentenceEncoder.load(out, { pooling })).embed(texts)).data).toEqual(own.data)
    }
  })

  it('has the tensors and the files that transformers wrote', async () => {
    const classifier = await TextClassifier.load(folder)
    const out = join(dir, 'classifier')
    await classifier.save(out)
    const [from, to] = await Promise.all([folder, out].map((path) => readSafetensors(join(path, 'model.safetensors'))))
    expect([...to!.tensors.keys()].sort()).toEqual([...from!.tensors.keys()].sort())
    for (const [name, tensor] of from!.tensors) expect(to!.tensors.get(name), name).toEqual(tensor)
    expect(to!.metadata).toEqual({ format: 'pt' })
    expect(readdirSync(out).sort()).toEqual([
      'config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
    ])
    const config = JSON.parse(readFileSync(join(out, 'config.json'), 'utf8'))
    expect(config).toMatchObject(JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')))
    await classifier.save(out)
  })

  it('of each model gives the same model', async () => {
    const tagger = await TokenClassifier.load(folder, { labels, seed: 2 })
    await tagger.save(join(dir, 'tagger'))
    const sentences = [['the', 'old', 'ship', 'sinks']]
    expect(await (await TokenClassifier.load(join(dir, 'tagger'))).predict(sentences)).toEqual(
      await tagger.predict(sentences),
    )
    const cross = await CrossEncoder.load(folder, { seed: 4 })
    await cross.save(join(dir, 'cross'))
    expect(await (await CrossEncoder.load(join(dir, 'cross'))).predict(pairs)).toEqual(await cross.predict(pairs))
    const masked = await MaskedLanguageModel.load(folder, { seed: 4 })
    await masked.save(join(dir, 'masked'))
    expect(await (await MaskedLanguageModel.load(join(dir, 'masked'))).loss(texts)).toBe(await masked.loss(texts))
  })

  it('refuses a folder that holds something else, and leaves it', async () => {
    await (await MaskedLanguageModel.load(folder)).save(join(dir, 'other'))
    const classifier = await TextClassifier.load(folder)
    await expect(classifier.save(join(dir, 'other'))).rejects.toMatchObject({ code: 'ERR_IO' })
    await expect(MaskedLanguageModel.load(join(dir, 'other'))).resolves.toBeDefined()
  })
})
