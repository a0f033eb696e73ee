import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  adagrad,
  adam,
  adamw,
  ftrl,
  Graph,
  gatherRows,
  linear,
  Program,
  sgd,
  squaredError,
  type Tensor,
  Weights,
} from '#lib/nn/index.js'
import { random } from '../support/numbers.js'

const golden = JSON.parse(readFileSync(join(__dirname, '..', 'fixtures', 'optimizers.json'), 'utf8'))
const betas = { beta1: 0.8, beta2: 0.9 }

type Add = (loss: Tensor, names: readonly string[], options?: { weightDecay: number }) => { kept: readonly string[] }

/** Each as make-optimizers.py has it; the decay is that of steps of all rows. */
const optimizers: Record<string, Add> = {
  sgd: (loss, names, options) => sgd(loss, names, options),
  momentum: (loss, names, options) => sgd(loss, names, { ...options, momentum: 0.9 }),
  nesterov: (loss, names, options) => sgd(loss, names, { ...options, momentum: 0.9, nesterov: true }),
  adagrad: (loss, names, options) => adagrad(loss, names, options),
  adam: (loss, names, options) => adam(loss, names, { ...options, ...betas }),
  adamw: (loss, names, options) => adamw(loss, names, { ...options, ...betas }),
  ftrl: (loss, names, options) => ftrl(loss, names, { ...options, beta: 0.5, l1: 1 }),
}

/** The weights after a step on each of these targets. @param ids the rows of each step, all of them if absent */
async function trained(add: Add, targets: readonly number[][], ids?: readonly number[][], weightDecay?: number) {
  const [rows, dims] = golden.shape as [number, number]
  const weights = new Weights()
  weights.declare('w', [rows, dims])
  await weights.write('w', Float32Array.from(golden.start))
  const graph = new Graph(weights)
  const all = graph.parameter('w')
  const y = ids ? gatherRows(all, graph.input('ids', [ids[0]!.length], 'i32')) : all
  const loss = squaredError(y, graph.input('targets', y.shape))
  const { kept } = add(loss, ['w'], weightDecay === undefined ? undefined : { weightDecay })
  const program = new Program(graph, [loss])
  for (const [n, target] of targets.entries())
    await program.run(
      {
        targets: Float32Array.from(target),
        ids: Int32Array.from(ids?.[n] ?? []),
        learningRate: Float32Array.of(golden.learningRate),
        step: Int32Array.of(n + 1),
      },
      {},
    )
  return { w: await weights.read('w'), kept: await Promise.all(kept.map((name) => weights.read(name))), dims }
}

describe('a step of', () => {
  it.each(Object.keys(golden.dense))('%s is that of PyTorch (FTRL: of its paper)', async (name) => {
    const { w } = await trained(optimizers[name]!, golden.whole, undefined, 0.1)
    for (const [n, value] of w.entries()) expect(Math.abs(value - golden.dense[name][n])).toBeLessThan(2e-6)
    if (name === 'ftrl') expect(golden.dense.ftrl.filter((value: number) => value === 0).length).toBeGreaterThan(0)
  })

  it.each(Object.keys(golden.rows))('%s for rows is the sparse one of PyTorch', async (name) => {
    const { w } = await trained(optimizers[name]!, golden.targets, golden.ids, name === 'ftrl' ? 0.1 : 0)
    for (const [n, value] of w.entries()) expect(Math.abs(value - golden.rows[name][n])).toBeLessThan(2e-6)
  })

  it.each(Object.keys(optimizers))(
    '%s for rows leaves other rows, and what is kept of them, as they are',
    async (name) => {
      const { w, kept, dims } = await trained(optimizers[name]!, golden.targets, golden.ids, 0.1)
      expect([...w.subarray(4 * dims)]).toEqual([...Float32Array.from(golden.start).subarray(4 * dims)])
      for (const values of kept) {
        expect(values.subarray(4 * dims).every((value) => value === 0)).toBe(true)
        expect(values.subarray(0, 4 * dims).every((value) => value !== 0)).toBe(true)
      }
    },
  )

  it('refuses illegal options by name', async () => {
    for (const [option, add] of [
      ['momentum', (loss) => sgd(loss, ['w'], { momentum: 1 })],
      ['nesterov', (loss) => sgd(loss, ['w'], { nesterov: true })],
      ['beta1', (loss) => sgd(loss, ['w'], { beta1: 0.9 } as never)],
      ['beta1', (loss) => adam(loss, ['w'], { beta1: -0.1 })],
      ['beta2', (loss) => adamw(loss, ['w'], { beta2: 1 })],
      ['epsilon', (loss) => adagrad(loss, ['w'], { epsilon: 0 })],
      ['beta', (loss) => ftrl(loss, ['w'], { beta: 0 })],
      ['l1', (loss) => ftrl(loss, ['w'], { l1: -1 })],
      ['weightDecay', (loss) => adam(loss, ['w'], { weightDecay: -1 })],
      ['weightDecay of w', (loss) => adam(loss, ['w'], { weightDecay: () => Number.NaN })],
      ['maxNorm', (loss) => sgd(loss, ['w'], { maxNorm: -1 })],
    ] as [string, Add][])
      await expect(trained(add, golden.whole)).rejects.toMatchObject({
        code: 'ERR_VALUE',
        message: expect.stringContaining(option),
      })
  })

  it('FTRL needs a learning rate above 0', async () => {
    const weights = new Weights()
    weights.declare('w', [2, 2])
    const graph = new Graph(weights)
    const loss = squaredError(graph.parameter('w'), graph.input('targets', [2, 2]))
    ftrl(loss, ['w'])
    const inputs = { targets: new Float32Array(4), learningRate: Float32Array.of(0), step: Int32Array.of(1) }
    await expect(new Program(graph, [loss]).run(inputs, {})).rejects.toMatchObject({ code: 'ERR_VALUE' })
  })
})

/** A table of 6 rows, of which rows 1 and 4 are gathered, and a product: what a step of `add` makes of both. */
async function weightsAfterStep(add: (loss: ReturnType<typeof squaredError>) => unknown) {
  const weights = new Weights()
  const next = random(3)
  for (const [name, shape] of Object.entries({ table: [6, 5], product: [3, 5] })) {
    weights.declare(name, shape)
    await weights.write(
      name,
      Float32Array.from({ length: shape[0]! * shape[1]! }, () => next() - 0.5),
    )
  }
  const graph = new Graph(weights)
  const rows = gatherRows(graph.parameter('table'), graph.input('ids', [2], 'i32'))
  const loss = squaredError(linear(rows, graph.parameter('product')), graph.input('targets', [2, 3]))
  add(loss)
  const before = { table: await weights.read('table'), product: await weights.read('product') }
  await new Program(graph, [loss]).run(
    {
      ids: Int32Array.of(1, 4),
      targets: new Float32Array(6).fill(1),
      learningRate: Float32Array.of(2 ** -5),
      step: Int32Array.of(1),
    },
    {},
  )
  return { before, after: { table: await weights.read('table'), product: await weights.read('product') } }
}

describe('learningRateFactor', () => {
  const names = ['table', 'product']
  const moved = async (learningRateFactor?: (name: string) => number) => {
    const { before, after } = await weightsAfterStep((loss) => adamw(loss, names, { learningRateFactor }))
    const differences = (name: 'table' | 'product') => after[name].map((value, n) => value - before[name][n]!)
    return { table: differences('table'), product: differences('product') }
  }

  it('multiplies the learning rate of each weight, rows of tables too', async () => {
    const whole = await moved()
    const factors = { table: 0.5, product: 0.25 }
    const part = await moved((name) => factors[name as 'table' | 'product'])
    for (const name of ['table', 'product'] as const) {
      expect(whole[name].some((value) => value !== 0)).toBe(true)
      for (const [n, value] of part[name].entries()) expect(value).toBeCloseTo(factors[name] * whole[name][n]!, 6)
    }
    expect((await moved((name) => (name === 'table' ? 0 : 1))).table).toEqual(new Float32Array(30))
  })

  it.each([-1, Number.NaN, 'half', undefined])('refuses %s, by the name of the weight', async (factor) => {
    await expect(moved(() => factor as never)).rejects.toMatchObject({
      code: 'ERR_VALUE',
      message: expect.stringContaining('learningRateFactor of table'),
    })
  })
})
