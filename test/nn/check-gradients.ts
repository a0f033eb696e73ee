import { expect } from 'vitest'
import { gradients, isRows } from '#lib/nn/graph/gradients.js'
import { type Dim, Graph, Program, squaredError, type Tensor, Weights } from '#lib/nn/index.js'
import { scatterRows } from '#lib/nn/ops/layers/gather.js'
import { random } from '../support/numbers.js'

/** A network of one or more weights, each as an input of the graph it builds. */
export interface Case {
  name: string
  weights: Record<string, number[]>
  sizes?: Record<string, number>
  inputs?: Record<string, Float32Array | Int32Array>
  loss(graph: Graph): Tensor
}

/** The mean of squares less of fixed targets, so that every number has a gradient of its own. */
export function judge(graph: Graph, y: Tensor): Tensor {
  return squaredError(y, graph.input('targets', y.shape))
}

/** Compares the gradient of every number of the weights with a central difference of the loss. */
export async function checkGradients({ weights: shapes, sizes = {}, inputs = {}, loss: build }: Case): Promise<void> {
  const weights = new Weights()
  const graph = new Graph(weights)
  const next = random(3)
  for (const [name, shape] of Object.entries(shapes)) weights.declare(name, shape)
  const names = Object.keys(shapes)
  const values = Object.fromEntries(
    names.map((name) => [
      name,
      Float32Array.from({ length: shapes[name]!.reduce((a, b) => a * b) }, () => 2 * next() - 1),
    ]),
  )
  const loss = build(graph)
  const parameters = names.map((name) => graph.parameter(name))
  const outputs = gradients(loss, parameters).map((gradient, n) =>
    isRows(gradient) ? scatterRows(gradient.sums, gradient.rows, parameters[n]!.shape) : gradient,
  )
  const program = new Program(graph, [loss, ...outputs])
  const targets = graph.inputs.find(({ name }) => name === 'targets')
  const sizeOf = ({ symbol, plus }: Dim) => plus + (symbol < 0 ? 0 : sizes[graph.dims[symbol]!]!)
  const count = targets?.shape.reduce((product, dim) => product * sizeOf(dim), 1) ?? 0
  const given = { ...inputs, ...(targets && { targets: Float32Array.from({ length: count }, () => next()) }) }
  const lossOf = async () => (await program.run(given, sizes))[0]![0]!
  for (const name of names) await weights.write(name, values[name]!)
  const [, ...found] = await program.run(given, sizes)
  const step = 2 ** -7
  for (const [n, name] of names.entries()) {
    const own = values[name]!
    for (let i = 0; i < own.length; i++) {
      const at = own[i]!
      const [up, down] = [at + step, at - step]
      own[i] = up
      await weights.write(name, own)
      const above = await lossOf()
      own[i] = down
      await weights.write(name, own)
      const below = await lossOf()
      own[i] = at
      await weights.write(name, own)
      const difference = (above - below) / (2 * step)
      expect(Math.abs(difference - found[n]![i]!), `${name}[${i}]: ${difference} ${found[n]![i]}`).toBeLessThan(2e-4)
    }
  }
}
