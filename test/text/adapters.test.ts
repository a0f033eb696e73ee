// Few weights trained in place of all: what is learnt, what stays, and what is saved.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type AdapterOptions,
  CrossEncoder,
  MaskedLanguageModel,
  SentenceEncoder,
  setThreads,
  TextClassifier,
  TextEmbedder,
  TokenClassifier,
  type TrainingOptions,
} from 'kindred'
import { Weights } from 'kindred/nn'
import { afterEach, describe, expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import { readSafetensors } from '#lib/data/storage/safetensors.js'
import { budgetAt } from '#lib/nn/adapters/adalora.js'
import { makeAdapter } from '#lib/nn/adapters/index.js'
import { labels, sentences } from '../support/sentences.js'
import { dir } from '../support/table-files.js'

const folder = join(__dirname, '..', 'fixtures', 'tiny-bert')
const quick: TrainingOptions = { epochs: 4, batchSize: 8, learningRate: 2e-2, seed: 3 }
const lora: AdapterOptions = { kind: 'lora', rank: 2, alpha: 6 }
const kinds: Record<string, AdapterOptions> = {
  lora,
  'lora of all products, with dropout': { kind: 'lora', rank: 3, dropout: 0.2, targets: ['query', 'key', 'dense'] },
  bottleneck: { kind: 'bottleneck', size: 5 },
  adalora: { kind: 'adalora', rank: 2, every: 2 },
}

const weightsOf = (model: unknown) => (model as { source: { weights: Weights } }).source.weights
const newClassifier = () => TextClassifier.load(folder, { labels: ['bad', 'good'], seed: 1 })

/** All weights of the folder's encoder. */
async function encoderOf(model: unknown): Promise<Record<string, number[]>> {
  const weights = weightsOf(model)
  const names = weights.names.filter((name) => /^(?:embeddings|encoder)\./.test(name) && /(?:weight|bias)$/.test(name))
  const own = names.filter((name) => !name.includes('adapter') && !name.includes('adamw'))
  return Object.fromEntries(await Promise.all(own.map(async (name) => [name, [...(await weights.read(name))]])))
}

async function scoresOf(model: TextClassifier): Promise<number[]> {
  return (await model.predict(sentences)).flatMap(({ scores }) => [...scores])
}

function expectNear(received: readonly number[], expected: readonly number[], within: number) {
  expect(received.length).toBe(expected.length)
  for (const [n, value] of expected.entries()) expect(Math.abs(received[n]! - value)).toBeLessThan(within)
}

afterEach(() => setThreads(2))

describe.each(Object.entries(kinds))('%s', (_, adapter) => {
  it('learns, the same bits for the same seed and any number of threads', async () => {
    const trained = []
    for (const threads of [1, 3]) {
      setThreads(threads)
      const model = await newClassifier()
      await model.fit(sentences, labels, { ...quick, adapter })
      trained.push(await scoresOf(model))
      expect(model.history.at(-1)!.loss).toBeLessThan(0.9 * model.history[0]!.loss)
      const { targets: _, ...options } = { targets: undefined, ...adapter }
      expect(model.adapter).toMatchObject(options)
    }
    expect(trained[1]).toEqual(trained[0])
  })

  it('changes no weight of the encoder but what it says, and keeps no state of an optimiser for them', async () => {
    const model = await newClassifier()
    const before = await encoderOf(model)
    await model.fit(sentences, labels, { ...quick, adapter })
    const after = await encoderOf(model)
    for (const [name, values] of Object.entries(before))
      if (adapter.kind === 'bottleneck' && name.includes('LayerNorm')) expect(after[name], name).not.toEqual(values)
      else expect(after[name], name).toEqual(values)
    const kept = weightsOf(model).names.filter((name) => name.includes('.adamw.'))
    expect(kept.some((name) => name.includes('word_embeddings') || name.includes('intermediate.dense.weight.'))).toBe(
      false,
    )
    expect(kept.some((name) => name.startsWith('classifier.'))).toBe(true)
  })

  it('is the model that it was after an error, and goes on with the same adapter', async () => {
    const model = await newClassifier()
    const before = await scoresOf(model)
    const stop = (at: number) => ({
      onProgress: ({ step }: { step: number }) => {
        if (step === at) throw new Error('of the caller')
      },
    })
    await expect(model.fit(sentences, labels, { ...quick, adapter, ...stop(3) })).rejects.toThrow('of the caller')
    expect(await scoresOf(model)).toEqual(before)
    expect(model.adapter).toBeUndefined()
    await model.fit(sentences, labels, { ...quick, adapter })
    const once = await scoresOf(model)
    const { loss } = model.history.at(-1)!
    await expect(model.fit(sentences, labels, { ...quick, adapter, ...stop(3) })).rejects.toThrow('of the caller')
    expect(await scoresOf(model)).toEqual(once)
    await model.fit(sentences, labels, { ...quick, adapter, learningRate: 1e-3 })
    expect(model.history[0]!.loss).toBeLessThan(1.2 * loss)
    expect(await scoresOf(model)).not.toEqual(once)
    // Without an adapter all weights are trained, from what was learnt.
    const all = await encoderOf(model)
    const twice = await scoresOf(model)
    await expect(model.fit(sentences, labels, { ...quick, ...stop(2) })).rejects.toThrow('of the caller')
    expect(await scoresOf(model)).toEqual(twice)
    expect(await encoderOf(model)).toEqual(all)
    await model.fit(sentences, labels, { ...quick, learningRate: 1e-4 })
    expect(model.history[0]!.loss).toBeLessThan(1.5 * loss)
    expect((await encoderOf(model))['encoder.layer.0.intermediate.dense.weight']).not.toEqual(
      all['encoder.layer.0.intermediate.dense.weight'],
    )
  })

  it('predicts the same when it was saved and loaded, twice', async () => {
    const model = await newClassifier()
    await model.fit(sentences, labels, { ...quick, adapter })
    const before = await scoresOf(model)
    const out = join(dir, `adapted-${adapter.kind}-${Math.random()}`)
    await model.save(out)
    expect(await scoresOf(model)).toEqual(before)
    const again = await TextClassifier.load(out)
    expectNear(await scoresOf(again), before, 1e-5)
    await again.save(out)
    expectNear(await scoresOf(await TextClassifier.load(out)), before, 1e-5)
  })

  it('is within an exported model', async () => {
    const encoder = await SentenceEncoder.load(folder)
    const plain = [...(await encoder.embed(sentences)).data]
    await encoder.fit(sentences, { ...quick, loss: 'simcse', adapter })
    const own = [...(await encoder.embed(sentences)).data]
    expect(own).not.toEqual(plain)
    const out = join(dir, `adapted-sentences-${Math.random()}`)
    await encoder.save(out)
    using embedder = await TextEmbedder.load(out)
    expectNear([...(await embedder.embed(sentences)).vectors.data], own, 1e-5)
  })
})

describe('lora', () => {
  it('trains as peft does', async () => {
    const read = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'))
    const [{ texts, labels: numbers }, golden] = [read('golden.json'), read('lora.json')]
    const { rank, alpha, learningRate, weightDecay, maxNorm, losses, scores } = golden
    const model = await TextClassifier.load(folder)
    const classes = numbers.map((n: number) => model.labels[n]!)
    const options: TrainingOptions = {
      ...{ batchSize: texts.length, weightDecay, maxNorm, schedule: 'constant' },
      adapter: { kind: 'lora', rank, alpha },
    }
    await model.fit(texts, classes, { ...options, epochs: 1, learningRate: 0 })
    const weights = weightsOf(model)
    for (const name of weights.names.filter((each) => each.endsWith('.A')))
      await weights.write(
        name,
        Float32Array.from({ length: rank * 20 }, (_, n) => Math.sin(n) / 4),
      )
    await model.fit(texts, classes, { ...options, epochs: losses.length, learningRate })
    expectNear(
      model.history.map(({ loss }) => loss),
      losses,
      1e-5,
    )
    expectNear(
      (await model.predict(texts)).flatMap((each) => [...each.scores]),
      scores.flat(),
      1e-5,
    )
  })

  it('is saved as a plain folder', async () => {
    const model = await newClassifier()
    await model.fit(sentences, labels, { ...quick, adapter: lora })
    const out = join(dir, 'merged')
    await model.save(out)
    const saved = await readSafetensors(join(out, 'model.safetensors'))
    const plain = await readSafetensors(join(folder, 'model.safetensors'))
    expect([...saved.tensors.keys()].sort()).toEqual([...plain.tensors.keys()].sort())
    for (const [name, { data }] of plain.tensors)
      if (/^bert\.(?:embeddings|encoder)/.test(name))
        if (/(?:query|value)\.weight/.test(name)) expect(saved.tensors.get(name)!.data).not.toEqual(data)
        else expect(saved.tensors.get(name)!.data, name).toEqual(data)
    expect(Object.keys(JSON.parse(readFileSync(join(out, 'config.json'), 'utf8')))).not.toContain('kindred_adapter')
  })

  it('is trained by every model', async () => {
    const pairs = sentences.map((text, n): [string, string] => [text, sentences[(n * 7) % sentences.length]!])
    const words = sentences.map((text) => text.split(' '))
    const tags = words.map((each) => each.map((word) => (word.length > 4 ? 'B-X' : 'O')))
    const options = { ...quick, adapter: lora }
    const untouched = await encoderOf(await TextClassifier.load(folder))
    const models = [
      (await CrossEncoder.load(folder)).fit(
        pairs,
        pairs.map((_, n) => n % 2),
        options,
      ),
      (await TokenClassifier.load(folder, { labels: ['O', 'B-X'] })).fit(words, tags, options),
      (await SentenceEncoder.load(folder)).fit(pairs, options),
      (await MaskedLanguageModel.load(folder)).fit(sentences, options),
    ]
    for (const model of await Promise.all<CrossEncoder | TokenClassifier | SentenceEncoder | MaskedLanguageModel>(
      models,
    )) {
      const { history, adapter } = model
      expect(adapter).toMatchObject({ kind: 'lora', rank: 2 })
      expect(history.at(-1)!.loss).toBeLessThan(history[0]!.loss)
      expect(await encoderOf(model)).toEqual(untouched)
    }
  })

  it('adds (alpha / rank) B A to the weights that were saved', async () => {
    const model = await newClassifier()
    await model.fit(sentences, labels, { ...quick, adapter: lora })
    const out = join(dir, 'merged-product')
    await model.save(out)
    const saved = await readSafetensors(join(out, 'model.safetensors'))
    const name = 'encoder.layer.1.attention.self.value'
    const [w, a, b] = await Promise.all(
      ['weight', 'lora2.A', 'lora2.B'].map((part) => weightsOf(model).read(`${name}.${part}`)),
    )
    const merged = Array.from(w!, (value, at) => {
      const [row, col] = [Math.floor(at / 20), at % 20]
      return value + 3 * (b![row * 2]! * a![col]! + b![row * 2 + 1]! * a![20 + col]!)
    })
    expectNear([...(saved.tensors.get(`bert.${name}.weight`)!.data as Float32Array)], merged, 1e-6)
  })

  it('becomes part of the weights when another follows', async () => {
    const model = await newClassifier()
    await model.fit(sentences, labels, { ...quick, adapter: lora })
    const before = await scoresOf(model)
    const weights = await encoderOf(model)
    await model.fit(sentences, labels, { ...quick, learningRate: 0, adapter: { kind: 'lora', rank: 4 } })
    expectNear(await scoresOf(model), before, 1e-5)
    expect(await encoderOf(model)).not.toEqual(weights)
    await model.fit(sentences, labels, { ...quick, learningRate: 0, adapter: { kind: 'bottleneck', size: 3 } })
    expectNear(await scoresOf(model), before, 1e-2)
  })
})

describe.each(['roberta', 'distilbert', 'albert', 'mpnet'])('of %s', (kind) => {
  it.each(Object.values(kinds))('%j learns, and is saved', async (adapter) => {
    const model = await TextClassifier.load(join(__dirname, '..', 'fixtures', 'tiny-architectures', kind), {
      labels: ['bad', 'good'],
      seed: 1,
    })
    await model.fit(sentences, labels, { ...quick, epochs: 2, adapter })
    const out = join(dir, `adapted-${kind}-${Math.random()}`)
    await model.save(out)
    expectNear(await scoresOf(await TextClassifier.load(out)), await scoresOf(model), 1e-5)
  })
})

describe('adalora', () => {
  const adapter: AdapterOptions = { kind: 'adalora', rank: 2, initialRank: 4, every: 2, orthogonality: 0.5 }
  const ranksOf = (model: TextClassifier) => model.adapter!.ranks as Record<string, number>

  it('moves ranks to where they matter, and keeps to the mean that was given', async () => {
    const model = await newClassifier()
    await model.fit(sentences, labels, { ...quick, adapter })
    const ranks = Object.values(ranksOf(model))
    expect(ranks).toHaveLength(12)
    expect(ranks.reduce((a, b) => a + b)).toBe(24)
    expect(new Set(ranks).size).toBeGreaterThan(2)
    expect(Math.max(...ranks)).toBeLessThanOrEqual(4)
    // Another fit goes on with them.
    const before = ranksOf(model)
    await model.fit(sentences, labels, { ...quick, adapter })
    expect(ranksOf(model)).toEqual(before)
  })

  it('saves P diag(l) Q of the terms that are left', async () => {
    const model = await newClassifier()
    await model.fit(sentences, labels, { ...quick, adapter: { ...adapter, alpha: 6 } })
    const out = join(dir, 'adalora')
    await model.save(out)
    const { tensors } = await readSafetensors(join(out, 'model.safetensors'))
    const name = 'encoder.layer.1.intermediate.dense'
    const [w, p, q, factors, mask] = await Promise.all(
      ['weight', ...['P', 'Q', 'l', 'mask'].map((part) => `adalora4.${part}`)].map((part) =>
        weightsOf(model).read(`${name}.${part}`),
      ),
    )
    const l = factors!.map((factor, n) => factor * mask![n]!)
    const merged = Array.from(w!, (value, at) => {
      const [row, col] = [Math.floor(at / 20), at % 20]
      let sum = value
      for (let n = 0; n < 4; n++) sum += 3 * p![n * 36 + row]! * l[n]! * q![n * 20 + col]!
      return sum
    })
    expectNear([...(tensors.get(`bert.${name}.weight`)!.data as Float32Array)], merged, 1e-6)
    expect([...l].filter((factor) => factor !== 0)).toHaveLength(ranksOf(model)[name]!)
  })

  it('keeps terms apart by its penalty', async () => {
    const overlap = async (orthogonality: number) => {
      const model = await newClassifier()
      await model.fit(sentences, labels, { ...quick, epochs: 8, adapter: { ...adapter, orthogonality } })
      let total = 0
      for (const part of ['P', 'Q']) {
        const name = `encoder.layer.0.attention.self.value.adalora4.${part}`
        const rows = await weightsOf(model).read(name)
        for (let a = 0; a < 4; a++)
          for (let b = 0; b < 4; b++) {
            let dot = 0
            for (let d = 0; d < 20; d++) dot += rows[a * 20 + d]! * rows[b * 20 + d]!
            total += (dot - (a === b ? 1 : 0)) ** 2
          }
      }
      return total
    }
    expect(await overlap(10)).toBeLessThan(0.5 * (await overlap(0)))
  })

  it('removes the terms of least sensitivity times uncertainty', async () => {
    const weights = new Weights()
    weights.declare('w.weight', [3, 3])
    const products = new Map([['w', [3, 3] as const]])
    const made = makeAdapter(
      { kind: 'adalora', rank: 1, initialRank: 3, targets: ['w'], every: 1, fixed: 0.25 },
      products,
    )
    for (const [name, shape] of made.shapes) {
      weights.declare(name, shape)
      const size = shape.reduce((a, b) => a * b, 1)
      const isMeasure = /mean|uncertainty/.test(name)
      await weights.write(name, made.initial(name, createRandom(1)) ?? new Float32Array(size).fill(isMeasure ? 1 : 0.5))
    }
    // Sensitivity times uncertainty of a factor counts whole, that of rows by their mean.
    await weights.write('w.adalora3.l.mean', Float32Array.of(1, 5, 1))
    await weights.write('w.adalora3.l.uncertainty', Float32Array.of(1, 1, 2))
    await weights.write('w.adalora3.P.mean', Float32Array.of(9, 9, 9, 1, 1, 1, 1, 1, 1))
    const left = async () => [...(await weights.read('w.adalora3.l'))].map((factor) => factor !== 0)
    const steps = 8
    await made.afterStep!(weights, { step: 1, steps })
    expect(await left()).toEqual([true, true, true])
    await made.afterStep!(weights, { step: 4, steps })
    expect(await left()).toEqual([true, false, false])
    // A term may come back while the mean is not reached, but not later.
    await weights.write('w.adalora3.l', Float32Array.of(1, 1, 1))
    await made.afterStep!(weights, { step: 6, steps })
    expect(await left()).toEqual([true, false, false])
    await weights.write('w.adalora3.l', Float32Array.of(1, 1, 1))
    await made.settle!(weights)
    expect(made.ranks).toEqual({ w: 1 })
  })

  it('lets the mean rank fall as the paper has it', () => {
    const settings = { rank: 2, initialRank: 4, warmup: 0.2, fixed: 0.3 }
    const at = (step: number) => budgetAt({ step, steps: 100 }, settings)
    expect([at(1), at(19), at(20), at(70), at(100)]).toEqual([4, 4, 4, 2, 2])
    expect(at(45)).toBeCloseTo(2 + 2 * 0.5 ** 3)
  })
})

describe('bottleneck', () => {
  it('refuses another adapter, which it could not be merged for', async () => {
    const model = await newClassifier()
    await model.fit(sentences, labels, { ...quick, epochs: 1, adapter: kinds.bottleneck! })
    const before = await scoresOf(model)
    await expect(model.fit(sentences, labels, { ...quick, adapter: lora })).rejects.toMatchObject({
      code: 'ERR_NOT_SUPPORTED',
    })
    expect(await scoresOf(model)).toEqual(before)
  })

  it('is in the saved folder, beside the weights of the encoder', async () => {
    const model = await newClassifier()
    await model.fit(sentences, labels, { ...quick, epochs: 1, adapter: kinds.bottleneck! })
    const out = join(dir, 'bottleneck')
    await model.save(out)
    const { tensors } = await readSafetensors(join(out, 'model.safetensors'))
    expect([...tensors.keys()].filter((name) => name.includes('adapter'))).toHaveLength(16)
    expect(JSON.parse(readFileSync(join(out, 'config.json'), 'utf8')).kindred_adapter).toEqual({
      kind: 'bottleneck',
      size: 5,
      activation: 'gelu',
    })
    // Another model over the same folder has it, too.
    const encoder = await SentenceEncoder.load(out)
    expect(encoder.adapter).toMatchObject({ kind: 'bottleneck' })
  })
})

it.each([
  [{ kind: 'lorra' }, /adapter: expected \{ kind: 'lora'/],
  [null, /adapter/],
  ['lora', /adapter/],
  [{ kind: 'lora', rank: 0 }, /adapter\.rank/],
  [{ kind: 'lora', rank: 2.5 }, /adapter\.rank/],
  [{ kind: 'lora', alpha: Number.NaN }, /adapter\.alpha/],
  [{ kind: 'lora', dropout: 1 }, /adapter\.dropout/],
  [{ kind: 'lora', targets: ['quary'] }, /"quary"/],
  [{ kind: 'lora', targets: [] }, /adapter\.targets/],
  [{ kind: 'lora', size: 5 }, /size/],
  [{ kind: 'adalora', initialRank: 4 }, /adapter\.initialRank/],
  [{ kind: 'adalora', warmup: 0.6 }, /adapter\.fixed/],
  [{ kind: 'adalora', beta1: 1 }, /adapter\.beta1/],
  [{ kind: 'bottleneck', size: 0 }, /adapter\.size/],
  [{ kind: 'bottleneck', activation: 'sharp' }, /adapter\.activation/],
])('refuses the adapter %j', async (adapter, message) => {
  const model = await newClassifier()
  const before = await scoresOf(model)
  await expect(model.fit(sentences, labels, { ...quick, adapter: adapter as never })).rejects.toMatchObject({
    code: 'ERR_VALUE',
    message: expect.stringMatching(message),
  })
  expect(await scoresOf(model)).toEqual(before)
})

describe('layerDecay', () => {
  it('is the learning rate of each layer over that of the one above', async () => {
    const changes: Record<string, number>[] = []
    for (const layerDecay of [1, 0.5]) {
      const model = await newClassifier()
      const before = await encoderOf(model)
      const pooler = await weightsOf(model).read('pooler.dense.weight')
      // The first step of AdamW moves every weight by the learning rate.
      await model.fit(sentences, labels, { ...quick, epochs: 1, batchSize: 60, weightDecay: 0, layerDecay })
      const after = await encoderOf(model)
      const farthest = (a: ArrayLike<number>, b: ArrayLike<number>) =>
        Math.max(...Array.from(a, (value, n) => Math.abs(value - b[n]!)))
      changes.push({
        ...Object.fromEntries(Object.keys(before).map((name) => [name, farthest(before[name]!, after[name]!)])),
        head: farthest(pooler, await weightsOf(model).read('pooler.dense.weight')),
      })
    }
    const [plain, decayed] = changes
    for (const [name, change] of Object.entries(plain!)) {
      const layer = /layer\.(\d)/.exec(name)?.[1]
      const factor = name === 'head' ? 1 : layer === undefined ? 0.25 : layer === '0' ? 0.5 : 1
      expect(decayed![name]! / change, name).toBeCloseTo(factor, 3)
    }
  })

  it.each([0, -1, 1.5, Number.NaN, '1'])('refuses %j', async (layerDecay) => {
    await expect(
      (await newClassifier()).fit(sentences, labels, { layerDecay: layerDecay as never }),
    ).rejects.toMatchObject({ code: 'ERR_VALUE', message: expect.stringContaining('layerDecay') })
  })
})

describe('a new adapter that cannot be made', () => {
  it('leaves the one before as it was', async () => {
    const model = await newClassifier()
    await model.fit(sentences, labels, { ...quick, epochs: 1, adapter: lora })
    const before = await scoresOf(model)
    const weights = weightsOf(model)
    const write = weights.write.bind(weights)
    weights.write = (name, ...rest) =>
      name.includes('lora4') ? Promise.reject(new Error('no room')) : write(name, ...rest)
    const fit = model.fit(sentences, labels, { ...quick, adapter: { kind: 'lora', rank: 4 } })
    await expect(fit).rejects.toThrow('no room')
    expect(model.adapter).toMatchObject({ rank: 2 })
    expect(await scoresOf(model)).toEqual(before)
  })

  it.each([
    { kind: 'lora', rank: 1e9 },
    { kind: 'adalora', rank: 1e9 },
    { kind: 'bottleneck', size: 1e9 },
  ] as const)('of a size that no product has is refused: $kind', async (adapter) => {
    const model = await newClassifier()
    const before = await scoresOf(model)
    await expect(model.fit(sentences, labels, { adapter })).rejects.toThrow(
      /^adapter\.(rank|size): expected an integer/,
    )
    expect(await scoresOf(model)).toEqual(before)
  })
})
