import { KindredError } from '../../native/errors.js'
import { add } from '../ops/layers/elementwise.js'
import { scatterRows } from '../ops/layers/gather.js'
import { type Gradient, type Graph, type Operation, type RowGradient, Tensor } from './graph.js'

/** @internal */
export const isRows = (gradient: Tensor | RowGradient): gradient is RowGradient => !(gradient instanceof Tensor)

/** Tensors that depend on one of `of`. */
function dependents(graph: Graph, of: readonly Tensor[]): Set<Tensor> {
  const found = new Set(of)
  for (const { inputs, outputs } of graph.operations)
    if (inputs.some((input) => input && found.has(input))) for (const output of outputs) found.add(output)
  return found
}

/** Adds to the graph what its contributions make together. Rows alone stay rows. */
function sumOf(tensor: Tensor, contributions: readonly (Tensor | RowGradient)[]): Tensor | RowGradient {
  const [first] = contributions
  if (contributions.length === 1) return first!
  return add(...contributions.map((one) => (isRows(one) ? scatterRows(one.sums, one.rows, tensor.shape) : one)))
}

/**
 * Adds to the graph the operations that compute the gradient of `loss` with respect to each of `parameters`, by reverse
 * accumulation (Griewank and Walther 2008, chapter 3). Nothing is computed for what is not asked for: frozen weights cost no
 * gradient.
 * @param loss a single number
 * @returns in the order of `parameters`; of a table from which rows were gathered, those rows alone
 * @throws ERR_SHAPE for a loss that is no single number, ERR_VALUE for a parameter that the loss does not depend on
 */
export function gradients(loss: Tensor, parameters: readonly Tensor[]): (Tensor | RowGradient)[] {
  if (loss.shape.length > 0) throw new KindredError('ERR_SHAPE', 'gradients: expected a loss that is a single number.')
  const { graph } = loss
  const operations: Operation[] = [...graph.operations]
  const wanted = dependents(graph, parameters)
  const found = new Map<Tensor, (Tensor | RowGradient)[]>([[loss, graph.add('fill', [], [{ shape: [] }], [1])]])
  const take = (tensor: Tensor): Tensor | undefined => {
    const contributions = found.get(tensor)
    const sum = contributions && sumOf(tensor, contributions)
    return sum && (isRows(sum) ? scatterRows(sum.sums, sum.rows, tensor.shape) : sum)
  }
  for (const { name, inputs, outputs, gradient } of operations.reverse()) {
    const needs = inputs.map((input) => input !== null && wanted.has(input))
    if (!needs.includes(true) || !outputs.some((output) => found.has(output))) continue
    if (gradient === undefined) throw new KindredError('ERR_VALUE', `gradients: '${name}' has none.`)
    const made: Gradient[] = gradient(outputs.map(take), needs)
    for (const [n, input] of inputs.entries()) {
      const contribution = needs[n] ? made[n] : undefined
      if (contribution) found.set(input!, [...(found.get(input!) ?? []), contribution])
    }
  }
  return parameters.map((parameter) => {
    const contributions = found.get(parameter)
    if (contributions === undefined)
      throw new KindredError('ERR_VALUE', `gradients: the loss does not depend on ${parameter.name}.`)
    return sumOf(parameter, contributions)
  })
}
