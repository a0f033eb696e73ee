// Heads and columns removed: which they are, and that what is left computes the same as with zeros in their place.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CrossEncoder, SentenceEncoder, TextClassifier, TextEmbedder } from 'kindred'
import type { Weights } from 'kindred/nn'
import { beforeAll, describe, expect, it } from 'vitest'
import { readSafetensors } from '#lib/data/storage/safetensors.js'
import { dir } from '../support/table-files.js'

const folder = join(__dirname, '..', 'fixtures', 'tiny-bert')
const { texts, labels: numbers } = JSON.parse(readFileSync(join(folder, 'golden.json'), 'utf8')) as {
  texts: string[]
  labels: number[]
}
const [LAYERS, HEADS, DIMS, INNER] = [2, 2, 20, 36]
let classifier: TextClassifier
let labels: string[]

const weightsOf = (model: unknown) => (model as { source: { weights: Weights } }).source.weights
const load = () => TextClassifier.load(folder)

async function scoresOf(model: TextClassifier, of = texts): Promise<number[]> {
  return (await model.predict(of)).flatMap(({ scores }) => [...scores])
}

function expectNear(received: readonly number[], expected: readonly number[], within: number) {
  expect(received.length).toBe(expected.length)
  for (const [n, value] of expected.entries()) expect(Math.abs(received[n]! - value)).toBeLessThan(within)
}

/** Multiplies columns [begin, end) of a matrix. */
async function scaleColumns(model: TextClassifier, name: string, begin: number, end: number, factor: number) {
  const values = await weightsOf(model).read(name)
  const cols = weightsOf(model).entry(name).shape[1]!
  await weightsOf(model).write(
    name,
    values.map((value, n) => (n % cols >= begin && n % cols < end ? value * factor : value)),
  )
}

const mixing = (layer: number) => `encoder.layer.${layer}.attention.output.dense.weight`
const summing = (layer: number) => `encoder.layer.${layer}.output.dense.weight`

/** The columns of a layer of the whole model that a pruned one has left. */
async function keptColumns(pruned: TextClassifier, layer: number): Promise<number[]> {
  const name = `encoder.layer.${layer}.intermediate.dense.bias`
  const [all, left] = [await weightsOf(classifier).read(name), await weightsOf(pruned).read(name)]
  const [rows, own] = await Promise.all(
    [classifier, pruned].map((model) => weightsOf(model).read(name.replace('bias', 'weight'))),
  )
  return [...left.keys()].map((n) =>
    [...all.keys()].findIndex(
      (column) =>
        all[column] === left[n] &&
        rows!.subarray(column * DIMS, (column + 1) * DIMS).every((value, i) => value === own![n * DIMS + i]),
    ),
  )
}

type Source = { source: { folder: { config: { removed: number[][]; inner: number }; json: Record<string, unknown> } } }
const configOf = (model: unknown) => (model as Source).source.folder.config

beforeAll(async () => {
  classifier = await load()
  labels = numbers.map((n) => classifier.labels[n]!)
})

/** Mean over texts of |the change of the loss with a factor of these columns|. */
async function sensitivity(name: string, begin: number, end: number): Promise<number> {
  const h = 2 ** -7
  const lossesAt = async (factor: number) => {
    const model = await load()
    await scaleColumns(model, name, begin, end, factor)
    const scores = await scoresOf(model)
    return texts.map((_, n) => -Math.log(scores[n * 3 + numbers[n]!]!))
  }
  const [up, down] = [await lossesAt(1 + h), await lossesAt(1 - h)]
  return up.reduce((sum, value, n) => sum + Math.abs(value - down[n]!) / (2 * h), 0)
}

describe('prune', () => {
  it('removes the heads on which the loss of texts depends least', async () => {
    const importance = []
    for (let layer = 0; layer < LAYERS; layer++) {
      const own = []
      for (let head = 0; head < HEADS; head++) own.push(await sensitivity(mixing(layer), head * 10, head * 10 + 10))
      for (const [head, value] of own.entries()) importance.push({ layer, head, value: value / Math.hypot(...own) })
    }
    importance.sort((a, b) => a.value - b.value)
    const one = await classifier.prune(texts, labels, { heads: 0.25, batchSize: 4 })
    expect(configOf(one).removed.flatMap((heads, layer) => heads.map((head) => ({ layer, head })))).toEqual([
      { layer: importance[0]!.layer, head: importance[0]!.head },
    ])
    // All but one of each layer may go.
    const most = await classifier.prune(texts, labels, { heads: 0.9 })
    expect(configOf(most).removed.map(({ length }) => length)).toEqual([1, 1])
    for (const [layer, [head]] of configOf(most).removed.entries())
      expect(head).toBe(importance.find((each) => each.layer === layer)!.head)
  })

  it('removes the columns on which the loss of texts depends least', async () => {
    const pruned = await classifier.prune(texts, labels, { columns: 0.5 })
    expect(configOf(pruned).inner).toBe(INNER / 2)
    for (let layer = 0; layer < LAYERS; layer++) {
      const kept = await keptColumns(pruned, layer)
      const importance = []
      for (let n = 0; n < INNER; n++) importance.push(await sensitivity(summing(layer), n, n + 1))
      const best = [...importance.keys()].sort((a, b) => importance[b]! - importance[a]!).slice(0, INNER / 2)
      // By differences in single precision the last two may change places.
      expect(kept.filter((n) => best.includes(n)).length).toBeGreaterThanOrEqual(INNER / 2 - 1)
      expect(kept).toEqual([...kept].sort((a, b) => a - b))
    }
  })

  it.each(['gradient', 'weights'] as const)('computes what the whole one does with zeros, by %s', async (by) => {
    const pruned = await classifier.prune(texts, labels, { heads: 0.5, columns: 0.3, by })
    const masked = await load()
    for (let layer = 0; layer < LAYERS; layer++) {
      for (const head of configOf(pruned).removed[layer]!)
        await scaleColumns(masked, mixing(layer), head * 10, head * 10 + 10, 0)
      const kept = await keptColumns(pruned, layer)
      expect(kept).toHaveLength(INNER - Math.floor(0.3 * INNER))
      for (let n = 0; n < INNER; n++) if (!kept.includes(n)) await scaleColumns(masked, summing(layer), n, n + 1, 0)
    }
    expect(configOf(pruned).removed.flat()).toHaveLength(2)
    const whole = await scoresOf(classifier)
    expectNear(await scoresOf(pruned), await scoresOf(masked), 1e-5)
    expect(await scoresOf(pruned)).not.toEqual(whole)
    expect(weightsOf(pruned).entry(summing(0)).shape).toEqual([DIMS, INNER - Math.floor(0.3 * INNER)])
  })

  it('leaves the model as it was, and removes nothing unless asked', async () => {
    const before = await scoresOf(classifier)
    expect(await scoresOf(await classifier.prune(texts, labels))).toEqual(before)
    expect(await scoresOf(classifier)).toEqual(before)
  })

  it('makes a model that is trained, saved, exported and pruned again', async () => {
    const pruned = await classifier.prune(texts, labels, { heads: 0.25, columns: 0.25 })
    await pruned.fit(texts, labels, { epochs: 5, batchSize: 6, learningRate: 0.01 })
    expect(pruned.history.at(-1)!.loss).toBeLessThan(pruned.history[0]!.loss)
    const out = join(dir, 'pruned')
    await pruned.save(out)
    const again = await TextClassifier.load(out)
    expect(await scoresOf(again)).toEqual(await scoresOf(pruned))
    // In the file removed heads are zeros, so that others compute the same.
    const { tensors } = await readSafetensors(join(out, 'model.safetensors'))
    for (let layer = 0; layer < LAYERS; layer++) {
      const { shape, data } = tensors.get(`bert.${mixing(layer)}`)!
      expect(shape).toEqual([DIMS, DIMS])
      for (const head of configOf(pruned).removed[layer]!)
        expect([...(data as Float32Array)].filter((_, n) => Math.floor((n % DIMS) / 10) === head)).toEqual(
          new Array(DIMS * 10).fill(0),
        )
    }
    const twice = await again.prune(texts, labels, { heads: 0.34 })
    expect(configOf(twice).removed.map(({ length }) => length)).toEqual([1, 1])
    for (const [layer, heads] of configOf(again).removed.entries())
      expect(configOf(twice).removed[layer]).toEqual(expect.arrayContaining(heads))
    // Other models begin with the folder as it is.
    const encoder = await SentenceEncoder.load(out)
    const sentences = join(dir, 'pruned-sentences')
    await encoder.save(sentences)
    using embedder = await TextEmbedder.load(sentences)
    expectNear([...(await embedder.embed(texts)).vectors.data], [...(await encoder.embed(texts)).data], 1e-5)
    await CrossEncoder.load(out)
  })

  it('has LoRA within it', async () => {
    const model = await load()
    await model.fit(texts, labels, { epochs: 2, learningRate: 0.02, adapter: { kind: 'lora' } })
    const whole = await model.prune(texts, labels)
    expectNear(await scoresOf(whole), await scoresOf(model), 1e-5)
  })

  it.each(['roberta', 'distilbert', 'mpnet'])('makes a smaller %s', async (kind) => {
    const own = await TextClassifier.load(join(__dirname, '..', 'fixtures', 'tiny-architectures', kind), {
      labels: ['a', 'b'],
    })
    const truth = texts.map((_, n) => 'ab'[n % 2]!)
    const { inner } = configOf(own)
    const prune = (heads: number) => own.prune(texts, truth, { heads, columns: 0.5 })
    if (kind === 'mpnet') await expect(prune(0.5)).rejects.toMatchObject({ code: 'ERR_NOT_SUPPORTED' })
    const pruned = await prune(kind === 'mpnet' ? 0 : 0.5)
    expect(configOf(pruned).inner).toBe(inner - Math.floor(inner / 2))
    const out = join(dir, `pruned-${kind}`)
    await pruned.save(out)
    const again = await TextClassifier.load(out)
    expect(configOf(again).removed).toEqual(configOf(pruned).removed)
    expect(await scoresOf(again)).toEqual(await scoresOf(pruned))
  })

  it('refuses what it cannot do', async () => {
    for (const [options, part] of [
      [{ heads: 1 }, 'heads'],
      [{ columns: -0.1 }, 'columns'],
      [{ by: 'chance' }, 'by'],
      [{ layers: 1 }, 'layers'],
      [{ batchSize: 0 }, 'batchSize'],
    ] as const)
      await expect(classifier.prune(texts, labels, options as never)).rejects.toMatchObject({
        code: 'ERR_VALUE',
        message: expect.stringContaining(part),
      })
    await expect(classifier.prune([], [])).rejects.toMatchObject({ code: 'ERR_VALUE' })
    await expect(classifier.prune(texts, labels.slice(1))).rejects.toMatchObject({ code: 'ERR_VALUE' })
    await expect(classifier.prune(texts, labels, { heads: 0.5, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ERR_ABORTED',
    })
    const model = await load()
    await model.fit(texts, labels, { epochs: 1, adapter: { kind: 'bottleneck' } })
    await expect(model.prune(texts, labels)).rejects.toMatchObject({ code: 'ERR_NOT_SUPPORTED' })
    expect(await (await classifier.prune([], [], { by: 'weights', heads: 0.5 })).predict(['a'])).toHaveLength(1)
    const shared = await TextClassifier.load(join(__dirname, '..', 'fixtures', 'tiny-architectures', 'albert'), {
      labels: ['a', 'b'],
    })
    await expect(shared.prune(['a'], ['a'], { columns: 0.5 })).rejects.toMatchObject({ code: 'ERR_NOT_SUPPORTED' })
    await expect(shared.distill(['a'], { layers: [0] })).rejects.toMatchObject({ code: 'ERR_NOT_SUPPORTED' })
  })
})
