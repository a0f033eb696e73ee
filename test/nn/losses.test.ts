import { describe, expect, it } from 'vitest'
import {
  adamw,
  binaryCrossEntropy,
  cosineEmbeddingLoss,
  crfDecode,
  crfLoss,
  crossEntropy,
  exp,
  Graph,
  hingeLoss,
  inBatchContrastive,
  klDivergence,
  linear,
  linearCrossEntropy,
  Program,
  sampledSoftmax,
  sampleLinear,
  scale,
  softCrossEntropy,
  softmax,
  squaredError,
  type Tensor,
  tripletLoss,
  Weights,
} from '#lib/nn/index.js'
import { code } from '../support/logs.js'
import { random } from '../support/numbers.js'
import { type Case, checkGradients } from './check-gradients.js'

const TARGETS = Float32Array.of(0.5, 0.5, 0, 0.1, 0.2, 0.7, 1, 0, 0, 0.25, 0.25, 0.5)
const ROW_WEIGHTS = Float32Array.of(1, 0, 2.5, 0.5)
const SIGNS = Float32Array.of(1, -1, 1, 1, -1, -1, 1, 1, -1, 1, -1, 1)
const LABELS = Int32Array.of(2, 1, -1, 0)

const OFFSETS = Int32Array.of(0, 3, 3, 8, 9)
const crfOf = (g: Graph) => ({
  transitions: g.parameter('transitions'),
  start: g.parameter('start'),
  end: g.parameter('end'),
})

const targetsOf = (g: Graph) => g.input('distributions', [4, 3])
const weightsOf = (g: Graph) => g.input('rows', [4])
const labelsOf = (g: Graph) => g.input('labels', [4], 'i32')

const cases: Case[] = [
  {
    name: 'softCrossEntropy',
    weights: { x: [4, 3] },
    inputs: { distributions: TARGETS },
    loss: (g) => softCrossEntropy(g.parameter('x'), targetsOf(g)),
  },
  {
    name: 'softCrossEntropy with a temperature and weights of rows',
    weights: { x: [4, 3] },
    inputs: { distributions: TARGETS, rows: ROW_WEIGHTS },
    loss: (g) => softCrossEntropy(g.parameter('x'), targetsOf(g), { temperature: 1.5, weights: weightsOf(g) }),
  },
  {
    name: 'klDivergence',
    weights: { x: [4, 3] },
    inputs: { distributions: TARGETS },
    loss: (g) => klDivergence(g.parameter('x'), targetsOf(g), { temperature: 2 }),
  },
  {
    name: 'crossEntropy with smooth labels and weights of rows',
    weights: { x: [4, 3] },
    inputs: { labels: LABELS, rows: ROW_WEIGHTS },
    loss: (g) => crossEntropy(g.parameter('x'), labelsOf(g), { labelSmoothing: 0.2, weights: weightsOf(g) }),
  },
  ...[true, false].map((hasBias) => ({
    name: `linearCrossEntropy ${hasBias ? 'with' : 'without'} a bias`,
    weights: { x: [4, 5], w: [9, 5], ...(hasBias && { b: [9] }) } as Case['weights'],
    inputs: { labels: Int32Array.of(8, 0, -1, 4) },
    loss: (g: Graph) =>
      linearCrossEntropy(g.parameter('x'), g.parameter('w'), hasBias ? g.parameter('b') : undefined, labelsOf(g)),
  })),
  ...[true, false].map((hasBias) => ({
    name: `linearCrossEntropy with its gradient, twice, ${hasBias ? 'with' : 'without'} a bias`,
    weights: { x: [4, 5], w: [9, 5], ...(hasBias && { b: [9] }) } as Case['weights'],
    inputs: { labels: Int32Array.of(8, 0, -1, 4) },
    loss: (g: Graph) => {
      const bias = hasBias ? g.parameter('b') : undefined
      const options = { withGradient: true }
      return scale(linearCrossEntropy(g.parameter('x'), g.parameter('w'), bias, labelsOf(g), options), 2)
    },
  })),
  ...[false, true].map((withGradient) => ({
    name: `linearCrossEntropy with factors of either sign and excluded classes${withGradient ? ', in one pass' : ''}`,
    weights: { x: [4, 5], w: [9, 5], b: [9] },
    inputs: {
      labels: Int32Array.of(8, 0, -1, 4),
      factors: Float32Array.of(1.5, -0.5, 2, 0),
      excluded: Int32Array.of(1, 2, 3, 0, -1, 5, 6, 7, 8, -1, -1, -1),
    },
    loss: (g: Graph) =>
      linearCrossEntropy(g.parameter('x'), g.parameter('w'), g.parameter('b'), labelsOf(g), {
        factors: g.input('factors', [4]),
        excluded: g.input('excluded', [4, 3], 'i32'),
        withGradient,
      }),
  })),
  {
    name: 'sampledSoftmax, a negative being a label, another drawn twice',
    weights: { x: [4, 5], w: [9, 5], b: [9] },
    inputs: {
      labels: Int32Array.of(8, 0, 0, 4),
      negatives: Int32Array.of(3, 4, 3),
      q: Float32Array.from({ length: 9 }, (_, n) => -1 - n / 3),
    },
    loss: (g) =>
      sampledSoftmax(g.parameter('x'), g.parameter('w'), labelsOf(g), g.input('negatives', [3], 'i32'), {
        bias: g.parameter('b'),
        logProbabilities: g.input('q', [9]),
      }),
  },
  {
    name: 'sampledSoftmax without a bias',
    weights: { x: [4, 5], w: [9, 5] },
    inputs: { labels: Int32Array.of(8, 0, 0, 4), negatives: Int32Array.of(1, 2, 6, 7) },
    loss: (g) => sampledSoftmax(g.parameter('x'), g.parameter('w'), labelsOf(g), g.input('negatives', [4], 'i32')),
  },
  {
    name: 'hingeLoss with signs',
    weights: { x: [4, 3] },
    inputs: { signs: SIGNS },
    loss: (g) => hingeLoss(g.parameter('x'), g.input('signs', [4, 3]), { margin: 0.3 }),
  },
  {
    name: 'hingeLoss without',
    weights: { x: [4, 3] },
    loss: (g) => hingeLoss(g.parameter('x')),
  },
  {
    name: 'tripletLoss',
    weights: { a: [4, 5], p: [4, 5], n: [4, 5] },
    loss: (g) => tripletLoss(g.parameter('a'), g.parameter('p'), g.parameter('n'), { margin: 0.7 }),
  },
  {
    name: 'cosineEmbeddingLoss',
    weights: { a: [4, 5], b: [4, 5] },
    inputs: { signs: Float32Array.of(1, -1, -1, 1) },
    loss: (g) => cosineEmbeddingLoss(g.parameter('a'), g.parameter('b'), g.input('signs', [4]), { margin: -0.5 }),
  },
  ...[true, false].map((symmetric) => ({
    name: `inBatchContrastive, ${symmetric ? 'both ways' : 'one way'}`,
    weights: { a: [4, 5], b: [4, 5] },
    loss: (g: Graph) => inBatchContrastive(g.parameter('a'), g.parameter('b'), { temperature: 0.5, symmetric }),
  })),
  {
    name: 'inBatchContrastive with a learnt temperature',
    weights: { a: [4, 5], b: [4, 5], t: [1] },
    loss: (g) =>
      inBatchContrastive(g.parameter('a'), g.parameter('b'), { temperature: exp(g.parameter('t')), symmetric: true }),
  },
  ...([binaryCrossEntropy, squaredError] as const).map((of) => ({
    name: `${of.name} with weights of rows`,
    weights: { x: [4, 3] },
    inputs: { distributions: TARGETS, rows: ROW_WEIGHTS },
    loss: (g: Graph) => of(g.parameter('x'), targetsOf(g), { weights: weightsOf(g) }),
  })),
  {
    name: 'crfLoss',
    weights: { x: [9, 3], transitions: [3, 3], start: [3], end: [3] },
    inputs: { offsets: OFFSETS, tags: Int32Array.of(0, 1, 2, 2, 2, 0, 1, 1, 0) },
    loss: (g) => crfLoss(g.parameter('x'), g.input('tags', [9], 'i32'), g.input('offsets', [5], 'i32'), crfOf(g)),
  },
]

describe('gradients of losses equal central differences', () => {
  it.each(cases)('$name', checkGradients)
})

/** The outputs of a program over one weight x [4, 3]. */
async function valuesOf(
  build: (graph: Graph, x: Tensor) => Tensor[],
  inputs: Record<string, Float32Array | Int32Array>,
) {
  const weights = new Weights()
  weights.declare('x', [4, 3])
  const next = random(1)
  await weights.write(
    'x',
    Float32Array.from({ length: 12 }, () => 4 * next() - 2),
  )
  const graph = new Graph(weights)
  const outputs = build(graph, graph.parameter('x'))
  return (await new Program(graph, outputs).run(inputs, {})).map((values) => values[0]!)
}

describe('losses', () => {
  it('of soft targets are what others become at an edge', async () => {
    const oneHot = Float32Array.of(0, 0, 1, 0, 1, 0, 1, 0, 0, 1, 0, 0)
    const [soft, hard, relative, self] = await valuesOf(
      (g, x) => [
        softCrossEntropy(x, g.input('distributions', [4, 3])),
        crossEntropy(x, labelsOf(g)),
        klDivergence(x, targetsOf2(g)),
        klDivergence(x, softmax(scale(x, 1 / 3)), { temperature: 3 }),
      ],
      { distributions: oneHot, labels: Int32Array.of(2, 1, 0, 0), others: TARGETS },
    )
    expect(soft).toBeCloseTo(hard!, 6)
    expect(self).toBeCloseTo(0, 6)
    expect(relative).toBeGreaterThan(0)
  })

  it('with equal weights of rows and no smoothing are the plain ones', async () => {
    const [weighted, plain] = await valuesOf(
      (g, x) => [
        crossEntropy(x, labelsOf(g), { labelSmoothing: 0, weights: weightsOf(g) }),
        crossEntropy(x, g.input('same', [4], 'i32')),
      ],
      { labels: LABELS, same: LABELS, rows: new Float32Array(4).fill(0.5) },
    )
    expect(weighted).toBeCloseTo(plain!, 6)
  })

  it('over a large vocabulary are those of the logits, with the same gradient of a tied table', async () => {
    const [classes, dims, rows] = [5000, 8, 40]
    const next = random(2)
    const run = async (isWhole: boolean, withGradient = false) => {
      const weights = new Weights()
      weights.declare('w', [classes, dims])
      weights.declare('x', [rows, dims])
      const own = random(3)
      await weights.write(
        'w',
        Float32Array.from({ length: classes * dims }, () => own() - 0.5),
      )
      await weights.write(
        'x',
        Float32Array.from({ length: rows * dims }, () => own() - 0.5),
      )
      const graph = new Graph(weights)
      const labels = graph.input('labels', [rows], 'i32')
      const [x, w] = [graph.parameter('x'), graph.parameter('w')]
      const loss = isWhole
        ? crossEntropy(linear(x, w), labels)
        : linearCrossEntropy(x, w, undefined, labels, { withGradient })
      adamw(loss, ['x', 'w'], { weightDecay: 0, beta1: 0, beta2: 0, epsilon: 1 })
      const program = new Program(graph, [loss])
      const given = { labels: ids, learningRate: Float32Array.of(1), step: Int32Array.of(1) }
      const [value] = await program.run(given, {})
      return { loss: value![0]!, w: await weights.read('w'), x: await weights.read('x') }
    }
    const ids = Int32Array.from({ length: rows }, () => Math.floor(next() * (classes + 50)) - 50)
    const [whole, blocks] = [await run(true), await run(false)]
    for (const found of [blocks, await run(false, true)]) {
      expect(found.loss).toBeCloseTo(whole.loss, 5)
      for (const name of ['w', 'x'] as const)
        for (let i = 0; i < whole[name].length; i++)
          expect(Math.abs(whole[name][i]! - found[name][i]!)).toBeLessThan(1e-6)
    }
  })

  it('by sampling change the rows that are named alone', async () => {
    const weights = new Weights()
    weights.declare('w', [50, 4])
    await weights.write(
      'w',
      Float32Array.from({ length: 200 }, (_, n) => Math.sin(n)),
    )
    const before = await weights.read('w')
    const graph = new Graph(weights)
    const [labels, negatives] = [graph.input('labels', [3], 'i32'), graph.input('negatives', [5], 'i32')]
    const loss = sampledSoftmax(graph.input('x', [3, 4]), graph.parameter('w'), labels, negatives)
    adamw(loss, ['w'])
    const program = new Program(graph, [loss])
    const inputs = {
      x: Float32Array.from({ length: 12 }, (_, n) => Math.cos(n)),
      labels: Int32Array.of(7, 49, 7),
      negatives: Int32Array.of(0, 11, 11, 30, 49),
      learningRate: Float32Array.of(0.1),
      step: Int32Array.of(1),
    }
    await program.run(inputs, {})
    const after = await weights.read('w')
    const changed = new Set(
      Array.from(after.keys())
        .filter((n) => after[n] !== before[n])
        .map((n) => Math.floor(n / 4)),
    )
    expect([...changed].sort((a, b) => a - b)).toEqual([0, 7, 11, 30, 49])
    for (const bad of [{ labels: Int32Array.of(7, -1, 7) }, { negatives: Int32Array.of(0, 1, 2, 3, 50) }])
      await expect(program.run({ ...inputs, ...bad }, {})).rejects.toMatchObject({ code: 'ERR_VALUE' })
    expect(await weights.read('w')).toEqual(after)
  })

  it('of tags decode what costs least', async () => {
    const weights = new Weights()
    const shapes = { x: [9, 3], transitions: [3, 3], start: [3], end: [3] }
    for (const [name, shape] of Object.entries(shapes)) {
      weights.declare(name, shape)
      const size = shape.reduce((a, b) => a * b, 1)
      await weights.write(
        name,
        Float32Array.from({ length: size }, (_, n) => 3 * Math.sin(7 * n + size)),
      )
    }
    const graph = new Graph(weights)
    const [x, offsets] = [graph.parameter('x'), graph.input('offsets', [5], 'i32')]
    const loss = crfLoss(x, graph.input('tags', [9], 'i32'), offsets, crfOf(graph))
    const program = new Program(graph, [loss, crfDecode(x, offsets, crfOf(graph))])
    const run = (tags: Int32Array) => program.run({ offsets: OFFSETS, tags }, {})
    const [, decoded] = await run(new Int32Array(9))
    const [least] = await run(decoded as Int32Array)
    for (let token = 0; token < 9; token++)
      for (const other of [1, 2]) {
        const tags = Int32Array.from(decoded!, (tag, n) => (n === token ? (tag + other) % 3 : tag))
        expect((await run(tags))[0]![0]).toBeGreaterThan(least![0]!)
      }
    await expect(run(new Int32Array(9).fill(3))).rejects.toMatchObject({ code: 'ERR_VALUE' })
    expect(() => crfDecode(x, offsets, { ...crfOf(graph), start: graph.input('wrong', [2]) })).toThrow(
      expect.objectContaining({ code: 'ERR_SHAPE' }),
    )
  })

  it('refuse what does not fit, and options that are none', () => {
    const graph = new Graph(new Weights())
    const x = graph.input('x', [4, 3])
    const labels = labelsOf(graph)
    const few = graph.input('few', [3], 'i32')
    const many = graph.input('many', [graph.dim('n')], 'i32')
    const refusals: [string, () => unknown][] = [
      ['ERR_VALUE', () => softCrossEntropy(x, x, { temperature: 0 })],
      ['ERR_VALUE', () => softCrossEntropy(x, x, { temperatur: 1 } as never)],
      ['ERR_VALUE', () => klDivergence(x, x, { temperature: Number.NaN })],
      ['ERR_VALUE', () => crossEntropy(x, labels, { labelSmoothing: 1 })],
      ['ERR_VALUE', () => crossEntropy(x, labels, { smoothing: 0.1 } as never)],
      ['ERR_SHAPE', () => crossEntropy(x, labels, { weights: graph.input('w', [3]) })],
      ['ERR_SHAPE', () => softCrossEntropy(x, graph.input('t', [3, 4]))],
      ['ERR_SHAPE', () => linearCrossEntropy(x, graph.input('v', [9, 4]), undefined, labels)],
      ['ERR_SHAPE', () => linearCrossEntropy(x, x, undefined, few)],
      ['ERR_VALUE', () => linearCrossEntropy(x, x, undefined, labels, { weights: few } as never)],
      ['ERR_SHAPE', () => linearCrossEntropy(x, x, undefined, labels, { factors: graph.input('f', [3]) })],
      ['ERR_SHAPE', () => linearCrossEntropy(x, x, undefined, labels, { excluded: graph.input('e', [4, 2]) })],
      ['ERR_SHAPE', () => sampleLinear(x, graph.input('v', [9, 4]))],
      ['ERR_SHAPE', () => sampleLinear(x, x, { bias: graph.input('f', [3]) })],
      ['ERR_SHAPE', () => sampleLinear(x, x, { excluded: few })],
      ['ERR_VALUE', () => linearCrossEntropy(x, x, undefined, labels, { withGradient: 1 as never })],
      ['ERR_SHAPE', () => linearCrossEntropy(x, x, graph.input('b', [3]), labels)],
      ['ERR_SHAPE', () => sampledSoftmax(x, x, labels, many)],
      ['ERR_SHAPE', () => sampledSoftmax(x, x, labels, x)],
      ['ERR_SHAPE', () => sampledSoftmax(x, x, labels, few, { logProbabilities: graph.input('q', [3]) })],
      ['ERR_VALUE', () => hingeLoss(x, undefined, { margin: Number.NaN })],
      ['ERR_SHAPE', () => hingeLoss(x, labels)],
      ['ERR_SHAPE', () => tripletLoss(x, x, graph.input('short', [4, 2]))],
      ['ERR_SHAPE', () => cosineEmbeddingLoss(x, x, few)],
      ['ERR_VALUE', () => cosineEmbeddingLoss(x, x, labels, { margins: 1 } as never)],
      ['ERR_VALUE', () => inBatchContrastive(x, x, { temperature: 0 })],
      ['ERR_VALUE', () => inBatchContrastive(x, x, { symmetric: 1 as never })],
      ['ERR_SHAPE', () => inBatchContrastive(x, graph.input('more', [5, 3]))],
      ['ERR_SHAPE', () => binaryCrossEntropy(x, x, { weights: graph.input('weight', [5]) })],
      ['ERR_VALUE', () => squaredError(x, x, { weight: labels } as never)],
      ['ERR_VALUE', () => sampledSoftmax(x, x, labels, few, { logQ: x } as never)],
    ]
    for (const [code, build] of refusals) expect(build, String(build)).toThrow(expect.objectContaining({ code }))
  })

  it('tell of targets and weights that cannot be', async () => {
    const soft = (g: Graph, x: Tensor) => [softCrossEntropy(x, targetsOf(g))]
    await expect(valuesOf(soft, { distributions: new Float32Array(12).fill(-1) })).rejects.toMatchObject({
      code: 'ERR_VALUE',
    })
    const weighted = (g: Graph, x: Tensor) => [crossEntropy(x, labelsOf(g), { weights: weightsOf(g) })]
    await expect(
      valuesOf(weighted, { labels: LABELS, rows: new Float32Array(4).fill(Number.NaN) }),
    ).rejects.toMatchObject({ code: 'ERR_VALUE' })
  })
})

const targetsOf2 = (g: Graph) => g.input('others', [4, 3])

describe('sampleLinear', () => {
  it('draws by the softmax, without what is excluded, the same for the same seed', async () => {
    const [rows, classes] = [4000, 5]
    const weights = new Weights()
    weights.declare('w', [classes, 2])
    await weights.write('w', Float32Array.of(1, 0, 0, 1, -1, 0.5, 0.3, 0.3, 0, 0))
    const graph = new Graph(weights)
    const x = graph.input('x', [rows, 2])
    const excluded = graph.input('excluded', [rows, 1], 'i32')
    const program = new Program(graph, [
      sampleLinear(x, graph.parameter('w'), { excluded }),
      sampleLinear(x, graph.parameter('w')),
    ])
    const inputs = { x: new Float32Array(2 * rows).fill(1), excluded: new Int32Array(rows).fill(1) }
    const [some, all] = await program.run({ ...inputs, seed: Int32Array.of(1, 2) }, {})
    const logits = [1, 1, -0.5, 0.6, 0].map(Math.exp)
    const cases: [ArrayLike<number>, number[]][] = [
      [some!, [0, 2, 3, 4]],
      [all!, [0, 1, 2, 3, 4]],
    ]
    for (const [drawn, kept] of cases) {
      const sum = kept.reduce((total, n) => total + logits[n]!, 0)
      for (let n = 0; n < classes; n++) {
        const share = Array.from(drawn).filter((id) => id === n).length / rows
        expect(Math.abs(share - (kept.includes(n) ? logits[n]! / sum : 0))).toBeLessThan(0.03)
      }
    }
    expect(await program.run({ ...inputs, seed: Int32Array.of(1, 2) }, {})).toEqual([some, all])
    expect(await program.run({ ...inputs, seed: Int32Array.of(1, 3) }, {})).not.toEqual([some, all])
  })

  it('refuses rows without a class, and logits that are no numbers', async () => {
    const weights = new Weights()
    weights.declare('w', [2, 1])
    const graph = new Graph(weights)
    const excluded = graph.input('excluded', [1, 2], 'i32')
    const program = new Program(graph, [sampleLinear(graph.input('x', [1, 1]), graph.parameter('w'), { excluded })])
    const run = (x: number, ...ids: number[]) =>
      program.run({ x: Float32Array.of(x), excluded: Int32Array.from(ids), seed: Int32Array.of(0, 0) }, {})
    expect((await run(1, 0, -1))[0]).toEqual(Int32Array.of(1))
    await expect(run(1, 0, 1)).rejects.toThrow(code('ERR_VALUE', /row 0/))
    await expect(run(1, 0, 2)).rejects.toThrow(code('ERR_VALUE', /below 2/))
    await expect(run(Number.NaN, -1, -1)).rejects.toThrow(code('ERR_NOT_FINITE', /row 0/))
  })
})
