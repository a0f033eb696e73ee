import { describe, expect, it } from 'vitest'
import { adamw, Graph, gatherRows, linear, Program, squaredError, Weights } from '#lib/nn/index.js'
import { random } from '../support/numbers.js'

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
