import { shapeText } from './dim.js'
import type { Graph, Operation, Tensor } from './graph.js'

/** The operation that a tensor came from, and before it the nearest that weights took part in. */
function originText({ operations }: Graph, tensor: Tensor): string {
  const maker = new Map<Tensor, Operation>()
  for (const operation of operations) for (const output of operation.outputs) maker.set(output, operation)
  const seen = new Set<Tensor>()
  let level = [tensor]
  for (let distance = 0; level.length > 0; distance++) {
    const before: Tensor[] = []
    for (const each of level) {
      const operation = maker.get(each)
      if (operation === undefined || seen.has(each)) continue
      seen.add(each)
      const weights = operation.inputs.filter((input) => input?.place === 'buffer').map((input) => `'${input!.name}'`)
      if (weights.length > 0)
        return distance === 0 ? ` of ${weights.join(', ')}` : `, after that of ${weights.join(', ')}`
      for (const input of operation.inputs) if (input) before.push(input)
    }
    level = before
  }
  return ''
}

/** What to call a tensor in a message: the name of a weight or an input, or the operation that it came from. */
export function tensorText(graph: Graph, id: number): string {
  const tensor = graph.tensors[id]!
  const shape = shapeText(tensor.shape)
  if (tensor.place === 'buffer') return `the weight '${tensor.name}' ${shape}`
  if (tensor.place === 'input') return `the input '${tensor.name}' ${shape}`
  return `the result ${shape} of the operation '${tensor.name}'${originText(graph, tensor)}`
}
