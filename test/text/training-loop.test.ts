// Steps of several batches, averages of weights, optimisers and schedules, and what an error of a step says.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { MaskedLanguageModel, TextClassifier, TokenClassifier, type TrainingOptions } from 'kindred'
import { Weights } from 'kindred/nn'
import { describe, expect, it } from 'vitest'
import { afterEpoch, NO_PLATEAU } from '#lib/nn/train/schedule.js'
import { WeightAverages } from '#lib/nn/train/weight-averages.js'
import { labels, sentences } from '../support/sentences.js'

const folder = join(__dirname, '..', 'fixtures', 'tiny-bert')
const { plateau } = JSON.parse(readFileSync(join(__dirname, '..', 'fixtures', 'optimizers.json'), 'utf8'))
const quick: TrainingOptions = { epochs: 2, batchSize: 12, learningRate: 5e-3, seed: 3 }
const validation = { texts: sentences.slice(0, 20), labels: labels.slice(0, 20) }

const weightsOf = (model: unknown) => (model as { source: { weights: Weights } }).source.weights
const classifierOf = () => TextClassifier.load(folder, { labels: ['bad', 'good'], seed: 1 })

/** All numbers of a model's own weights. */
async function numbersOf(model: unknown): Promise<number[]> {
  const weights = weightsOf(model)
  const own = weights.names.filter((name) => /(weight|bias)$/.test(name))
  return (await Promise.all(own.map((name) => weights.read(name)))).flatMap((values) => [...values])
}

async function fitted(options: TrainingOptions & { validation?: typeof validation }) {
  const model = await classifierOf()
  await model.fit(sentences, labels, { ...quick, ...options })
  return model
}

const farthest = (a: readonly number[], b: readonly number[]) => Math.max(...a.map((x, n) => Math.abs(x - b[n]!)))

describe('accumulation', () => {
  // Without the division by roots of squares, which makes much of small differences.
  const sgd = { optimizer: 'sgd', learningRate: 0.05 } as const

  it('is one batch of so many times the size, also for a last step that is smaller', async () => {
    const whole = await fitted({ ...sgd, batchSize: 24 })
    const parts = await fitted({ ...sgd, batchSize: 6, accumulation: 4 })
    const start = await numbersOf(await classifierOf())
    expect(farthest(await numbersOf(whole), start)).toBeGreaterThan(1e-2)
    expect(farthest(await numbersOf(parts), await numbersOf(whole))).toBeLessThan(1e-5)
    expect(parts.history.losses).toHaveLength(whole.history.losses.length)
    for (const [n, loss] of whole.history.losses.entries())
      expect(Math.abs(loss - parts.history.losses[n]!)).toBeLessThan(1e-5)
  })

  it('weighs batches by what their losses are means of', async () => {
    const words = sentences.map((text, n) => text.split(' ').slice(0, 1 + (n % 6)))
    const tags = words.map((own) => own.map((word) => (word === 'the' ? 'B-X' : 'O')))
    const fit = async (options: TrainingOptions) => {
      const tagger = await TokenClassifier.load(folder, { labels: ['O', 'B-X'], seed: 1 })
      return tagger.fit(words, tags, { ...quick, ...sgd, ...options })
    }
    const whole = await numbersOf(await fit({ batchSize: 60 }))
    expect(farthest(await numbersOf(await fit({ batchSize: 7, accumulation: 9 })), whole)).toBeLessThan(1e-5)
  })

  it('gives each batch masks of its own', async () => {
    const language = await MaskedLanguageModel.create(folder, { dims: 16, layers: 1, heads: 1, seed: 1 })
    const text = sentences[0]!
    await language.fit(Array(8).fill(text), { ...quick, batchSize: 4, accumulation: 2 })
    expect(language.history.losses).toHaveLength(2)
  })

  it('leaves rows of embeddings that no text of a step has as they are, and the model after an abort', async () => {
    const model = await classifierOf()
    const before = await numbersOf(model)
    const table = 'embeddings.word_embeddings.weight'
    const words = await weightsOf(model).read(table)
    const controller = new AbortController()
    const options = { ...quick, accumulation: 2, batchSize: 6 }
    await expect(
      model.fit(sentences, labels, { ...options, signal: controller.signal, onProgress: () => controller.abort() }),
    ).rejects.toMatchObject({ code: 'ERR_ABORTED' })
    expect(await numbersOf(model)).toEqual(before)
    await model.fit(sentences, labels, options)
    const after = await weightsOf(model).read(table)
    const rows = Array.from({ length: words.length / 20 }, (_, row) => row)
    const changed = rows.filter((row) =>
      words.subarray(20 * row, 20 * row + 20).some((value, n) => value !== after[20 * row + n]),
    )
    expect(changed.length).toBeGreaterThan(20)
    expect(changed.length).toBeLessThan(40)
  })
})

describe('averaging', () => {
  it('is an exponential average whose decay grows to its own', async () => {
    const weights = new Weights()
    weights.declare('w', [3])
    await weights.write('w', Float32Array.of(1, 2, 3))
    const averages = new WeightAverages(weights, ['w'], 0.4)
    await averages.start()
    let expected = [1, 2, 3]
    for (let step = 1; step <= 12; step++) {
      const now = [step, -step, step * step]
      await weights.write('w', Float32Array.from(now))
      await averages.add(step, undefined)
      const decay = Math.min(0.4, (1 + step) / (10 + step))
      expected = expected.map((value, n) => decay * value + (1 - decay) * now[n]!)
    }
    await averages.exchange()
    for (const [n, value] of (await weights.read('w')).entries()) expect(value).toBeCloseTo(expected[n]!, 3)
    await averages.exchange()
    expect([...(await weights.read('w'))]).toEqual([12, -12, 144])
  })

  it('is what a model has in the end, and what is judged', async () => {
    // One step of all texts an epoch: weights after n steps are those of a training of n epochs.
    const options = { ...quick, batchSize: 60, schedule: 'constant' } as const
    const [first, second] = await Promise.all(
      [1, 2].map(async (epochs) => numbersOf(await fitted({ ...options, epochs }))),
    )
    const start = await numbersOf(await classifierOf())
    const of = (decay: number, before: number[], now: number[]) =>
      before.map((x, n) => decay * x + (1 - decay) * now[n]!)
    const expected = of(0.25, of(2 / 11, start, first!), second!)
    const averaged = await fitted({ ...options, epochs: 2, averaging: 0.25, validation })
    const { texts } = validation
    expect((await averaged.evaluate(texts, validation.labels)).accuracy).toBe(
      Math.max(...averaged.history.map(({ score }) => score!)),
    )
    const plain = await fitted({ ...options, epochs: 2, averaging: 0.25 })
    expect(farthest(await numbersOf(plain), expected)).toBeLessThan(1e-5)
    expect(farthest(await numbersOf(plain), second!)).toBeGreaterThan(1e-4)
    expect(plain.history.losses).toEqual(averaged.history.losses)
  })
})

describe('schedules and optimisers', () => {
  it('on a plateau of the validation the learning rate falls as in PyTorch', () => {
    let state = NO_PLATEAU
    const factors = (plateau.scores as number[]).map((score) => {
      state = afterEpoch(state, score, { factor: 0.5, patience: 1 })
      return state.factor
    })
    expect(factors).toEqual(plateau.factors)
  })

  it('which a fit does', async () => {
    const same = { texts: ['the dog'], labels: ['bad' as const] } // its accuracy stays 0 or 1 for long
    const { history } = await fitted({
      epochs: 5,
      schedule: 'plateau',
      plateau: { factor: 0.1, patience: 0 },
      learningRate: 1e-6,
      validation: same,
    })
    const steps = history.learningRates.length / 5
    for (let epoch = 0; epoch < 5; epoch++)
      expect(history.learningRates[epoch * steps]).toBeCloseTo(1e-6 * 0.1 ** Math.max(0, epoch - 1), 12)
  })

  it.each(['adamw', 'adam', 'sgd', 'adagrad'] as const)('%s learns', async (optimizer) => {
    const learningRate = { adamw: 5e-3, adam: 5e-3, sgd: 0.02, adagrad: 0.02 }[optimizer]
    const { history } = await fitted({ optimizer, learningRate, epochs: 8 })
    expect(history.at(-1)!.loss).toBeLessThan(0.7 * history[0]!.loss)
  })

  it('are refused by name where they are illegal, or without what they need', async () => {
    for (const [option, options] of [
      ['optimizer', { optimizer: 'lion' as never }],
      ['accumulation', { accumulation: 0 }],
      ['averaging', { averaging: 1 }],
      ['plateau.factor', { schedule: 'plateau', validation, plateau: { factor: 1 } }],
      ['plateau.patience', { schedule: 'plateau', validation, plateau: { patience: -1 } }],
      ['plateau', { plateau: {} }],
      ['schedule', { schedule: 'plateau' }],
      ['patience', { patience: 2 }],
      ['patience', { patience: 0, validation }],
      ['checkpointEvery', { checkpointEvery: 5 }],
      ['checkpointEvery', { checkpoint: '/tmp/x', checkpointEvery: 0 }],
      ['checkpoint', { checkpoint: 5 as never }],
    ] as [string, TrainingOptions][])
      await expect(fitted(options)).rejects.toMatchObject({
        code: 'ERR_VALUE',
        message: expect.stringMatching(new RegExp(`^${option}:`)),
      })
  })
})

describe('a loss that is no number', () => {
  it('is told with the step and the first tensor that holds such a number', async () => {
    const diverging = fitted({ learningRate: 1e30, maxNorm: 1e30, schedule: 'constant' })
    await expect(diverging).rejects.toMatchObject({
      code: 'ERR_NOT_FINITE',
      message: expect.stringMatching(
        /^step [1-5] of 10: .*The first tensor with NaN or infinity is the result \[.*\] of the operation/,
      ),
    })
  })

  it('names the weight that is one', async () => {
    const model = await classifierOf()
    const name = 'encoder.layer.1.output.dense.bias'
    await weightsOf(model).write(name, new Float32Array(20).fill(Number.NaN))
    await expect(model.fit(sentences, labels, quick)).rejects.toMatchObject({
      code: 'ERR_NOT_FINITE',
      message: expect.stringContaining(`the weight '${name}' [20]`),
    })
  })
})

describe('a call that ends a fit late or overlaps it', () => {
  it('predicts with the weights from before a fit that is called meanwhile', async () => {
    const model = await classifierOf()
    const text = sentences[0]!
    const [before] = await model.predict([text])
    const predicting = model.predict(Array(20_000).fill(text))
    const fitting = model.fit(sentences, labels, quick)
    const different = new Set((await predicting).map(({ scores }) => scores.join()))
    expect([...different]).toEqual([before!.scores.join()])
    await fitting
    expect((await model.predict([text]))[0]!.scores.join()).not.toBe(before!.scores.join())
  })

  it('is aborted after its last step too', async () => {
    const controller = new AbortController()
    const model = await classifierOf()
    const before = await numbersOf(model)
    const onProgress = ({ step, steps }: { step: number; steps: number }) => {
      if (step === steps) controller.abort()
    }
    const fit = model.fit(sentences, labels, { ...quick, signal: controller.signal, onProgress })
    await expect(fit).rejects.toMatchObject({ code: 'ERR_ABORTED' })
    expect(await numbersOf(model)).toEqual(before)
  })
})
