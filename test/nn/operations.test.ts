import { AttentionPooling, Matrix, setThreads } from 'kindred'
import { afterEach, describe, expect, it } from 'vitest'
import {
  activation,
  add,
  attention,
  attentionPooling,
  batchNorm,
  columnSums,
  concatColumns,
  concatRows,
  divide,
  exp,
  Graph,
  gradients,
  linear,
  log,
  logSoftmax,
  matmul,
  multiply,
  Program,
  reshape,
  rmsNorm,
  rotary,
  rotaryAngles,
  rowDots,
  rowSums,
  scale,
  sequenceMax,
  sequenceSoftmax,
  sequenceSum,
  sequenceWeightedSum,
  sliceColumns,
  sliceRows,
  softmax,
  sparseProduct,
  splitColumns,
  splitRows,
  sqrt,
  subtract,
  type Tensor,
  total,
  transpose,
  Weights,
} from '#lib/nn/index.js'
import { code } from '../support/logs.js'
import { random } from '../support/numbers.js'
import { type Case, checkGradients, judge } from './check-gradients.js'

const OFFSETS = Int32Array.of(0, 3, 3, 8, 9)
const tokenOffsets = (g: Graph) => g.input('offsets', [5], 'i32')
const sequencesOf = (g: Graph) => g.dim('sequences')
const ofSequences = { inputs: { offsets: OFFSETS }, sizes: { sequences: 4 } }

/** [3, 4] of 5 entries, the second row and the third column empty, and its transpose. */
const SPARSE_INPUTS = {
  at: Int32Array.of(0, 3, 3, 5),
  columns: Int32Array.of(0, 1, 3, 1, 3),
  values: Float32Array.of(1, -2, 0.5, 3, 0.25),
  turnedAt: Int32Array.of(0, 1, 3, 3, 5),
  turnedColumns: Int32Array.of(0, 0, 2, 0, 2),
  turnedValues: Float32Array.of(1, -2, 3, 0.5, 0.25),
}
const sparseOf = (g: Graph) => {
  const rows = g.dim('rows')
  const matrix = {
    offsets: g.input('at', [{ ...rows, plus: 1 }], 'i32'),
    columns: g.input('columns', [5], 'i32'),
    values: g.input('values', [5]),
  }
  const transposed = {
    offsets: g.input('turnedAt', [5], 'i32'),
    columns: g.input('turnedColumns', [5], 'i32'),
    values: g.input('turnedValues', [5]),
  }
  return sparseProduct(matrix, g.parameter('x'), rows, { transposed })
}

/** Numbers above 0 of a weight. */
const above = (x: Tensor) => exp(scale(x, 0.5))

const combinations = { add, subtract, multiply, divide }

const cases: Case[] = [
  ...Object.entries(combinations).flatMap(([name, combine]) =>
    [
      [
        [4, 5],
        [4, 5],
      ],
      [[4, 5], [5]],
      [[5], [4, 5]],
      [
        [4, 5],
        [4, 1],
      ],
      [
        [4, 1],
        [1, 5],
      ],
      [[4, 5], [1]],
      [[6], [6]],
      [[6], [1]],
    ].map(([a, b]) => ({
      name: `${name} of [${a}] and [${b}]`,
      weights: { a: a!, b: b! },
      loss: (g: Graph) => judge(g, combine(g.parameter('a'), above(g.parameter('b')))),
    })),
  ),
  {
    name: 'add of three that are stretched',
    weights: { a: [4, 5], b: [5], c: [4, 1] },
    loss: (g) => judge(g, add(g.parameter('a'), g.parameter('b'), g.parameter('c'))),
  },
  {
    name: 'a tensor times itself',
    weights: { a: [4, 5] },
    loss: (g) => judge(g, multiply(g.parameter('a'), g.parameter('a'))),
  },
  { name: 'exp', weights: { x: [3, 37] }, loss: (g) => judge(g, exp(g.parameter('x'))) },
  { name: 'log', weights: { x: [3, 37] }, loss: (g) => judge(g, log(above(g.parameter('x')))) },
  { name: 'sqrt', weights: { x: [3, 37] }, loss: (g) => judge(g, sqrt(above(g.parameter('x')))) },
  { name: 'total', weights: { x: [3, 7] }, loss: (g) => activation(scale(total(g.parameter('x')), 0.2), 'tanh') },
  { name: 'rowSums', weights: { x: [3, 7] }, loss: (g) => judge(g, rowSums(g.parameter('x'))) },
  { name: 'columnSums', weights: { x: [3, 7] }, loss: (g) => judge(g, columnSums(g.parameter('x'))) },
  { name: 'softmax', weights: { x: [5, 19] }, loss: (g) => judge(g, softmax(scale(g.parameter('x'), 3))) },
  { name: 'logSoftmax', weights: { x: [5, 19] }, loss: (g) => judge(g, logSoftmax(g.parameter('x'))) },
  {
    name: 'rmsNorm',
    weights: { x: [6, 19], gamma: [19] },
    loss: (g) => judge(g, rmsNorm(g.parameter('x'), g.parameter('gamma'), 1e-5)),
  },
  {
    name: 'batchNorm of a batch',
    weights: { x: [6, 9], gamma: [9], beta: [9] },
    loss: (g) => judge(g, normal(g, true)),
  },
  {
    name: 'batchNorm by running averages',
    weights: { x: [6, 9], gamma: [9], beta: [9] },
    loss: (g) => judge(g, normal(g, false)),
  },
  ...[false, true].flatMap((transposeA) =>
    [false, true].map((transposeB) => ({
      name: `matmul${transposeA ? ', a transposed' : ''}${transposeB ? ', b transposed' : ''}`,
      weights: { a: transposeA ? [6, 4] : [4, 6], b: transposeB ? [3, 6] : [6, 3] },
      loss: (g: Graph) => judge(g, matmul(g.parameter('a'), g.parameter('b'), { transposeA, transposeB })),
    })),
  ),
  {
    name: 'matmul of a matrix with its transpose',
    weights: { a: [4, 6] },
    loss: (g) => judge(g, matmul(g.parameter('a'), g.parameter('a'), { transposeB: true })),
  },
  { name: 'transpose', weights: { x: [4, 7] }, loss: (g) => judge(g, transpose(exp(g.parameter('x')))) },
  { name: 'reshape', weights: { x: [4, 6] }, loss: (g) => judge(g, reshape(exp(g.parameter('x')), [8, 3])) },
  {
    name: 'concatRows and concatColumns',
    weights: { a: [4, 3], b: [2, 3], c: [6, 2] },
    loss: (g) => judge(g, concatColumns([concatRows([g.parameter('a'), g.parameter('b')]), g.parameter('c')])),
  },
  {
    name: 'splitRows, of which a part is used, and splitColumns',
    weights: { x: [7, 5] },
    loss: (g) => {
      const [, middle] = splitRows(g.parameter('x'), [2, 4, 1])
      const [left, right] = splitColumns(middle!, [2, 3])
      return judge(g, add(left!, sliceColumns(right!, 1), sliceColumns(right!, 0, 2)))
    },
  },
  {
    name: 'sliceRows',
    weights: { x: [7, 5] },
    loss: (g) => judge(g, add(sliceRows(g.parameter('x'), 1, 4), sliceRows(g.parameter('x'), 4))),
  },
  {
    name: 'sequenceSum',
    weights: { x: [9, 4] },
    ...ofSequences,
    loss: (g) => judge(g, sequenceSum(g.parameter('x'), tokenOffsets(g), sequencesOf(g))),
  },
  {
    name: 'sequenceMax',
    weights: { x: [9, 4] },
    ...ofSequences,
    loss: (g) => judge(g, sequenceMax(g.parameter('x'), tokenOffsets(g), sequencesOf(g))),
  },
  {
    name: 'sequenceSoftmax',
    weights: { x: [9, 3] },
    ...ofSequences,
    loss: (g) => judge(g, sequenceSoftmax(g.parameter('x'), tokenOffsets(g))),
    sizes: {},
  },
  {
    name: 'sparseProduct',
    weights: { x: [4, 7] },
    inputs: SPARSE_INPUTS,
    sizes: { rows: 3 },
    loss: (g) => judge(g, sparseOf(g)),
  },
  {
    name: 'sequenceWeightedSum',
    weights: { x: [9, 6], w: [9, 3] },
    ...ofSequences,
    loss: (g) => judge(g, sequenceWeightedSum(g.parameter('x'), g.parameter('w'), tokenOffsets(g), sequencesOf(g))),
  },
  {
    name: 'attentionPooling',
    weights: { x: [9, 6], queries: [2, 6] },
    ...ofSequences,
    loss: (g) => judge(g, attentionPooling(g.parameter('x'), g.parameter('queries'), tokenOffsets(g), sequencesOf(g))),
  },
  {
    name: 'rotary',
    weights: { x: [5, 12] },
    inputs: { positions: Int32Array.of(0, 1, 2, 9, 300) },
    loss: (g) => judge(g, rotary(g.parameter('x'), rotaryAngles(g.input('positions', [5], 'i32'), 6))),
  },
  ...[false, true].map((causal) => ({
    name: `${causal ? 'causal ' : ''}attention with biases, rotary positions and dropout`,
    weights: { q: [9, 12], k: [9, 12], v: [9, 12], table: [6, 3] },
    inputs: { offsets: OFFSETS, positions: Int32Array.of(0, 1, 2, 0, 1, 2, 3, 4, 0), seed: Int32Array.of(5, -6) },
    loss: (g: Graph) => {
      const [q, k, v, table] = ['q', 'k', 'v', 'table'].map((name) => g.parameter(name)) as [
        Tensor,
        Tensor,
        Tensor,
        Tensor,
      ]
      const angles = rotaryAngles(g.input('positions', [9], 'i32'), 4)
      const biases = { table, maxDistance: 5 }
      const options = { heads: 3, causal, biases, dropout: 0.3 }
      return judge(g, attention(rotary(q, angles), rotary(k, angles), v, tokenOffsets(g), options))
    },
  })),
  {
    name: 'attention with biases that are frozen',
    weights: { q: [9, 12] },
    inputs: { offsets: OFFSETS, table: Float32Array.from({ length: 12 }, (_, n) => Math.sin(n)) },
    loss: (g: Graph) => {
      const q = g.parameter('q')
      const biases = { table: g.input('table', [4, 3]), bidirectional: true }
      return judge(g, attention(q, q, q, tokenOffsets(g), { heads: 3, biases }))
    },
  },
]

function normal(g: Graph, training: boolean): Tensor {
  for (const name of ['mean', 'variance']) if (!g.weights.has(name)) g.weights.declare(name, [9])
  const [x, gamma, beta] = ['x', 'gamma', 'beta'].map((name) => g.parameter(name)) as [Tensor, Tensor, Tensor]
  return batchNorm(x, gamma, beta, { training, running: { mean: 'mean', variance: 'variance' }, epsilon: 0.5 })
}

describe('gradients equal central differences', () => {
  it.each(cases)('$name', checkGradients)
})

/** Runs a graph of inputs alone. */
async function outputOf(
  build: (g: Graph) => Tensor,
  inputs: Record<string, Float32Array | Int32Array>,
  sizes: Record<string, number> = {},
): Promise<number[]> {
  const graph = new Graph(new Weights())
  return [...(await new Program(graph, [build(graph)]).run(inputs, sizes))[0]!]
}

describe('values', () => {
  const x = Float32Array.of(1, 2, 3, 4, 5, 6)
  it('of stretched operands are those of NumPy', async () => {
    const of = (combine: typeof subtract, a: number[], b: number[], given: Float32Array) =>
      outputOf((g) => combine(g.input('a', a), g.input('b', b)), { a: x, b: given })
    expect(await of(subtract, [2, 3], [3], Float32Array.of(1, 0, -1))).toEqual([0, 2, 4, 3, 5, 7])
    expect(await of(multiply, [2, 3], [2, 1], Float32Array.of(1, -1))).toEqual([1, 2, 3, -4, -5, -6])
    expect(await of(divide, [2, 3], [], Float32Array.of(2))).toEqual([0.5, 1, 1.5, 2, 2.5, 3])
    expect(await of(subtract, [6], [1, 1], Float32Array.of(1))).toEqual([0, 1, 2, 3, 4, 5])
    expect(await of(add, [6, 1], [1, 2], Float32Array.of(0, 10))).toEqual([1, 11, 2, 12, 3, 13, 4, 14, 5, 15, 6, 16])
  })

  it('of parts whose sizes a run gives', async () => {
    const parts = (g: Graph) => {
      const a = g.input('a', [g.dim('n'), 2])
      const b = g.input('b', [g.dim('m'), 2])
      const both = concatRows([a, b], g.dim('both'))
      const [, last] = splitRows(both, [a.shape[0]!, b.shape[0]!])
      return concatRows([sliceRows(both, 1), last!], g.dim('more'))
    }
    const inputs = { a: x.subarray(0, 2), b: x.subarray(2) }
    expect(await outputOf(parts, inputs, { n: 1, m: 2, both: 3, more: 4 })).toEqual([3, 4, 5, 6, 3, 4, 5, 6])
    await expect(outputOf(parts, inputs, { n: 1, m: 2, both: 4, more: 4 })).rejects.toEqual(
      code('ERR_SHAPE', /concat_rows/),
    )
  })

  it('of a size that a run gives, and one row more', async () => {
    const once = (g: Graph) => {
      const a = g.input('a', [g.dim('n'), 2])
      const longer = concatRows([g.input('first', [1, 2]), a])
      return subtract(sliceRows(longer, 1), a)
    }
    expect(await outputOf(once, { a: x, first: Float32Array.of(9, 9) }, { n: 3 })).toEqual([0, 0, 0, 0, 0, 0])
  })

  it('of attention pooling are those of AttentionPooling', async () => {
    const next = random(4)
    const states = Float32Array.from({ length: 9 * 6 }, () => 2 * next() - 1)
    const queries = Float32Array.from({ length: 12 }, () => 3 * next() - 1)
    const ragged = await outputOf(
      (g) => attentionPooling(g.input('x', [9, 6]), g.input('queries', [2, 6]), tokenOffsets(g), sequencesOf(g)),
      { x: states, queries, offsets: OFFSETS },
      { sequences: 4 },
    )
    const padded = new Float32Array(4 * 5 * 6)
    const mask = new Uint8Array(4 * 5)
    for (let s = 0; s < 4; s++)
      for (let t = OFFSETS[s]!; t < OFFSETS[s + 1]!; t++) {
        padded.set(states.subarray(t * 6, t * 6 + 6), (s * 5 + t - OFFSETS[s]!) * 6)
        mask[s * 5 + t - OFFSETS[s]!] = 1
      }
    const pooling = new AttentionPooling(new Matrix(2, 6, queries))
    const expected = await pooling.forward({ states: padded, mask, batch: 4, tokens: 5 })
    for (const [n, value] of ragged.entries()) expect(value).toBeCloseTo(expected.data[n]!, 5)
  })
})

describe('batchNorm', () => {
  it('moves its running averages while training, and uses them afterwards', async () => {
    const weights = new Weights()
    for (const name of ['gamma', 'beta', 'mean', 'variance']) weights.declare(name, [2])
    await weights.write('gamma', Float32Array.of(1, 2))
    await weights.write('variance', Float32Array.of(1, 1))
    const build = (training: boolean) => {
      const g = new Graph(weights)
      const options = { training, running: { mean: 'mean', variance: 'variance' }, epsilon: 0 }
      return new Program(g, [
        batchNorm(g.input('x', [g.dim('n'), 2]), g.parameter('gamma'), g.parameter('beta'), options),
      ])
    }
    const [training, using] = [build(true), build(false)]
    const x = Float32Array.of(1, 10, 3, 30)
    const [y] = await training.run({ x }, { n: 2 })
    expect([...y!].map((value) => value.toFixed(3))).toEqual(['-1.000', '-2.000', '1.000', '2.000'])
    // PyTorch's BatchNorm1d: 0.9 of before and 0.1 of the mean 2, 20 and of the variances 2, 200.
    const near = (found: Float32Array, expected: number[]) => {
      for (const [n, value] of expected.entries()) expect(found[n]).toBeCloseTo(value, 5)
    }
    near(await weights.read('mean'), [0.2, 2])
    near(await weights.read('variance'), [1.1, 20.9])
    const [z] = await using.run({ x }, { n: 2 })
    near(z as Float32Array, [0.8 / Math.sqrt(1.1), 16 / Math.sqrt(20.9), 2.8 / Math.sqrt(1.1), 56 / Math.sqrt(20.9)])
    near(await weights.read('mean'), [0.2, 2])
    await expect(training.run({ x: x.subarray(2) }, { n: 1 })).rejects.toEqual(code('ERR_SHAPE', /two rows/))
    await expect(training.run({ x: Float32Array.of(1, 2, Number.NaN, 4) }, { n: 2 })).rejects.toEqual(
      code('ERR_NOT_FINITE'),
    )
    near(await weights.read('mean'), [0.2, 2])
    near(await weights.read('variance'), [1.1, 20.9])
  })
})

describe('attention dropout', () => {
  afterEach(() => setThreads(2))

  it('is drawn by the seed, the same for any number of threads, and for each layer another', async () => {
    const graph = new Graph(new Weights())
    const x = graph.input('x', [9, 12])
    const offsets = tokenOffsets(graph)
    const layers = [0, 1].map(() => attention(x, x, x, offsets, { heads: 3, dropout: 0.5 }))
    const program = new Program(graph, layers)
    const given = Float32Array.from({ length: 108 }, (_, n) => Math.sin(n))
    const run = async (seed: number) =>
      (await program.run({ x: given, offsets: OFFSETS, seed: Int32Array.of(seed, 1) }, {})).map((y) => [...y])
    const [first, second] = await run(1)
    expect(first).not.toEqual(second)
    expect(await run(2)).not.toEqual([first, second])
    for (const threads of [1, 3, 8]) {
      setThreads(threads)
      expect(await run(1)).toEqual([first, second])
    }
  })
})

describe('operands that do not fit', () => {
  const g = new Graph(new Weights())
  const [a, b, row] = [g.input('a', [4, 6]), g.input('b', [6, 3]), g.input('row', [5])]
  const open = g.input('open', [g.dim('n'), 6])
  const also = g.input('also', [g.dim('m'), 6])
  const offsets = tokenOffsets(g)
  const sequences = sequencesOf(g)
  const biases = (table: Tensor, more = {}) => attention(a, a, a, offsets, { heads: 3, biases: { table, ...more } })
  const calls: Record<string, [() => unknown, string]> = {
    'columns that differ': [() => add(a, b), 'ERR_SHAPE'],
    'a row of another length': [() => multiply(a, row), 'ERR_SHAPE'],
    'sizes that a run gives, of different names': [() => subtract(open, also), 'ERR_SHAPE'],
    'rows that differ in columns': [() => concatRows([a, b]), 'ERR_SHAPE'],
    'columns that differ in rows': [() => concatColumns([a, b]), 'ERR_SHAPE'],
    'columns of a vector': [() => concatColumns([row]), 'ERR_SHAPE'],
    'a matrix and a vector': [() => concatRows([row, g.input('flat', [6, 1])]), 'ERR_SHAPE'],
    'no tensors': [() => concatRows([]), 'ERR_VALUE'],
    'no sum of sizes that a run gives': [() => concatRows([open, also]), 'ERR_VALUE'],
    'no sizes': [() => splitRows(a, []), 'ERR_VALUE'],
    'a slice from before the first': [() => sliceRows(a, -1), 'ERR_VALUE'],
    'a slice that ends before it begins': [() => sliceRows(a, 3, 2), 'ERR_VALUE'],
    'a slice from the middle of a row': [() => sliceColumns(a, 0.5), 'ERR_VALUE'],
    'inner sizes that differ': [() => matmul(a, a), 'ERR_SHAPE'],
    'a product with a vector': [() => matmul(a, row), 'ERR_SHAPE'],
    'an option that there is none of': [() => matmul(a, b, { transposed: true } as never), 'ERR_VALUE'],
    'the transpose of a vector': [() => transpose(row), 'ERR_SHAPE'],
    'another count of numbers': [() => reshape(a, [5, 5]), 'ERR_SHAPE'],
    'three dimensions': [() => reshape(a, [2, 2, 6]), 'ERR_SHAPE'],
    'a gamma of another length': [() => rmsNorm(a, row, 1e-5), 'ERR_SHAPE'],
    'an odd number of dimensions': [() => rotaryAngles(offsets, 3), 'ERR_VALUE'],
    'positions that are no integers': [() => rotaryAngles(row, 4), 'ERR_SHAPE'],
    'a base of 0': [() => rotaryAngles(offsets, 4, 0), 'ERR_VALUE'],
    'angles of other tokens': [() => rotary(a, rotaryAngles(offsets, 2)), 'ERR_SHAPE'],
    'weights of other tokens': [() => sequenceWeightedSum(a, b, offsets, sequences), 'ERR_SHAPE'],
    'heads that divide nothing': [() => sequenceWeightedSum(a, g.input('w', [4, 5]), offsets, sequences), 'ERR_SHAPE'],
    'queries of other dimensions': [() => attentionPooling(a, b, offsets, sequences), 'ERR_SHAPE'],
    'a dropout of 1': [() => attention(a, a, a, offsets, { heads: 3, dropout: 1 }), 'ERR_VALUE'],
    'a dropout that is no number': [() => attention(a, a, a, offsets, { heads: 3, dropout: Number.NaN }), 'ERR_VALUE'],
    'a misspelt option': [() => attention(a, a, a, offsets, { heads: 3, casual: true } as never), 'ERR_VALUE'],
    'biases of other heads': [() => biases(a), 'ERR_SHAPE'],
    'too few buckets': [() => biases(g.input('few', [3, 3])), 'ERR_SHAPE'],
    'a distance that the first buckets reach': [() => biases(b, { maxDistance: 1 }), 'ERR_VALUE'],
  }
  it.each(Object.entries(calls))('%s', (_, [call, expected]) => expect(call).toThrow(code(expected)))
})

describe('a network with them', () => {
  it('learns to score pairs by the products of their vectors, the same bits for any number of threads', async () => {
    const train = async () => {
      const weights = new Weights()
      weights.declare('w', [4, 8])
      const next = random(1)
      await weights.write(
        'w',
        Float32Array.from({ length: 32 }, () => next() - 0.5),
      )
      const graph = new Graph(weights)
      const of = (name: string) => linear(graph.input(name, [6, 8]), graph.parameter('w'))
      const scores = logSoftmax(matmul(of('a'), of('b'), { transposeB: true }))
      const loss = scale(total(multiply(scores, graph.input('own', [6, 6]))), -1 / 6)
      const [slope] = gradients(loss, [graph.parameter('w')])
      const program = new Program(graph, [loss, slope as Tensor])
      const a = Float32Array.from({ length: 48 }, () => next() - 0.5)
      const b = a.map((value) => value + 0.1 * (next() - 0.5))
      const own = Float32Array.from({ length: 36 }, (_, n) => (n % 7 === 0 ? 1 : 0))
      const losses: number[] = []
      for (let step = 0; step < 60; step++) {
        const [value, by] = await program.run({ a, b, own }, {})
        losses.push(value![0]!)
        const w = await weights.read('w')
        await weights.write(
          'w',
          w.map((old, n) => old - by![n]!),
        )
      }
      return losses
    }
    const losses = await train()
    expect(losses.at(-1)).toBeLessThan(0.3 * losses[0]!)
    setThreads(1)
    expect(await train()).toEqual(losses)
    setThreads(2)
  })
})

describe('rowDots', () => {
  it('are the diagonal of a product with the transpose', async () => {
    const x = Float32Array.from({ length: 12 }, (_, n) => n - 4)
    const y = x.map((value) => value * value)
    const dots = await outputOf((g) => rowDots(g.input('x', [3, 4]), g.input('y', [3, 4])), { x, y })
    const all = await outputOf((g) => matmul(g.input('x', [3, 4]), g.input('y', [3, 4]), { transposeB: true }), {
      x,
      y,
    })
    expect(dots).toEqual([all[0], all[4], all[8]])
  })
})

describe('sparseProduct', () => {
  const run = async (inputs: Partial<typeof SPARSE_INPUTS>) => {
    const weights = new Weights()
    weights.declare('x', [4, 7])
    await weights.write(
      'x',
      Float32Array.from({ length: 28 }, (_, i) => i),
    )
    const graph = new Graph(weights)
    return new Program(graph, [sparseOf(graph)]).run({ ...SPARSE_INPUTS, ...inputs }, { rows: 3 })
  }

  it('is the weighted sum of rows, zeros for an empty one', async () => {
    const [y] = await run({})
    const row = (n: number) => Array.from({ length: 7 }, (_, d) => n * 7 + d)
    const expected = [
      row(0).map((value, d) => value - 2 * row(1)[d]! + 0.5 * row(3)[d]!),
      row(0).fill(0),
      row(1).map((value, d) => 3 * value + 0.25 * row(3)[d]!),
    ]
    expect([...y!]).toEqual(expected.flat())
  })

  it.each<[string, Partial<typeof SPARSE_INPUTS>]>([
    ['columns beyond the rows of x', { columns: Int32Array.of(0, 1, 4, 1, 3) }],
    ['columns below 0', { columns: Int32Array.of(-1, 1, 3, 1, 3) }],
    ['columns that do not ascend', { columns: Int32Array.of(1, 0, 3, 1, 3) }],
    ['offsets that descend', { at: Int32Array.of(0, 3, 2, 5) }],
    ['offsets that do not begin with 0', { at: Int32Array.of(1, 3, 3, 5) }],
    ['offsets that end before the values', { at: Int32Array.of(0, 3, 3, 4) }],
    ['offsets that end behind the values', { at: Int32Array.of(0, 3, 3, 6) }],
  ])('refuses %s', async (_, inputs) => {
    await expect(run(inputs)).rejects.toEqual(code('ERR_SHAPE'))
  })

  it('takes no matrix without its transpose, and no columns of floats', () => {
    const graph = new Graph(new Weights())
    const [offsets, columns] = [graph.input('a', [3], 'i32'), graph.input('b', [2], 'i32')]
    const values = graph.input('c', [2])
    const x = graph.input('x', [2, 2])
    const matrix = { offsets, columns, values }
    expect(() => sparseProduct(matrix, x, 2, {} as never)).toThrow(code('ERR_VALUE'))
    expect(() => sparseProduct({ ...matrix, columns: values }, x, 2, { transposed: matrix })).toThrow(code('ERR_SHAPE'))
    expect(() => sparseProduct(matrix, values, 2, { transposed: matrix })).toThrow(code('ERR_SHAPE'))
  })
})
