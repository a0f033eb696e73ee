// Products of bf16: where the processor has them, what they change and what they leave; where it has none, that they are refused.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { backendInfo, setThreads, TextClassifier } from 'kindred'
import { Graph, gradients, linear, Program, squaredError, type Tensor, Weights } from 'kindred/nn'
import { afterEach, describe, expect, it } from 'vitest'
import { code } from '../support/logs.js'
import { random as generator } from '../support/numbers.js'

const folder = join(__dirname, '..', 'fixtures', 'tiny-bert')
const { count } = backendInfo().threads

afterEach(() => setThreads(count))

/** y = x w' + b, its mean squared distance to 0, and the gradients of both weights. */
async function run(precision: 'f32' | 'bf16', x: Float32Array, rows: number) {
  const weights = new Weights()
  weights.declare('w', [20, 50])
  weights.declare('b', [20])
  await weights.write('w', random(1000, 2))
  await weights.write('b', random(20, 3))
  const graph = new Graph(weights, { precision })
  const y = linear(graph.input('x', [graph.dim('rows'), 50]), graph.parameter('w'), graph.parameter('b'))
  const loss = squaredError(y, graph.input('zeros', y.shape))
  const found = gradients(loss, [graph.parameter('w'), graph.parameter('b')]) as Tensor[]
  return new Program(graph, [y, ...found]).run({ x, zeros: new Float32Array(rows * 20) }, { rows })
}

/** Numbers in [-1, 1). */
function random(count: number, seed: number): Float32Array {
  const next = generator(seed)
  return Float32Array.from({ length: count }, () => 2 * next() - 1)
}

const greatest = (numbers: ArrayLike<number>) => Array.from(numbers).reduce((most, x) => Math.max(most, Math.abs(x)), 0)

describe.runIf(backendInfo().isa.bf16)('where there are products of bf16', () => {
  it('they are those of f32 but for rounding, with their gradients', async () => {
    const x = random(70 * 50, 1)
    const [exact, rounded] = [await run('f32', x, 70), await run('bf16', x, 70)]
    for (const [n, expected] of exact.entries()) {
      const differences = Array.from(expected, (value, i) => value - rounded[n]![i]!)
      expect(greatest(differences)).toBeLessThan(0.02 * greatest(expected))
      expect(greatest(differences)).toBeGreaterThan(0)
    }
  })

  it('products of numbers that bf16 holds are exact', async () => {
    const weights = new Weights()
    weights.declare('w', [20, 50])
    await weights.write(
      'w',
      Float32Array.from({ length: 1000 }, (_, n) => ((n * 37) % 255) - 127),
    )
    const x = Float32Array.from({ length: 350 }, (_, n) => ((n * 91) % 201) - 100)
    const productOf = async (precision: 'f32' | 'bf16') => {
      const graph = new Graph(weights, { precision })
      return (await new Program(graph, [linear(graph.input('x', [7, 50]), graph.parameter('w'))]).run({ x }, {}))[0]
    }
    expect(await productOf('bf16')).toEqual(await productOf('f32'))
  })

  it('a classifier learns by them, with the same bits for any number of threads', async () => {
    const texts = Array.from({ length: 40 }, (_, n) => (n % 2 ? 'a good and young comedy' : 'a bad war and death'))
    const labels = texts.map((_, n) => (n % 2 ? 'good' : 'bad'))
    const fit = async (precision: 'f32' | 'bf16', threads: number) => {
      setThreads(threads)
      const model = await TextClassifier.load(folder, { labels: ['bad', 'good'], seed: 1 })
      await model.fit(texts, labels, { epochs: 3, batchSize: 8, learningRate: 5e-3, seed: 3, precision })
      const predicted = (await model.predict(texts)).map(({ label }) => label)
      return { losses: model.history.map(({ loss }) => loss), predicted }
    }
    const one = await fit('bf16', 1)
    expect(one.predicted).toEqual(labels)
    expect(await fit('bf16', 3)).toEqual(one)
    const exact = await fit('f32', 1)
    expect(one.losses).not.toEqual(exact.losses)
    expect(Math.abs(one.losses[0]! - exact.losses[0]!)).toBeLessThan(0.05)
  })
})

it('bf16 is refused where there are no such products, and an unknown precision anywhere; the model stays as it was', async () => {
  const script = `
    const { TextClassifier, backendInfo } = require('kindred')
    void (async () => {
      const model = await TextClassifier.load(${JSON.stringify(folder)}, { labels: ['a', 'b'], seed: 1 })
      const scores = async () => (await model.predict(['a man'])).map(({ scores }) => [...scores])
      const before = await scores()
      const error = await model.fit(['a', 'b'], ['a', 'b'], { precision: 'bf16', epochs: 1 }).catch((error) => error)
      console.log(JSON.stringify({ bf16: backendInfo().isa.bf16, code: error.code, message: error.message, before, after: await scores() }))
    })()`
  const lacking = backendInfo().isa.available.at(-1)!
  const told = JSON.parse(
    execFileSync(process.execPath, ['-e', script], {
      cwd: join(__dirname, '../..'),
      env: { ...process.env, KINDRED_ISA: lacking },
      encoding: 'utf8',
    }),
  )
  expect(told).toMatchObject({ bf16: false, code: 'ERR_NOT_SUPPORTED' })
  expect(told.message).toMatch(/AVX512-BF16 or AMX.*'f32'/)
  expect(told.after).toEqual(told.before)
  expect(() => new Graph(new Weights(), { precision: 'f16' as 'f32' })).toThrow(code('ERR_VALUE', /'f32'|f32/))
})
