// Values and gradients against PyTorch's in double, of test/fixtures/make-nn-operations.py.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { gradients } from '#lib/nn/graph/gradients.js'
import {
  attention,
  batchNorm,
  Graph,
  Program,
  rmsNorm,
  rotary,
  rotaryAngles,
  squaredError,
  type Tensor,
  Weights,
} from '#lib/nn/index.js'

interface Expected {
  weights: Record<string, [number[], number[]]>
  y: number[]
  gradients: number[][]
  mean: number[]
  variance: number[]
  after: number[]
}

const expected: Record<string, Expected> = JSON.parse(
  readFileSync(join(__dirname, '..', 'fixtures', 'nn-operations.json'), 'utf8'),
)
const WITHIN = 2e-6

function expectNear(found: ArrayLike<number>, right: readonly number[]): void {
  expect(found.length).toBe(right.length)
  for (const [n, value] of right.entries()) expect(Math.abs(found[n]! - value), `${n}`).toBeLessThan(WITHIN)
}

/** The weights of a case, and more of these. */
async function weightsOf(name: string, more: Record<string, number[]> = {}): Promise<Weights> {
  const weights = new Weights()
  const all = Object.entries(more).map(([of, numbers]): [string, [number[], number[]]] => [
    of,
    [[numbers.length], numbers],
  ])
  for (const [of, [shape, numbers]] of [...Object.entries(expected[name]!.weights), ...all]) {
    weights.declare(of, shape)
    await weights.write(of, Float32Array.from(numbers))
  }
  return weights
}

async function check(
  name: string,
  weights: Weights,
  build: (of: Record<string, Tensor>, graph: Graph) => Tensor,
  inputs: Record<string, Int32Array> = {},
): Promise<void> {
  const right = expected[name]!
  const graph = new Graph(weights)
  const parameters = Object.keys(right.weights).map((of) => graph.parameter(of))
  const y = build(Object.fromEntries(parameters.map((parameter) => [parameter.name, parameter])), graph)
  const loss = squaredError(y, graph.input('targets', y.shape))
  const outputs = [y, ...(gradients(loss, parameters) as Tensor[])]
  const targets = new Float32Array(right.y.length).fill(0.3)
  const found = await new Program(graph, outputs).run({ ...inputs, targets }, {})
  for (const [n, numbers] of [right.y, ...right.gradients].entries()) expectNear(found[n]!, numbers)
}

describe('equals PyTorch', () => {
  it.each([
    ['attention', false],
    ['causalAttention', true],
  ] as const)('%s with T5 biases', async (name, causal) => {
    const offsets = Int32Array.of(0, 24)
    const build = ({ q, k, v, table }: Record<string, Tensor>, graph: Graph) =>
      attention(q!, k!, v!, graph.input('offsets', [2], 'i32'), {
        heads: 2,
        scale: 1,
        causal,
        biases: { table: table!, maxDistance: 16 },
      })
    await check(name, await weightsOf(name), build, { offsets })
  })

  it('rotary positions of Llama', async () => {
    const positions = Int32Array.of(0, 1, 2, 5, 100, 511)
    const build = ({ x }: Record<string, Tensor>, graph: Graph) =>
      rotary(x!, rotaryAngles(graph.input('positions', [6], 'i32'), 8))
    await check('rotary', await weightsOf('rotary'), build, { positions })
  })

  it('rmsNorm', async () => {
    await check('rmsNorm', await weightsOf('rmsNorm'), ({ x, gamma }) => rmsNorm(x!, gamma!, 1e-5))
  })

  it('batchNorm, its running averages, and what they give', async () => {
    const { mean, variance, after } = expected.batchNorm!
    const weights = await weightsOf('batchNorm', { mean: [0, 0, 0, 0, 0], variance: [1, 1, 1, 1, 1] })
    const running = { mean: 'mean', variance: 'variance' }
    const normal = (training: boolean) => (of: Record<string, Tensor>) =>
      batchNorm(of.x!, of.gamma!, of.beta!, { training, running })
    await check('batchNorm', weights, normal(true))
    expectNear(await weights.read('mean'), mean)
    expectNear(await weights.read('variance'), variance)
    const graph = new Graph(weights)
    const of = Object.fromEntries(['x', 'gamma', 'beta'].map((name) => [name, graph.parameter(name)]))
    const [y] = await new Program(graph, [normal(false)(of)]).run({}, {})
    expectNear(y!, after)
  })
})
