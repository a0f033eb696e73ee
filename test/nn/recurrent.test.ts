import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Tensor } from '#lib/nn/graph/graph.js'
import {
  add,
  Graph,
  gradients,
  gru,
  lstm,
  Program,
  scale,
  sequenceConvolution,
  squaredError,
  Weights,
} from '#lib/nn/index.js'
import { type Case, checkGradients, judge } from './check-gradients.js'

const OFFSETS = Int32Array.of(0, 3, 3, 8, 9)
const offsetsOf = (g: Graph) => g.input('offsets', [5], 'i32')
const weightsOf = (g: Graph) => ({
  input: g.parameter('wi'),
  hidden: g.parameter('wh'),
  inputBias: g.parameter('bi'),
  hiddenBias: g.parameter('bh'),
})
const shapesOf = (gates: number) => ({
  x: [9, 4],
  wi: [gates * 3, 4],
  wh: [gates * 3, 3],
  bi: [gates * 3],
  bh: [gates * 3],
})
const inputs = { offsets: OFFSETS }

const cases: Case[] = [
  {
    name: 'lstm, of states and cells',
    weights: { ...shapesOf(4), h0: [4, 3], c0: [4, 3] },
    inputs,
    loss: (g) => {
      const initial = { initial: g.parameter('h0'), initialCell: g.parameter('c0') }
      const { hidden, cell } = lstm(g.parameter('x'), offsetsOf(g), weightsOf(g), initial)
      return judge(g, add(hidden, scale(cell, 0.5)))
    },
  },
  {
    name: 'lstm without biases, backwards, of cells alone',
    weights: { x: [9, 4], wi: [12, 4], wh: [12, 3] },
    inputs,
    loss: (g) => {
      const weights = { input: g.parameter('wi'), hidden: g.parameter('wh') }
      return judge(g, lstm(g.parameter('x'), offsetsOf(g), weights, { reverse: true }).cell)
    },
  },
  {
    name: 'gru',
    weights: { ...shapesOf(3), h0: [4, 3] },
    inputs,
    loss: (g) => judge(g, gru(g.parameter('x'), offsetsOf(g), weightsOf(g), { initial: g.parameter('h0') })),
  },
  {
    name: 'gru without biases, backwards',
    weights: { x: [9, 4], wi: [9, 4], wh: [9, 3] },
    inputs,
    loss: (g) => {
      const weights = { input: g.parameter('wi'), hidden: g.parameter('wh') }
      return judge(g, gru(g.parameter('x'), offsetsOf(g), weights, { reverse: true }))
    },
  },
  ...[1, 2, 3].map((width) => ({
    name: `sequenceConvolution of width ${width}`,
    weights: { x: [9, 4], w: [5, 4 * width], b: [5] },
    inputs,
    loss: (g: Graph) =>
      judge(g, sequenceConvolution(g.parameter('x'), offsetsOf(g), g.parameter('w'), width, g.parameter('b'))),
  })),
]

describe('gradients of layers along sequences equal central differences', () => {
  it.each(cases)('$name', checkGradients)
})

interface Golden {
  shape: number[]
  values: number[]
  gradient: number[]
}
interface Layer {
  weights: Record<string, Golden>
  states: Record<string, Golden>
  targets: number[]
  y: number[]
}
/** By test/fixtures/make-recurrent.py. */
const golden: {
  lengths: number[]
  lstm: Layer
  gru: Layer
  convolutions: { width: number; x: number[]; weight: number[]; bias: number[]; y: number[] }[]
} = JSON.parse(readFileSync(join(__dirname, '..', 'fixtures', 'recurrent.json'), 'utf8'))
const goldenOffsets = Int32Array.from([0, 3, 4, 9, 11])

function expectNear(received: ArrayLike<number>, expected: readonly number[]): void {
  expect(received.length).toBe(expected.length)
  for (const [n, value] of expected.entries()) expect(Math.abs(received[n]! - value), `${n}`).toBeLessThan(2e-6)
}

describe('PyTorch', () => {
  it.each(['lstm', 'gru'] as const)('gives the states and gradients of its %s with the same weights', async (kind) => {
    const { weights: given, states, targets, y } = golden[kind]
    const weights = new Weights()
    const all = { ...given, ...states }
    for (const [name, { shape, values }] of Object.entries(all)) {
      weights.declare(name, shape)
      await weights.write(name, Float32Array.from(values))
    }
    const graph = new Graph(weights)
    const of = (name: string) => graph.parameter(name)
    const layer = {
      input: of('weight_ih'),
      hidden: of('weight_hh'),
      inputBias: of('bias_ih'),
      hiddenBias: of('bias_hh'),
    }
    const offsets = graph.input('offsets', [5], 'i32')
    const initial = of('initial')
    const hidden =
      kind === 'lstm'
        ? lstm(of('x'), offsets, layer, { initial, initialCell: of('cell') }).hidden
        : gru(of('x'), offsets, layer, { initial })
    const loss = squaredError(hidden, graph.input('targets', hidden.shape))
    const names = Object.keys(all)
    const found = gradients(loss, names.map(of)) as Tensor[]
    const run = await new Program(graph, [hidden, ...found]).run(
      { offsets: goldenOffsets, targets: Float32Array.from(targets) },
      {},
    )
    expectNear(run[0]!, y)
    for (const [n, name] of names.entries()) expectNear(run[n + 1]!, all[name]!.gradient)
  })

  it('gives the outputs of its Conv1d with the same weights', async () => {
    for (const { width, x, weight, bias, y } of golden.convolutions) {
      const graph = new Graph(new Weights())
      const out = sequenceConvolution(
        graph.input('x', [11, 4]),
        graph.input('offsets', [5], 'i32'),
        graph.input('w', [3, 4 * width]),
        width,
        graph.input('b', [3]),
      )
      const floats = { x, w: weight, b: bias }
      const given = Object.fromEntries(
        Object.entries(floats).map(([name, values]) => [name, Float32Array.from(values)]),
      )
      const [received] = await new Program(graph, [out]).run({ ...given, offsets: goldenOffsets }, {})
      expectNear(received!, y)
    }
  })
})

describe('layers along sequences', () => {
  it('read ragged sequences backwards as they read their reverse', async () => {
    const weights = new Weights()
    const shapes = shapesOf(4)
    for (const [name, shape] of Object.entries(shapes)) {
      weights.declare(name, shape)
      const size = shape.reduce((a, b) => a * b, 1)
      await weights.write(
        name,
        Float32Array.from({ length: size }, (_, n) => Math.sin(5 * n + size)),
      )
    }
    const graph = new Graph(weights)
    const [x, offsets] = [graph.input('given', [9, 4]), offsetsOf(graph)]
    const outputs = [false, true].map((reverse) => lstm(x, offsets, weightsOf(graph), { reverse }).hidden)
    const program = new Program(graph, outputs)
    const rows = Array.from({ length: 9 }, (_, n) => Array.from({ length: 4 }, (_, d) => Math.cos(n * 4 + d)))
    const flipped = (all: number[][]) => [...all.slice(0, 3).reverse(), ...all.slice(3, 8).reverse(), ...all.slice(8)]
    const run = async (all: number[][]) =>
      (await program.run({ given: Float32Array.from(all.flat()), offsets: OFFSETS }, {})).map((values) =>
        Array.from({ length: 9 }, (_, n) => [...values.slice(3 * n, 3 * n + 3)]),
      )
    const [, backwards] = await run(rows)
    const [forwards] = await run(flipped(rows))
    expect(backwards).toEqual(flipped(forwards!))
  })

  it('refuse what does not fit', async () => {
    const graph = new Graph(new Weights())
    const [x, offsets] = [graph.input('x', [9, 4]), offsetsOf(graph)]
    const [input, hidden] = [graph.input('wi', [12, 4]), graph.input('wh', [12, 3])]
    const refusals: [string, () => unknown][] = [
      ['ERR_SHAPE', () => gru(x, offsets, { input, hidden })],
      ['ERR_SHAPE', () => lstm(x, offsets, { input, hidden: input })],
      ['ERR_SHAPE', () => lstm(x, x, { input, hidden })],
      ['ERR_SHAPE', () => lstm(x, offsets, { input, hidden, hiddenBias: graph.input('b', [11]) })],
      ['ERR_SHAPE', () => lstm(x, offsets, { input, hidden }, { initial: graph.input('h', [5, 3]) })],
      ['ERR_VALUE', () => lstm(x, offsets, { input, hidden }, { reverse: 1 as never })],
      ['ERR_VALUE', () => gru(x, offsets, { input, hidden }, { initialCell: x } as never)],
      ['ERR_VALUE', () => sequenceConvolution(x, offsets, graph.input('w', [2, 8]), 1.5)],
      ['ERR_SHAPE', () => sequenceConvolution(x, offsets, graph.input('v', [2, 8]), 3)],
    ]
    for (const [code, build] of refusals) expect(build, String(build)).toThrow(expect.objectContaining({ code }))
    const program = new Program(graph, [lstm(x, offsets, { input, hidden }).hidden])
    const given = { x: new Float32Array(36), wi: new Float32Array(48), wh: new Float32Array(36) }
    await expect(
      program.run(
        {
          ...given,
          b: new Float32Array(11),
          h: new Float32Array(15),
          w: new Float32Array(16),
          v: new Float32Array(16),
          offsets: Int32Array.of(0, 4, 3, 8, 9),
        },
        {},
      ),
    ).rejects.toMatchObject({ code: 'ERR_SHAPE' })
  })
})
