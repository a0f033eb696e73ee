import { describe, it } from 'vitest'
import {
  type Activation,
  activation,
  add,
  attention,
  binaryCrossEntropy,
  crossEntropy,
  dropout,
  type Graph,
  gatherRows,
  layerNorm,
  linear,
  rowDots,
  scale,
  sequenceMean,
  type Tensor,
  unitRows,
} from '#lib/nn/index.js'
import { product, scaleRows } from '#lib/nn/ops/layers/product.js'
import { symmetricDivergence } from '#lib/nn/ops/losses/divergence.js'
import { type Case, checkGradients, judge } from './check-gradients.js'

const OFFSETS = Int32Array.of(0, 3, 3, 8, 9)

const cases: Case[] = [
  {
    name: 'linear with a bias',
    weights: { x: [5, 7], w: [3, 7], b: [3] },
    loss: (g) => judge(g, linear(g.parameter('x'), g.parameter('w'), g.parameter('b'))),
  },
  {
    name: 'a tensor used twice, and scaled',
    weights: { x: [4, 4], w: [4, 4] },
    loss: (g) => {
      const x = g.parameter('x')
      return judge(g, add(linear(x, g.parameter('w')), x, scale(x, -0.5)))
    },
  },
  ...(['relu', 'gelu', 'gelu-tanh', 'tanh', 'sigmoid', 'silu'] as Activation[]).map((kind) => ({
    name: kind,
    weights: { x: [3, 37] },
    loss: (g: Graph) => judge(g, activation(g.parameter('x'), kind)),
  })),
  {
    name: 'layerNorm',
    weights: { x: [6, 19], gamma: [19], beta: [19] },
    loss: (g) => judge(g, layerNorm(g.parameter('x'), g.parameter('gamma'), g.parameter('beta'), 1e-5)),
  },
  ...[false, true].map((causal) => ({
    name: causal ? 'causal attention' : 'attention',
    weights: { q: [9, 12], k: [9, 12], v: [9, 12] },
    inputs: { offsets: OFFSETS },
    loss: (g: Graph) => {
      const offsets = g.input('offsets', [5], 'i32')
      const [q, k, v] = ['q', 'k', 'v'].map((name) => g.parameter(name)) as [Tensor, Tensor, Tensor]
      return judge(g, attention(q, k, v, offsets, { heads: 3, causal }))
    },
  })),
  {
    name: 'gathers from a table, twice, and from what was computed',
    weights: { table: [6, 5], w: [5, 5] },
    inputs: { ids: Int32Array.of(1, 4, 4, 0), others: Int32Array.of(3, 3) },
    loss: (g) => {
      const table = g.parameter('table')
      const rows = linear(gatherRows(table, g.input('ids', [4], 'i32')), g.parameter('w'))
      const others = g.input('others', [2], 'i32')
      return judge(g, add(gatherRows(rows, others), gatherRows(table, others)))
    },
  },
  {
    name: 'sequenceMean',
    weights: { x: [9, 4] },
    inputs: { offsets: OFFSETS },
    loss: (g) => judge(g, sequenceMean(g.parameter('x'), g.input('offsets', [5], 'i32'), sequencesOf(g))),
    sizes: { sequences: 4 },
  },
  {
    name: 'cosines of rows',
    weights: { a: [4, 21], b: [4, 21] },
    loss: (g) => judge(g, rowDots(unitRows(g.parameter('a')), unitRows(g.parameter('b')))),
  },
  {
    name: 'crossEntropy, with rows that do not count',
    weights: { x: [5, 3] },
    inputs: { labels: Int32Array.of(2, -1, 0, 1, -100) },
    loss: (g) => crossEntropy(g.parameter('x'), g.input('labels', [5], 'i32')),
  },
  {
    name: 'binaryCrossEntropy',
    weights: { x: [4, 3] },
    inputs: { given: Float32Array.from({ length: 12 }, (_, n) => (n % 4) / 3) },
    loss: (g) => binaryCrossEntropy(g.parameter('x'), g.input('given', [4, 3])),
  },
  {
    name: 'symmetricDivergence',
    weights: { a: [4, 3], b: [4, 3] },
    loss: (g) => symmetricDivergence(g.parameter('a'), g.parameter('b')),
  },
  {
    name: 'product, of rows that are scaled',
    weights: { x: [4, 3], factors: [3], w: [3, 7] },
    loss: (g) => judge(g, product(g.parameter('x'), scaleRows(g.parameter('w'), g.parameter('factors')))),
  },
  {
    name: 'dropout',
    weights: { x: [8, 9] },
    inputs: { seed: Int32Array.of(5, 6) },
    loss: (g) => judge(g, dropout(add(dropout(g.parameter('x'), 0.4)), 0.3)),
  },
]

const sequencesOf = (graph: Graph) => graph.dim('sequences')

describe('gradients equal central differences', () => {
  it.each(cases)('$name', checkGradients)
})
