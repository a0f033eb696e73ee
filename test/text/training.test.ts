import { join } from 'node:path'
import {
  CrossEncoder,
  MaskedLanguageModel,
  SentenceEncoder,
  setThreads,
  TextClassifier,
  TokenClassifier,
  type TrainingOptions,
  type TrainingProgress,
} from 'kindred'
import { afterEach, describe, expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import { readObject } from '#lib/encode/folder-json.js'
import { loadTokenizer } from '#lib/text/base/token-sequences.js'
import { maskVocabulary, maskWords } from '#lib/text/mask-words.js'

const folder = join(__dirname, '..', 'fixtures', 'tiny-bert')

const nouns = ['man', 'woman', 'boy', 'girl', 'dog', 'king', 'queen', 'robot', 'doctor', 'friend']
const good = ['love', 'comedy', 'young', 'toy', 'family']
const bad = ['death', 'war', 'murder', 'police', 'secret']
const random = createRandom(5)
const pick = (words: readonly string[]) => words[random.integer(words.length)]!
const sentences = Array.from({ length: 60 }, (_, n) => {
  const words = n % 2 ? good : bad
  return ['the', pick(nouns), 'and', 'his', pick(words), 'of', pick(words)].join(' ')
})
const labels = sentences.map((_, n) => (n % 2 ? 'good' : 'bad'))
const tags = sentences.map((text) => text.split(' ').map((word) => (nouns.includes(word) ? 'B-WHO' : 'O')))
const words = sentences.map((text) => text.split(' '))
const pairs = sentences.map((text, n): [string, string] => [text, sentences[(n * 7 + (n % 3)) % 60]!])
const scores = pairs.map((_, n) => n % 2)

const quick: TrainingOptions = { epochs: 4, batchSize: 8, learningRate: 5e-3, seed: 3 }

/** Each model trained the same way, and something that tells one state of its weights from another. */
const models = {
  TextClassifier: async (options: TrainingOptions) => {
    const model = await TextClassifier.load(folder, { labels: ['bad', 'good'], seed: 1 })
    const state = async () => (await model.predict(sentences)).flatMap(({ scores }) => [...scores])
    return { model, state, fit: () => model.fit(sentences, labels, options) }
  },
  TokenClassifier: async (options: TrainingOptions) => {
    const model = await TokenClassifier.load(folder, { labels: ['O', 'B-WHO'], seed: 1 })
    const state = async () => {
      const { f1, accuracy } = await model.evaluate(words, tags)
      return [f1, accuracy]
    }
    return { model, state, fit: () => model.fit(words, tags, options) }
  },
  CrossEncoder: async (options: TrainingOptions) => {
    const model = await CrossEncoder.load(folder, { seed: 1 })
    const state = async () => [...(await model.predict(pairs))]
    return { model, state, fit: () => model.fit(pairs, scores, options) }
  },
  'SentenceEncoder, cosine': async (options: TrainingOptions) => {
    const model = await SentenceEncoder.load(folder)
    const state = async () => [...(await model.embed(sentences)).data]
    return { model, state, fit: () => model.fit(pairs, { ...options, scores }) }
  },
  'SentenceEncoder, in-batch': async (options: TrainingOptions) => {
    const model = await SentenceEncoder.load(folder)
    const state = async () => [...(await model.embed(sentences)).data]
    return { model, state, fit: () => model.fit(pairs, options) }
  },
  'SentenceEncoder, simcse': async (options: TrainingOptions) => {
    const model = await SentenceEncoder.load(folder)
    const state = async () => [...(await model.embed(sentences)).data]
    return { model, state, fit: () => model.fit(sentences, { ...options, loss: 'simcse' }) }
  },
  MaskedLanguageModel: async (options: TrainingOptions) => {
    const model = await MaskedLanguageModel.create(folder, { dims: 24, layers: 1, heads: 2, dropout: 0.1, seed: 1 })
    const state = async () => [await model.loss(sentences)]
    return { model, state, fit: () => model.fit(sentences, options) }
  },
}

afterEach(() => setThreads(2))

describe.each(Object.entries(models))('%s', (name, make) => {
  it('learns, the same bits for the same seed and any number of threads', async () => {
    setThreads(1)
    const { model, state, fit } = await make(quick)
    const before = await state()
    await fit()
    const losses = model.history.map(({ loss }) => loss)
    expect(losses).toHaveLength(4)
    // Without dropout a text and itself are one vector from the start.
    if (name !== 'SentenceEncoder, simcse') expect(losses.at(-1)).toBeLessThan(0.9 * losses[0]!)
    expect(await state()).not.toEqual(before)
    setThreads(3)
    const again = await make(quick)
    await again.fit()
    expect(again.model.history.map(({ loss }) => loss)).toEqual(losses)
    expect(await again.state()).toEqual(await state())
    const other = await make({ ...quick, seed: 4 })
    await other.fit()
    expect(other.model.history.map(({ loss }) => loss)).not.toEqual(losses)
  })

  it('is as it was after an abort at any step, an error of the caller, and a loss that is no number', async () => {
    const steps = Math.ceil(60 / 8)
    for (const stop of [1, 3, steps + 2]) {
      const controller = new AbortController()
      const { state, fit } = await make({
        ...quick,
        signal: controller.signal,
        onProgress: ({ step }) => {
          if (step === stop) controller.abort()
        },
      })
      const before = await state()
      await expect(fit()).rejects.toMatchObject({ code: 'ERR_ABORTED' })
      expect(await state()).toEqual(before)
    }
    const thrown = new Error('of the caller')
    const failing = await make({
      ...quick,
      onProgress: () => {
        throw thrown
      },
    })
    const before = await failing.state()
    await expect(failing.fit()).rejects.toBe(thrown)
    expect(await failing.state()).toEqual(before)
    const diverging = await make({ ...quick, learningRate: 1e30, maxNorm: 1e30, schedule: 'constant' })
    await expect(diverging.fit()).rejects.toMatchObject({ code: 'ERR_NOT_FINITE' })
    expect(await diverging.state()).toEqual(before)
  })

  it('refuses illegal options by name, and a second call during training', async () => {
    for (const [option, value] of [
      ['epochs', 0],
      ['batchSize', 1.5],
      ['learningRate', Number.NaN],
      ['warmup', 2],
      ['schedule', 'steep'],
      ['maxTokens', 1000],
      ['maxNorm', -1],
      ['learningRateFactor', 2],
      ['learningRateFactor', () => -1],
      ['frozen', 'embeddings'],
      ['frozen', () => true],
    ] as const)
      await expect((await make({ ...quick, [option]: value as never })).fit()).rejects.toMatchObject({
        code: 'ERR_VALUE',
        message: expect.stringContaining(option),
      })
    const { state, fit } = await make(quick)
    const first = fit()
    await expect(fit()).rejects.toMatchObject({ code: 'ERR_NOT_SUPPORTED' })
    await expect(state()).rejects.toMatchObject({ code: 'ERR_NOT_SUPPORTED' })
    await first
    await state()
  })

  it('tells its progress', async () => {
    const seen: TrainingProgress[] = []
    const { model, fit } = await make({ ...quick, epochs: 2, onProgress: (progress) => void seen.push(progress) })
    await fit()
    expect(seen.map(({ step }) => step)).toEqual(Array.from({ length: 16 }, (_, n) => n + 1))
    expect(seen.every(({ steps, epochs, secondsLeft }) => steps === 16 && epochs === 2 && secondsLeft >= 0)).toBe(true)
    expect(seen[7]!.loss).toBe(model.history[0]!.loss)
  })
})

describe('training', () => {
  it('keeps the weights of the best epoch, and ends when its patience does', async () => {
    const classifier = await TextClassifier.load(folder, { labels: ['bad', 'good'], seed: 1 })
    const validation = { texts: sentences.slice(0, 20), labels: labels.slice(0, 20) }
    await classifier.fit(sentences.slice(20), labels.slice(20), {
      ...quick,
      epochs: 12,
      learningRate: 2e-2,
      patience: 2,
      schedule: 'constant',
      validation,
    })
    const accuracies = classifier.history.map(({ validation: judged }) => judged!.accuracy)
    const best = accuracies.indexOf(Math.max(...accuracies))
    expect(accuracies.length).toBe(Math.min(12, best + 3))
    expect((await classifier.evaluate(validation.texts, validation.labels)).accuracy).toBe(accuracies[best])
  })

  it('leaves frozen weights, and rows of embeddings that no text has, as they were', async () => {
    const classifier = await TextClassifier.load(folder, { labels: ['bad', 'good'], seed: 1 })
    const weights = () => (classifier as never as { source: { weights: import('kindred/nn').Weights } }).source.weights
    const read = (name: string) => weights().read(name)
    const table = 'embeddings.word_embeddings.weight'
    const frozen = (name: string) => name.startsWith('encoder.layer.0.')
    const [words, first, second] = [
      await read(table),
      await read('encoder.layer.0.output.dense.weight'),
      await read('encoder.layer.1.output.dense.weight'),
    ]
    await classifier.fit(sentences, labels, { ...quick, frozen })
    const used = new Set((await (await loadTokenizer(folder)).encode(sentences)).flatMap((ids) => [...ids]))
    const after = await read(table)
    expect(await read('encoder.layer.0.output.dense.weight')).toEqual(first)
    expect(await read('encoder.layer.1.output.dense.weight')).not.toEqual(second)
    const row = (table: Float32Array, id: number) => [...table.subarray(20 * id, 20 * id + 20)]
    const tokenizer = await loadTokenizer(folder)
    for (const id of [...tokenizer.prefix, ...tokenizer.suffix]) used.add(id)
    for (let id = 0; id < words.length / 20; id++)
      if (used.has(id)) expect(row(after, id)).not.toEqual(row(words, id))
      else expect(row(after, id)).toEqual(row(words, id))
  })

  it('gives each weight its part of the learning rate', async () => {
    const classifier = await TextClassifier.load(folder, { labels: ['bad', 'good'], seed: 1 })
    const { weights } = (classifier as never as { source: { weights: import('kindred/nn').Weights } }).source
    const [still, moving] = ['encoder.layer.0.output.dense.weight', 'encoder.layer.1.output.dense.weight'] as const
    const [first, second] = [await weights.read(still), await weights.read(moving)]
    await classifier.fit(sentences, labels, {
      ...quick,
      learningRateFactor: (name) => (name.startsWith('encoder.layer.0.') ? 0 : 1),
    })
    expect(await weights.read(still)).toEqual(first)
    expect(await weights.read(moving)).not.toEqual(second)
  })

  it('masks whole words, about 15 % of them, in the shares of the paper', async () => {
    const path = join(folder, 'tokenizer.json')
    const vocabulary = maskVocabulary((await readObject(path))!, {}, path)
    const tokenizer = await loadTokenizer(folder)
    const [whole] = await tokenizer.encode([new Array(4000).fill('dogs').join(' ')])
    const ids = Int32Array.from([...tokenizer.prefix, ...whole!, ...tokenizer.suffix])
    const before = ids.slice()
    const { places, labels } = maskWords(ids, vocabulary, createRandom(1))
    expect(Math.abs(places.length / whole!.length - 0.15)).toBeLessThan(0.02)
    expect([...labels]).toEqual([...places].map((place) => before[place]))
    for (const place of places) {
      const partner = vocabulary.continues[before[place]!] ? place - 1 : place + 1
      expect(places.includes(partner)).toBe(true)
    }
    const share = (test: (place: number) => boolean) => [...places].filter(test).length / places.length
    expect(Math.abs(share((place) => ids[place] === vocabulary.mask) - 0.8)).toBeLessThan(0.04)
    expect(Math.abs(share((place) => ids[place] === before[place]) - 0.1)).toBeLessThan(0.03)
    const masked = new Set(places)
    expect(ids.every((id, place) => masked.has(place) || id === before[place])).toBe(true)
  })

  it('refuses what is no folder of a BERT model, by what is missing', async () => {
    const tiny = join(__dirname, '..', 'fixtures', 'tiny-encoder')
    for (const load of [
      () => TextClassifier.load(tiny, { labels: ['a', 'b'] }),
      () => SentenceEncoder.load('/nowhere'),
      () => MaskedLanguageModel.create('/nowhere'),
    ])
      await expect(load()).rejects.toMatchObject({ code: 'ERR_ENCODER' })
    await expect(TextClassifier.load(folder, { labels: ['only'] })).rejects.toMatchObject({ code: 'ERR_VALUE' })
    const classifier = await TextClassifier.load(folder)
    await expect(classifier.fit(['a'], ['western'])).rejects.toMatchObject({
      code: 'ERR_VALUE',
      message: expect.stringContaining('"drama", "crime", "other"'),
    })
    await expect(classifier.fit(['a', 'b'], ['drama', 'drama'])).rejects.toMatchObject({ code: 'ERR_VALUE' })
    await expect(classifier.fit([], [])).rejects.toMatchObject({ code: 'ERR_VALUE' })
    await expect(classifier.fit(['a'], [])).rejects.toMatchObject({ code: 'ERR_VALUE' })
    await expect((await CrossEncoder.load(folder)).fit([['a', 'b']], [2])).rejects.toMatchObject({ code: 'ERR_VALUE' })
    const [tagger, language] = [
      await TokenClassifier.load(folder, { labels: ['O', 'B-X'] }),
      await MaskedLanguageModel.load(folder),
    ]
    for (const nothing of [
      () => tagger.fit([], []),
      () => language.fit([]),
      async () => (await SentenceEncoder.load(folder)).fit([]),
      async () => (await CrossEncoder.load(folder)).fit([], []),
      () => language.fit(['a dog'], { validation: [] }),
      () => classifier.fit(['a', 'b'], ['drama', 'crime'], { validation: { texts: [], labels: [] } }),
      () => classifier.fit(['a', 'b'], ['drama', 'crime'], { validation: 5 as never }),
      () => classifier.save(5 as never),
    ])
      await expect(nothing()).rejects.toMatchObject({ code: 'ERR_VALUE' })
    expect(language.history).toEqual([])
  })
})
