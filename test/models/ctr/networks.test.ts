// Each network of clicks against the same in PyTorch: predictions and gradients (test/fixtures/make-click-models.py).
import { readFileSync } from 'node:fs'
import * as kindred from 'kindred'
import { describe, expect, it } from 'vitest'
import type { EncodedRows } from '#lib/models/ctr/fields/encoded-rows.js'
import { inputsOf } from '#lib/models/ctr/fields/encoded-rows.js'
import type { FieldPlan } from '#lib/models/ctr/fields/field-plan.js'
import { RowEncoder } from '#lib/models/ctr/fields/row-encoder.js'
import { ClickGraph } from '#lib/models/ctr/network/click-graph.js'
import { type ClickNetwork, FittedNetwork } from '#lib/models/ctr/network/fitted-network.js'
import { gradients, isRows } from '#lib/nn/graph/gradients.js'
import { Graph } from '#lib/nn/graph/graph.js'
import { Program } from '#lib/nn/graph/program.js'
import { scatterRows } from '#lib/nn/ops/layers/gather.js'
import { binaryCrossEntropy } from '#lib/nn/ops/losses/losses.js'
import { Weights } from '#lib/nn/weights.js'

interface Case {
  weights: Record<string, [number[], number[]]>
  predicted: number[]
  gradients: Record<string, number[]>
}

const fixture = JSON.parse(readFileSync('test/fixtures/click-models.json', 'utf8')) as {
  rows: { ids: number[]; scales: number[]; bags: number[][]; vectors: number[]; labels: number[] }
  models: Record<string, Case>
}

const letters = (count: number) => Array.from({ length: count }, (_, n) => `c${n}`)
const plans: FieldPlan[] = [
  { kind: 'categorical', name: 'a', column: 'a', categories: letters(4) },
  { kind: 'categorical', name: 'b', column: 'b', categories: letters(3) },
  { kind: 'numeric', name: 'n', column: 'n', mean: 0, deviation: 1 },
  { kind: 'multi', name: 'm', column: 'm', categories: letters(4), isSparse: false },
  { kind: 'vector', name: 'v', column: 'v', width: 2 },
]
const encoder = new RowEncoder(plans)
const { bags } = fixture.rows
const rows: EncodedRows = {
  rows: bags.length,
  ids: Int32Array.from(fixture.rows.ids),
  scales: Float32Array.from(fixture.rows.scales),
  bags: [
    {
      offsets: Int32Array.from({ length: bags.length + 1 }, (_, n) => bags.slice(0, n).flat().length),
      ids: Int32Array.from(bags.flat()),
      values: undefined,
    },
  ],
  vectors: [Float32Array.from(fixture.rows.vectors)],
}

const deep = { dims: 3, hidden: [4, 3], dropout: 0 }
const MODELS: Record<string, object> = {
  LogisticRegression: new kindred.LogisticRegression(),
  FactorizationMachine: new kindred.FactorizationMachine({ dims: 3 }),
  FieldAwareFM: new kindred.FieldAwareFM({ dims: 3 }),
  WideAndDeep: new kindred.WideAndDeep(deep),
  DeepFM: new kindred.DeepFM(deep),
  DCNv2: new kindred.DCNv2({ ...deep, crossLayers: 2 }),
  'DCNv2 stacked': new kindred.DCNv2({ ...deep, crossLayers: 2, structure: 'stacked' }),
  FinalMLP: new kindred.FinalMLP({ dims: 3, hidden: [4, 4], secondHidden: [6], dropout: 0 }),
}

const close = (actual: ArrayLike<number>, expected: readonly number[], what: string) => {
  expect(actual.length, what).toBe(expected.length)
  for (const [n, value] of expected.entries())
    expect(Math.abs(actual[n]! - value), `${what} ${n}: ${actual[n]} ${value}`).toBeLessThan(
      2e-6 + 1e-5 * Math.abs(value),
    )
}

describe('networks of clicks, as in PyTorch:', () => {
  it('every one is compared', () => {
    expect(Object.keys(MODELS)).toEqual(Object.keys(fixture.models))
  })

  it.each(Object.entries(fixture.models))('%s', async (name, { weights: given, predicted, gradients: expected }) => {
    const network = (MODELS[name] as { network(): ClickNetwork }).network()
    const weights = new Weights()
    const fitted = new FittedNetwork(network, encoder, weights)
    expect([...fitted.specs.keys()].sort()).toEqual(Object.keys(given).sort())
    for (const [weight, [shape, values]] of Object.entries(given)) {
      expect(fitted.specs.get(weight)!.shape, weight).toEqual(shape)
      await weights.write(weight, Float32Array.from(values))
    }
    close(await fitted.predictEncoded(rows), predicted, 'prediction')
    const graph = new Graph(weights)
    const own = new ClickGraph(graph, encoder, true)
    const loss = binaryCrossEntropy(network(own), graph.input('labels', [own.rows]))
    const names = Object.keys(expected)
    const parameters = names.map((weight) => graph.parameter(weight))
    const found = gradients(loss, parameters).map((gradient, n) =>
      isRows(gradient) ? scatterRows(gradient.sums, gradient.rows, parameters[n]!.shape) : gradient,
    )
    const { inputs, sizes } = inputsOf(rows)
    const labels = Float32Array.from(fixture.rows.labels)
    const made = await new Program(graph, found).run({ ...inputs, labels }, sizes)
    for (const [n, weight] of names.entries()) close(made[n]!, expected[weight]!, weight)
  })
})
