// Training against changed embeddings and against the chance of dropout.
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MaskedLanguageModel, SentenceEncoder, setThreads, TextClassifier, type TrainingOptions } from 'kindred'
import { afterEach, describe, expect, it } from 'vitest'
import {
  activation,
  adamw,
  crossEntropy,
  dropout,
  Graph,
  gatherRows,
  gradients,
  linear,
  Program,
  type Tensor,
  Weights,
} from '#lib/nn/index.js'
import { type Pass, trainingLoss } from '#lib/text/base/training-loss.js'
import { random } from '../support/numbers.js'
import { labels, sentences } from '../support/sentences.js'
import { dir } from '../support/table-files.js'

const folder = join(__dirname, '..', 'fixtures', 'tiny-bert')
const quick: TrainingOptions = { epochs: 4, batchSize: 8, learningRate: 5e-3, seed: 3 }
const OFFSETS = Int32Array.of(0, 3, 4, 6)
const IDS = Int32Array.of(4, 1, 4, 0, 2, 3)
const LABELS = Int32Array.of(0, 2, 1, 1, 0, 2)
const [TOKENS, DIMS, CLASSES] = [6, 4, 3]

/** A network of one hidden layer over embedded words, by which what training does is checked. */
async function network() {
  const weights = new Weights()
  const next = random(2)
  for (const [name, shape] of Object.entries({ table: [5, DIMS], hidden: [7, DIMS], out: [CLASSES, 7] })) {
    weights.declare(name, shape)
    await weights.write(
      name,
      Float32Array.from({ length: shape[0]! * shape[1]! }, () => 2 * next() - 1),
    )
  }
  return weights
}

function passOf(graph: Graph, words: (words: Tensor) => Tensor, rate = 0): Pass & { embedded: Tensor } {
  const embedded = words(gatherRows(graph.parameter('table'), graph.input('ids', [TOKENS], 'i32')))
  const hidden = dropout(activation(linear(embedded, graph.parameter('hidden')), 'tanh'), rate)
  const logits = linear(hidden, graph.parameter('out'))
  return { embedded, logits, loss: crossEntropy(logits, graph.input('labels', [TOKENS], 'i32')) }
}

const given = { ids: IDS, labels: LABELS, offsets: OFFSETS, seed: Int32Array.of(3, 4) }

/** The loss at embedded words plus a change, and its gradients: of these words, and of the weights. */
async function lossAt(weights: Weights, change: Float64Array) {
  const graph = new Graph(weights)
  const at = graph.input('at', [TOKENS, DIMS])
  const { loss } = passOf(graph, () => at)
  const names = ['hidden', 'out']
  const outputs = gradients(loss, [at, ...names.map((name) => graph.parameter(name))]) as Tensor[]
  const table = await weights.read('table')
  const moved = Float32Array.from(change, (value, n) => table[IDS[Math.floor(n / DIMS)]! * DIMS + (n % DIMS)]! + value)
  const [value, words, hidden, out] = await new Program(graph, [loss, ...outputs]).run(
    { labels: LABELS, at: moved, ids: IDS },
    {},
  )
  return { value: value![0]!, words: words!, hidden: hidden!, out: out! }
}

/** The rows of each sequence made to be `length` long, or, if that is longer, left. */
function bounded(values: ArrayLike<number>, length: number, isExact: boolean): Float64Array {
  const out = Float64Array.from(values)
  for (let s = 0; s + 1 < OFFSETS.length; s++) {
    const rows = out.subarray(OFFSETS[s]! * DIMS, OFFSETS[s + 1]! * DIMS)
    const norm = Math.hypot(...rows)
    if (isExact || norm > length) for (const [n, value] of rows.entries()) rows[n] = (value * length) / norm
  }
  return out
}

const sum = (a: ArrayLike<number>, b: ArrayLike<number>) => Float64Array.from(a, (value, n) => value + b[n]!)

function expectNear(received: ArrayLike<number>, expected: ArrayLike<number>) {
  expect(received.length).toBe(expected.length)
  for (let n = 0; n < expected.length; n++) expect(received[n]!).toBeCloseTo(expected[n]!, 5)
}

describe('trainingLoss', () => {
  it.each([
    ['fgm', { epsilon: 0.5, alpha: 0.5, steps: 1 }],
    ['pgd', { epsilon: 0.5, alpha: 0.3, steps: 4 }],
  ])('adds the gradients at words changed by %s', async (_, adversarial) => {
    const weights = await network()
    const graph = new Graph(weights)
    const offsets = graph.input('offsets', [OFFSETS.length], 'i32')
    const pass = (words: (words: Tensor) => Tensor = (x) => x) => passOf(graph, words)
    const { objective, told } = trainingLoss(pass, offsets, { adversarial, rdrop: undefined })
    const found = gradients(objective, [graph.parameter('hidden'), graph.parameter('out')]) as Tensor[]
    const before = await weights.read('table')
    const [loss, hidden, out] = await new Program(graph, [told, ...found]).run(given, {})
    expect(await weights.read('table')).toEqual(before)

    const plain = await lossAt(weights, new Float64Array(TOKENS * DIMS))
    let change: Float64Array = new Float64Array(TOKENS * DIMS)
    let attacked = plain
    for (let n = 0; n < adversarial.steps; n++) {
      change = bounded(sum(change, bounded(attacked.words, adversarial.alpha, true)), adversarial.epsilon, false)
      attacked = await lossAt(weights, change)
    }
    expect(attacked.value).toBeGreaterThan(plain.value)
    expectNear(loss!, [plain.value])
    expectNear(hidden!, sum(plain.hidden, attacked.hidden))
    expectNear(out!, sum(plain.out, attacked.out))
  })

  it('makes a network that changed words mislead less', async () => {
    const attack = { epsilon: 0.5, alpha: 0.5, steps: 1 }
    const attackedLoss = async (adversarial: typeof attack | undefined) => {
      const weights = await network()
      const recorded = (each: typeof adversarial) => {
        const graph = new Graph(weights)
        const offsets = graph.input('offsets', [OFFSETS.length], 'i32')
        const pass = (words: (words: Tensor) => Tensor = (x) => x) => passOf(graph, words)
        return { graph, ...trainingLoss(pass, offsets, { adversarial: each, rdrop: undefined }) }
      }
      const { graph, objective } = recorded(adversarial)
      adamw(objective, ['hidden', 'out'])
      const step = new Program(graph, [objective])
      for (let n = 1; n <= 60; n++)
        await step.run({ ...given, learningRate: Float32Array.of(0.05), step: Int32Array.of(n) }, {})
      const judged = recorded(attack)
      const [both, plain] = await new Program(judged.graph, [judged.objective, judged.told]).run(given, {})
      return both![0]! - plain![0]!
    }
    expect(await attackedLoss(attack)).toBeLessThan(0.8 * (await attackedLoss(undefined)))
  })

  it('is with R-drop the mean of two passes and the divergence of their classes', async () => {
    const weights = await network()
    const graph = new Graph(weights)
    const passes: Pass[] = []
    const pass = (words: (words: Tensor) => Tensor = (x) => x) => {
      passes.push(passOf(graph, words, 0.4))
      return passes.at(-1)!
    }
    const offsets = graph.input('offsets', [OFFSETS.length], 'i32')
    const { told } = trainingLoss(pass, offsets, { adversarial: undefined, rdrop: { alpha: 3 } })
    expect(passes).toHaveLength(2)
    const [value, first, second, p, q] = await new Program(graph, [
      told,
      ...passes.map(({ loss }) => loss),
      ...passes.map(({ logits }) => logits),
    ]).run(given, {})
    expect(first![0]).not.toBe(second![0])
    let divergence = 0
    const shares = (logits: ArrayLike<number>, row: number) => {
      const all = Array.from({ length: CLASSES }, (_, n) => Math.exp(logits[row * CLASSES + n]!))
      const total = all.reduce((a, b) => a + b)
      return all.map((each) => each / total)
    }
    for (let row = 0; row < TOKENS; row++) {
      const [a, b] = [shares(p!, row), shares(q!, row)]
      for (let n = 0; n < CLASSES; n++)
        divergence += (a[n]! * Math.log(a[n]! / b[n]!) + b[n]! * Math.log(b[n]! / a[n]!)) / 2 / TOKENS
    }
    expectNear(value!, [(first![0]! + second![0]!) / 2 + 3 * divergence])
  })
})

afterEach(() => setThreads(2))

describe('adversarial', () => {
  it.each([
    { kind: 'fgm' },
    { kind: 'fgm', epsilon: 0.3 },
    { kind: 'pgd', epsilon: 0.6, alpha: 0.4, steps: 2 },
  ] as const)('learns with %j, the same bits for any number of threads', async (adversarial) => {
    const all = []
    for (const threads of [1, 3]) {
      setThreads(threads)
      const model = await TextClassifier.load(folder, { labels: ['bad', 'good'], seed: 1 })
      await model.fit(sentences, labels, { ...quick, adversarial })
      const losses = model.history.map(({ loss }) => loss)
      expect(losses.at(-1)!).toBeLessThan(0.9 * losses[0]!)
      all.push([...losses, ...(await model.predict(sentences)).flatMap(({ scores }) => [...scores])])
    }
    expect(all[1]).toEqual(all[0])
    const plain = await TextClassifier.load(folder, { labels: ['bad', 'good'], seed: 1 })
    await plain.fit(sentences, labels, quick)
    expect(plain.history.map(({ loss }) => loss)).not.toEqual(all[0]!.slice(0, 4))
    // What is told is the loss of the texts as they are.
    const [one, other] = await Promise.all(
      [adversarial, undefined].map(async (each) => {
        const model = await TextClassifier.load(folder, { labels: ['bad', 'good'], seed: 1 })
        await model.fit(sentences, labels, { ...quick, epochs: 1, learningRate: 0, adversarial: each })
        return model.history[0]!.loss
      }),
    )
    expect(one).toBe(other)
  })

  it('serves models of all kinds', async () => {
    const encoder = await SentenceEncoder.load(folder)
    await encoder.fit(
      sentences.map((text, n): [string, string] => [text, sentences[(n + 2) % 60]!]),
      {
        ...quick,
        adversarial: { kind: 'fgm' },
      },
    )
    expect(encoder.history.at(-1)!.loss).toBeLessThan(encoder.history[0]!.loss)
    const language = await MaskedLanguageModel.load(folder)
    await language.fit(sentences, { ...quick, adversarial: { kind: 'pgd', steps: 2 } })
    expect(language.history.at(-1)!.loss).toBeLessThan(language.history[0]!.loss)
  })

  it.each([
    [{ kind: 'fgsm' }, 'adversarial.kind'],
    [{}, 'adversarial.kind'],
    ['fgm', 'adversarial'],
    [{ kind: 'fgm', epsilon: 0 }, 'adversarial.epsilon'],
    [{ kind: 'fgm', steps: 2 }, 'steps'],
    [{ kind: 'pgd', alpha: -1 }, 'adversarial.alpha'],
    [{ kind: 'pgd', steps: 0 }, 'adversarial.steps'],
    [{ kind: 'pgd', epsilon: Number.NaN }, 'adversarial.epsilon'],
  ])('refuses %j', async (adversarial, part) => {
    const model = await TextClassifier.load(folder, { labels: ['bad', 'good'] })
    await expect(model.fit(sentences, labels, { ...quick, adversarial: adversarial as never })).rejects.toMatchObject({
      code: 'ERR_VALUE',
      message: expect.stringContaining(part),
    })
  })
})

describe('rdrop', () => {
  /** A classifier whose encoder has dropout. */
  async function dropping() {
    const path = join(dir, 'dropping')
    cpSync(folder, path, { recursive: true })
    const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'))
    writeFileSync(join(path, 'config.json'), JSON.stringify({ ...config, hidden_dropout_prob: 0.2 }))
    return TextClassifier.load(path, { labels: ['bad', 'good'], seed: 1 })
  }

  /** How far two passes of a trained model are from each other. */
  async function divergenceOf(model: TextClassifier): Promise<number> {
    const losses = []
    for (const alpha of [1, 1e-9]) {
      await model.fit(sentences, labels, { ...quick, epochs: 1, learningRate: 0, rdrop: { alpha } })
      losses.push(model.history[0]!.loss)
    }
    return losses[0]! - losses[1]!
  }

  it('makes two passes with other dropout agree', async () => {
    const [plain, agreeing] = [await dropping(), await dropping()]
    const options = { ...quick, epochs: 12 }
    await plain.fit(sentences, labels, options)
    await agreeing.fit(sentences, labels, { ...options, rdrop: { alpha: 2 } })
    const [before, after] = [await divergenceOf(plain), await divergenceOf(agreeing)]
    expect(before).toBeGreaterThan(0)
    expect(after).toBeLessThan(0.7 * before)
    expect((await agreeing.evaluate(sentences, labels)).accuracy).toBeGreaterThan(0.9)
  })

  it('goes together with changed words', async () => {
    const model = await dropping()
    await model.fit(sentences, labels, { ...quick, epochs: 8, rdrop: {}, adversarial: { kind: 'fgm', epsilon: 0.1 } })
    expect(model.history.at(-1)!.loss).toBeLessThan(model.history[0]!.loss)
  })

  it('refuses a model without dropout, and a weight that is none', async () => {
    const model = await TextClassifier.load(folder, { labels: ['bad', 'good'] })
    for (const rdrop of [{}, { alpha: 0 }, { alpha: '1' }, { beta: 1 }, 1])
      await expect(model.fit(sentences, labels, { ...quick, rdrop: rdrop as never })).rejects.toMatchObject({
        code: 'ERR_VALUE',
        message: expect.stringContaining('rdrop'),
      })
    const encoder = await SentenceEncoder.load(folder)
    await expect(encoder.fit(sentences, { loss: 'simcse', rdrop: {} } as never)).rejects.toMatchObject({
      code: 'ERR_VALUE',
      message: expect.stringContaining('rdrop'),
    })
  })
})
