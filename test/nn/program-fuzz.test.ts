// The door between lib/nn and the addon: whatever code and arrays come, a run is right or a typed error, and an error changes
// no weights.
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { addon, type NnBuffersHandle, type NnNumbers, type NnProgramHandle } from '#lib/native/addon.js'
import { dimOf } from '#lib/nn/graph/dim.js'
import {
  activation,
  adamw,
  attention,
  attentionPooling,
  concatRows,
  crossEntropy,
  dropout,
  Graph,
  gatherRows,
  layerNorm,
  linear,
  matmul,
  multiply,
  Program,
  rmsNorm,
  rotary,
  rotaryAngles,
  sequenceMax,
  sequenceSum,
  sliceRows,
  softmax,
  subtract,
  Weights,
} from '#lib/nn/index.js'
import { code } from '../support/logs.js'

const TOKENS = 5
const SHAPES = { table: [9, 6], w: [3, 6], b: [3], gamma: [6], beta: [6], biases: [4, 2], queries: [2, 6] }

/** The code of a step of training, as a Program hands it to the addon, and how many numbers each buffer holds. */
function trainingCode() {
  const weights = new Weights()
  for (const [name, shape] of Object.entries(SHAPES)) weights.declare(name, shape)
  const graph = new Graph(weights)
  const tokens = graph.dim('tokens')
  const ids = graph.input('ids', [tokens], 'i32')
  const labels = graph.input('labels', [tokens], 'i32')
  const offsets = graph.input('offsets', [3], 'i32')
  const x = gatherRows(graph.parameter('table'), ids)
  const normal = layerNorm(x, graph.parameter('gamma'), graph.parameter('beta'), 1e-5)
  const biases = { table: graph.parameter('biases'), maxDistance: 4 }
  const turned = rotary(normal, rotaryAngles(ids, 2))
  const mixed = attention(turned, turned, normal, offsets, { heads: 2, causal: true, biases, dropout: 0.1 })
  const pooled = attentionPooling(mixed, graph.parameter('queries'), offsets, dimOf(2))
  const most = multiply(sequenceMax(mixed, offsets, dimOf(2)), sequenceSum(mixed, offsets, dimOf(2)))
  const moved = rmsNorm(sliceRows(concatRows([subtract(pooled, most), mixed]), 2), graph.parameter('gamma'), 1e-5)
  const weighed = matmul(softmax(matmul(moved, moved, { transposeB: true })), moved)
  const dropped = dropout(activation(weighed, 'gelu'), 0.2)
  const logits = linear(dropped, graph.parameter('w'), graph.parameter('b'))
  const loss = crossEntropy(logits, labels)
  adamw(loss, Object.keys(SHAPES), { maxNorm: 1 })
  const spy = vi.spyOn(addon(), 'nnProgram')
  new Program(graph, [loss, logits])
  const [names, words] = spy.mock.calls[0]!
  spy.mockRestore()
  const inputs: Record<string, NnNumbers> = {
    ids: Int32Array.of(0, 8, 3, 3, 1),
    labels: Int32Array.of(0, 2, -1, 1, 1),
    offsets: Int32Array.of(0, 2, 5),
    seed: Int32Array.of(7, 8),
    learningRate: Float32Array.of(0.1),
    step: Int32Array.of(1),
  }
  const sizes = weights.names.map((name) => weights.entry(name).shape.reduce((a, b) => a * b, 1))
  return { names, words: [...words], inputs: graph.inputs.map(({ name }) => inputs[name]!), sizes }
}

const { names, words, inputs, sizes } = trainingCode()
const TYPED = ['ERR_VALUE', 'ERR_SHAPE', 'ERR_NOT_FINITE', 'ERR_OUT_OF_MEMORY']

async function buffersOf(): Promise<NnBuffersHandle> {
  const buffers = addon().nnBuffers()
  for (const [n, size] of sizes.entries()) {
    await addon().nnAddBuffer(buffers, size)
    await addon().nnWriteBuffer(
      buffers,
      n,
      Float32Array.from({ length: size }, (_, i) => Math.sin(i + n) ** 2),
    )
  }
  return buffers
}

async function numbersOf(buffers: NnBuffersHandle): Promise<number[][]> {
  const all: number[][] = []
  for (const [n, size] of sizes.entries()) {
    const out = new Float32Array(size)
    await addon().nnReadBuffer(buffers, n, out)
    all.push([...out])
  }
  return all
}

const outputs = () => [new Float32Array(1), new Float32Array(TOKENS * 3)]
const symbols = Int32Array.of(TOKENS)

/** Runs what may be wrong: it ends with a typed error, and then the buffers are as they were. */
async function expectSafe(
  run: (buffers: NnBuffersHandle) => Promise<void>,
  buffers: NnBuffersHandle,
): Promise<boolean> {
  const before = await numbersOf(buffers)
  try {
    await run(buffers)
    return true
  } catch (error) {
    expect(TYPED).toContain((error as { code?: string }).code)
    expect(await numbersOf(buffers)).toEqual(before)
    return false
  }
}

// No great numbers that are sizes: a tensor of 8 GB is legal.
const word = fc.oneof(
  fc.integer({ min: -3, max: 60 }),
  fc.constantFrom(-0, 0.5, Number.NaN, Infinity, -Infinity, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 31), 1e300, 1e-300),
)
const place = fc.nat({ max: words.length - 1 })
const mutation = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('set' as const), at: place, to: word }) },
  fc.record({ kind: fc.constant('copy' as const), at: place, to: place }),
  fc.record({ kind: fc.constant('remove' as const), at: place, to: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant('insert' as const), at: place, to: word }),
  fc.record({ kind: fc.constant('cut' as const), at: place, to: fc.constant(0) }),
)

function mutated(mutations: readonly { kind: string; at: number; to: number }[]): Float64Array {
  const changed = [...words]
  for (const { kind, at, to } of mutations) {
    if (kind === 'set') changed[at] = to
    if (kind === 'copy') changed[at] = words[to]!
    if (kind === 'remove') changed.splice(at, to)
    if (kind === 'insert') changed.splice(at, 0, to)
    if (kind === 'cut') changed.length = Math.min(changed.length, at)
  }
  return Float64Array.from(changed)
}

describe('nnProgram and nnRun', () => {
  it('run the program that the others are made from', async () => {
    const buffers = await buffersOf()
    const before = await numbersOf(buffers)
    const program = addon().nnProgram(names, Float64Array.from(words))
    expect(await expectSafe((of) => addon().nnRun(program, of, symbols, inputs, outputs()), buffers)).toBe(true)
    expect(await numbersOf(buffers)).not.toEqual(before)
  })

  it('give a typed error for code that is not a program', async () => {
    const buffers = await buffersOf()
    let compiled = 0
    let refused = 0
    let run = 0
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 3 }), async (mutations) => {
        let program: NnProgramHandle
        try {
          program = addon().nnProgram(names, mutated(mutations))
        } catch (error) {
          refused++
          expect(TYPED).toContain((error as { code?: string }).code)
          return
        }
        compiled++
        if (await expectSafe((of) => addon().nnRun(program, of, symbols, inputs, outputs()), buffers)) run++
      }),
      { numRuns: 2000, seed: 1 },
    )
    expect(Math.min(compiled, refused, run)).toBeGreaterThan(20)
  })

  it('give a typed error for ids, labels, offsets, rates and steps that lie anywhere', async () => {
    const buffers = await buffersOf()
    const program = addon().nnProgram(names, Float64Array.from(words))
    const integer = fc.oneof(fc.integer({ min: -2, max: 10 }), fc.integer())
    const given = fc.tuple(
      ...inputs.map((numbers) =>
        numbers instanceof Int32Array
          ? fc
              .array(integer, { minLength: numbers.length, maxLength: numbers.length })
              .map((all) => Int32Array.from(all))
          : fc.oneof(fc.float(), fc.constant(0.1)).map((rate) => Float32Array.of(rate)),
      ),
      fc.subarray(inputs.map((_, n) => n)),
    )
    let run = 0
    await fc.assert(
      fc.asyncProperty(given, async (all) => {
        const changed = new Set(all.at(-1) as number[])
        const arrays = inputs.map((own, n) => (changed.has(n) ? (all[n] as NnNumbers) : own))
        if (await expectSafe((of) => addon().nnRun(program, of, symbols, arrays, outputs()), buffers)) run++
      }),
      { numRuns: 500, seed: 1 },
    )
    expect(run).toBeGreaterThan(5)
  })

  it('refuse arrays of another size, type or number', async () => {
    const buffers = await buffersOf()
    const program = addon().nnProgram(names, Float64Array.from(words))
    const detached = Int32Array.of(0, 8, 3, 3, 1)
    structuredClone(detached, { transfer: [detached.buffer] })
    const first = (numbers: unknown) => [numbers as NnNumbers, ...inputs.slice(1)]
    const calls: [string, Int32Array, NnNumbers[], NnNumbers[]][] = [
      ['a detached array', symbols, first(detached), outputs()],
      ['a short array', symbols, first(new Int32Array(4)), outputs()],
      ['floats for integers', symbols, first(new Float32Array(5)), outputs()],
      ['too few inputs', symbols, inputs.slice(0, 3), outputs()],
      ['no inputs', symbols, [], outputs()],
      ['too few outputs', symbols, inputs, outputs().slice(1)],
      ['a short output', symbols, inputs, [new Float32Array(1), new Float32Array(14)]],
      ['integers for floats', symbols, inputs, [new Int32Array(1), new Float32Array(15)]],
      ['no sizes', new Int32Array(0), inputs, outputs()],
      ['too many sizes', Int32Array.of(5, 5), inputs, outputs()],
      ['a negative size', Int32Array.of(-1), inputs, outputs()],
      ['a great size', Int32Array.of(2 ** 31 - 1), inputs, outputs()],
    ]
    for (const [name, sizes, given, made] of calls) {
      const safe = expectSafe(async (of) => addon().nnRun(program, of, sizes, given, made), buffers)
      expect(await safe, name).toBe(false)
    }
    for (const wrong of [new Float64Array(5), [1, 2, 3, 4, 5], null, undefined, 'text'])
      expect(() => addon().nnRun(program, buffers, symbols, first(wrong), outputs())).toThrow(code('ERR_VALUE'))
    expect(() => addon().nnRun(program, buffers, symbols, {} as never, outputs())).toThrow(code('ERR_VALUE'))
  })

  it('refuse handles that are none, and buffers that were given back', async () => {
    const buffers = await buffersOf()
    const program = addon().nnProgram(names, Float64Array.from(words))
    for (const [one, other] of [
      [buffers, buffers],
      [program, program],
      [{}, buffers],
      [program, null],
    ] as unknown as [NnProgramHandle, NnBuffersHandle][])
      expect(() => addon().nnRun(one, other, symbols, inputs, outputs())).toThrow(code('ERR_VALUE'))
    await expect(addon().nnReadBuffer(buffers, sizes.length, new Float32Array(1))).rejects.toEqual(code('ERR_SHAPE'))
    await expect(addon().nnWriteBuffer(buffers, 0, new Float32Array(1))).rejects.toEqual(code('ERR_SHAPE'))
    addon().nnReleaseBuffers(buffers)
    expect(() => addon().nnRun(program, buffers, symbols, inputs, outputs())).toThrow(code('ERR_DISPOSED'))
  })

  it('checks the ids that a run reads, though they change meanwhile', async () => {
    const buffers = await buffersOf()
    const program = addon().nnProgram(names, Float64Array.from(words))
    const ids = Int32Array.from(inputs[0]!)
    for (let n = 0; n < 200; n++) {
      ids.fill(n % 9)
      const running = addon().nnRun(program, buffers, symbols, [ids, ...inputs.slice(1)], outputs())
      ids.fill(2 ** 30)
      await running.catch((error) => expect(error).toEqual(code('ERR_VALUE', /ids/)))
    }
  })
})
