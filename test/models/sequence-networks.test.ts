// Networks over sequences and their losses against PyTorch (test/fixtures/make-sequences.py), and states made one by one.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { Matrix } from 'kindred'
import { Graph, gatherRows, Program, Weights } from 'kindred/nn'
import { describe, expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import { AttentionNetwork } from '#lib/models/sequence/attention-network.js'
import { RecurrentNetwork } from '#lib/models/sequence/recurrent-network.js'
import { SequenceInference } from '#lib/models/sequence/sequence-inference.js'
import { gbcePower, sequenceLoss } from '#lib/models/sequence/sequence-loss.js'
import { beginOf, placesOfSequences, type SequenceNetwork } from '#lib/models/sequence/sequence-network.js'
import { maskedBatch, nextItemBatch, trainingWindows } from '#lib/models/sequence/training-windows.js'

interface Fixture {
  dims: number
  layers: number
  heads: number
  items: number
  maxLength: number
  sequences: number[][]
  negatives: number[]
  calibration: number
  cases: Record<Name, Case>
}
interface Case {
  weights: Record<string, number[]>
  table: number[]
  states: number[]
  losses: { softmax: number; gbce: number }
}
type Name = 'attention' | 'masked' | 'gru' | 'lstm'

const fixture = JSON.parse(readFileSync(join(__dirname, '../fixtures/sequences.json'), 'utf8')) as Fixture
const { dims, layers, heads, items, maxLength } = fixture
const base = { dims, layers, heads, maxLength, dropout: 0 }
const NETWORKS: Record<Name, SequenceNetwork> = {
  attention: new AttentionNetwork({ ...base, feedForward: 8, activation: 'relu', causal: true }),
  masked: new AttentionNetwork({ ...base, feedForward: 12, activation: 'gelu', causal: false }),
  gru: new RecurrentNetwork({ ...base, cell: 'gru' }),
  lstm: new RecurrentNetwork({ ...base, cell: 'lstm' }),
}
const NAMES = Object.keys(NETWORKS) as Name[]

async function weightsOf(network: SequenceNetwork, numbers: (name: string) => Float32Array): Promise<Weights> {
  const weights = new Weights()
  for (const [name, { shape }] of network.weights) {
    weights.declare(name, shape)
    await weights.write(name, numbers(name))
  }
  return weights
}

const windows = {
  items: Int32Array.from(fixture.sequences.flat()),
  begins: Int32Array.of(0, fixture.sequences[0]!.length),
  ends: Int32Array.of(fixture.sequences[0]!.length, fixture.sequences.flat().length),
}

describe.each(NAMES)('%s', (name) => {
  const network = NETWORKS[name]
  const own = fixture.cases[name]

  it('has the states and losses of PyTorch', async () => {
    const weights = await weightsOf(network, (one) => Float32Array.from(own.weights[one]!))
    weights.declare('table', [items, dims])
    await weights.write('table', Float32Array.from(own.table))
    const graph = new Graph(weights)
    const places = placesOfSequences(graph)
    const table = graph.parameter('table')
    const states = network.states(graph, gatherRows(table, graph.input('ids', [places.tokens], 'i32')), places, true)
    const { calibration, negatives } = fixture
    const losses = (['softmax', 'gbce'] as const).map((loss) =>
      sequenceLoss(graph, states, table, { loss, negatives: negatives.length, calibration }),
    )
    const program = new Program(graph, [states, ...losses])
    const { inputs, sizes } = nextItemBatch(windows, Int32Array.of(0, 1))
    const [found, softmax, gbce] = await program.run({ ...inputs, negatives: Int32Array.from(negatives) }, sizes)
    for (const [n, value] of own.states.entries()) expect(found![n]).toBeCloseTo(value, 4)
    expect(softmax![0]).toBeCloseTo(own.losses.softmax, 5)
    expect(gbce![0]).toBeCloseTo(own.losses.gbce, 4)
  })

  it('gives one history the state that it has among many, whatever comes before the last items', async () => {
    const random = createRandom(3)
    const weights = await weightsOf(network, (one) => beginOf(network.weights.get(one)!, random))
    const mask = network.isMasked ? await weights.read('mask') : null
    const inference = new SequenceInference(network, weights, { dims, maxLength }, mask)
    const vectors = new Matrix(items + 1, dims) // the last item has none
    for (let n = 0; n < items * dims; n++) vectors.data[n] = random.normal()
    const isKnown = new Uint8Array(items + 1).fill(1, 0, items)
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.integer({ min: 0, max: items }), { maxLength: 20 }), { maxLength: 8 }),
        async (histories) => {
          const many = await inference.states(histories.length, (n) => histories[n]!, vectors, isKnown, undefined)
          for (const [n, history] of histories.entries()) {
            const one = await inference.state(history, vectors, isKnown, undefined)
            for (const [d, value] of one.row(0).entries()) expect(many.row(n)[d]).toBeCloseTo(value, 4)
            const last = history.filter((item) => item < items).slice(-maxLength)
            expect(await inference.state(last, vectors, isKnown, undefined)).toEqual(one)
            if (last.length === 0) expect(one.data.every((value) => value === 0)).toBe(true)
          }
        },
      ),
      { numRuns: 25 },
    )
  })
})

describe('windows', () => {
  const sequences = fc.array(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 30 }), { maxLength: 6 })

  it('tell each event but the first of a user once, after no more than maxLength others', async () => {
    await fc.assert(
      fc.asyncProperty(sequences, fc.integer({ min: 1, max: 12 }), async (lists, most) => {
        const indptr = new Int32Array(lists.length + 1)
        lists.forEach((list, n) => {
          indptr[n + 1] = indptr[n]! + list.length
        })
        const flat = Int32Array.from(lists.flat())
        const users = Int32Array.from(lists.keys())
        const same = Int32Array.from({ length: 10 }, (_, n) => n)
        const found = await trainingWindows(
          { indptr, items: flat, times: new Float64Array(flat.length) },
          users,
          same,
          most,
          undefined,
        )
        const all = Int32Array.from(found.begins.keys())
        const { inputs, sizes, terms } = nextItemBatch(found, all)
        expect(terms).toBe(lists.reduce((sum, list) => sum + Math.max(0, list.length - 1), 0))
        const offsets = inputs.offsets as Int32Array
        for (let w = 0; w < all.length; w++) {
          const length = offsets[w + 1]! - offsets[w]!
          expect(length).toBeLessThanOrEqual(most)
          expect([...inputs.positions!.subarray(offsets[w], offsets[w + 1])]).toEqual([...Array(length).keys()])
          const begin = found.begins[w]!
          expect([...inputs.ids!.subarray(offsets[w], offsets[w + 1])]).toEqual([
            ...flat.subarray(begin, begin + length),
          ])
          expect([...inputs.labels!.subarray(offsets[w], offsets[w + 1])]).toEqual([
            ...flat.subarray(begin + 1, begin + 1 + length),
          ])
        }
        const masked = maskedBatch(
          found,
          all,
          { share: 0.3, lastOnly: 0.2, mask: 10, firstPosition: (n) => 40 - n },
          createRandom(2),
        )
        const labels = masked.inputs.labels as Int32Array
        expect(labels.filter((label) => label >= 0)).toHaveLength(masked.terms)
        expect(masked.terms).toBeGreaterThanOrEqual(all.length)
        labels.forEach((label, n) => {
          expect(masked.inputs.ids![n] === 10).toBe(label >= 0)
        })
        expect(sizes.sequences).toBe(all.length)
      }),
      { numRuns: 60 },
    )
  })
})

it('the power of gBCE goes from 1 to the share of items drawn', () => {
  for (const drawn of [0.01, 0.3, 1]) {
    expect(gbcePower(drawn, 0)).toBeCloseTo(1, 12)
    expect(gbcePower(drawn, 1)).toBeCloseTo(drawn, 12)
  }
})
