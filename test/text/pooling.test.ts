// Heads above pooled states: the mean, and attention whose queries are trained with all else.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AttentionPooling, CrossEncoder, SentenceEncoder, TextClassifier, TextEmbedder, type TextPair } from 'kindred'
import type { Weights } from 'kindred/nn'
import { describe, expect, it } from 'vitest'
import { readSafetensors } from '#lib/data/storage/safetensors.js'
import { loadTokenizer, tokenSequences } from '#lib/text/base/token-sequences.js'
import { onnxOutput } from '../support/onnx-output.js'
import { dir } from '../support/table-files.js'

const folder = join(__dirname, '..', 'fixtures', 'tiny-bert')
const { texts } = JSON.parse(readFileSync(join(folder, 'golden.json'), 'utf8')) as { texts: string[] }
const labels = ['even', 'odd']
const truth = texts.map((_, n) => labels[n % 2]!)
const DIMS = 20
const QUICK = { epochs: 12, batchSize: 4, learningRate: 3e-3, seed: 1 }

const weightsOf = (model: unknown) => (model as { source: { weights: Weights } }).source.weights
const poolings = [{ pooling: 'mean' }, { pooling: 'attention' }, { pooling: 'attention', poolingHeads: 4 }] as const

const softmax = (logits: number[]) => {
  const sum = logits.map(Math.exp).reduce((a, b) => a + b)
  return logits.map((logit) => Math.exp(logit) / sum)
}

describe.each(poolings)('a classifier with %o', (options) => {
  const name = `classifier-${Object.values(options).join('-')}`

  it('learns, is saved, and says the same in ONNX', async () => {
    const model = await TextClassifier.load(folder, { labels, ...options })
    expect(model.pooling).toBe(options.pooling)
    await model.fit(texts, truth, QUICK)
    expect(model.history.at(-1)!.loss).toBeLessThan(0.7 * model.history[0]!.loss)
    const said = await model.predict(texts)
    await model.save(join(dir, name))
    const again = await TextClassifier.load(join(dir, name))
    expect(again.pooling).toBe(options.pooling)
    expect(await again.predict(texts)).toEqual(said)
    await model.exportOnnx(join(dir, `${name}-onnx`))
    const sequences = await tokenSequences(await loadTokenizer(folder), texts, 32)
    const { at } = await onnxOutput(join(dir, `${name}-onnx`), sequences)
    for (const [n, { scores }] of said.entries())
      for (const [i, score] of softmax(at(n)).entries()) expect(scores[i]).toBeCloseTo(score, 5)
  })

  it('is made smaller', async () => {
    const model = await TextClassifier.load(folder, { labels, ...options })
    const pruned = await model.prune(texts, truth, { columns: 0.5 })
    const student = await model.distill(texts, { epochs: 1, layers: [0] })
    for (const smaller of [pruned, student]) {
      expect(smaller.pooling).toBe(options.pooling)
      expect(await smaller.predict(texts.slice(0, 2))).toHaveLength(2)
    }
  })
})

describe('attention', () => {
  it('of queries of 0 is the mean', async () => {
    const [mean, attention] = await Promise.all(
      (['mean', 'attention'] as const).map((pooling) => SentenceEncoder.load(folder, { pooling })),
    )
    await weightsOf(attention).clear('pooling.queries')
    const [expected, received] = [await mean!.embed(texts), await attention!.embed(texts)]
    for (const [n, value] of expected.data.entries()) expect(received.data[n]).toBeCloseTo(value, 5)
  })

  it('learns above states that stay as they are', async () => {
    const model = await TextClassifier.load(folder, { labels, pooling: 'attention' })
    const watched = ['pooling.queries', 'encoder.layer.1.output.dense.weight', 'embeddings.word_embeddings.weight']
    const before = await Promise.all(watched.map((name) => weightsOf(model).read(name)))
    await model.fit(texts, truth, { ...QUICK, epochs: 1, frozen: (name) => /^(?:encoder|embeddings)\./.test(name) })
    const after = await Promise.all(watched.map((name) => weightsOf(model).read(name)))
    expect(after[0]).not.toEqual(before[0])
    expect(after.slice(1)).toEqual(before.slice(1))
  })

  it('of a sentence encoder goes into TextEmbedder with its queries', async () => {
    const encoder = await SentenceEncoder.load(folder, { pooling: 'attention', poolingHeads: 2, seed: 3 })
    const pairs = texts.slice(1).map((text, n): TextPair => [text, texts[n]!])
    await encoder.fit(pairs, { ...QUICK, epochs: 2, chunkSize: 2, loss: 'in-batch' })
    const out = join(dir, 'attentive')
    await encoder.save(out)
    const own = await encoder.embed(texts)
    using embedder = await TextEmbedder.load(out)
    expect(embedder.pooling).toBeInstanceOf(AttentionPooling)
    expect((embedder.pooling as AttentionPooling).heads).toBe(2)
    const { vectors } = await embedder.embed(texts)
    expect([vectors.rows, vectors.cols]).toEqual([texts.length, DIMS])
    for (const [n, value] of vectors.data.entries()) expect(own.data[n]).toBeCloseTo(value, 5)
    const { tensors } = await readSafetensors(join(out, 'model.safetensors'))
    expect(tensors.get('pooling.queries')!.shape).toEqual([2, DIMS])
    for (const asked of [{}, { pooling: 'attention' }, { pooling: 'attention', poolingHeads: 2 }] as const)
      expect((await (await SentenceEncoder.load(out, asked)).embed(texts)).data).toEqual(own.data)
    expect((await SentenceEncoder.load(out, { pooling: 'mean' })).pooling).toBe('mean')
  })
})

describe('a head with another pooling', () => {
  it('is a new one, which needs its labels', async () => {
    const out = join(dir, 'pooled')
    await (await TextClassifier.load(folder, { labels, pooling: 'attention', poolingHeads: 4 })).save(out)
    for (const options of [{ pooling: 'mean' }, { pooling: 'attention' }] as const)
      await expect(TextClassifier.load(out, options)).rejects.toMatchObject({
        code: 'ERR_VALUE',
        message: expect.stringMatching(
          /^pooling: .* holds a head with 'attention' of 4 heads; .* is a new head and needs its labels/,
        ),
      })
    expect((await TextClassifier.load(out, { labels, pooling: 'mean' })).pooling).toBe('mean')
    expect((await TextClassifier.load(out, { labels })).pooling).toBe('cls')
  })

  it('is not told of by a folder of another model', async () => {
    const [from, to] = ['told', 'untold'].map((name) => join(dir, name))
    await (await TextClassifier.load(folder, { labels, pooling: 'mean' })).save(from!)
    await (await CrossEncoder.load(from!)).save(to!)
    expect(JSON.parse(readFileSync(join(to!, 'config.json'), 'utf8'))).not.toHaveProperty('kindred_pooling')
  })

  it('that is none is refused', async () => {
    const refused = (options: object) => expect(TextClassifier.load(folder, { labels, ...options })).rejects
    await refused({ pooling: 'max' }).toMatchObject({ code: 'ERR_VALUE', message: expect.stringMatching(/^pooling:/) })
    await refused({ poolingHeads: 2 }).toMatchObject({ message: expect.stringMatching(/^poolingHeads: expected with/) })
    await refused({ pooling: 'attention', poolingHeads: 3 }).toMatchObject({
      message: expect.stringMatching(/^poolingHeads: expected a divisor of 20/),
    })
    const out = join(dir, 'strange')
    await (await TextClassifier.load(folder, { labels, pooling: 'mean' })).save(out)
    const path = join(out, 'config.json')
    const config = JSON.parse(readFileSync(path, 'utf8'))
    for (const strange of [null, 'mean', { kind: 'attention', heads: 3 }, { kind: 'mean' }]) {
      writeFileSync(path, JSON.stringify({ ...config, kindred_pooling: strange }))
      await expect(TextClassifier.load(out)).rejects.toMatchObject({
        code: 'ERR_ENCODER',
        message: expect.stringMatching(/kindred_pooling: expected/),
      })
    }
  })
})
