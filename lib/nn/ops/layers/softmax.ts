import type { Tensor } from '../../graph/graph.js'

function ofRows(name: string, x: Tensor): Tensor {
  const output = { shape: x.shape }
  const [y] = x.graph.add(name, [x], [output], [], ([dy]) => [x.graph.add(`${name}_gradient`, [y!, dy!], [output])[0]])
  return y!
}

/** The softmax of each row [rows, classes]. */
export function softmax(logits: Tensor): Tensor {
  return ofRows('softmax', logits)
}

/** Its logarithm, exact where the softmax itself is 0. @param logits [rows, classes] */
export function logSoftmax(logits: Tensor): Tensor {
  return ofRows('log_softmax', logits)
}
