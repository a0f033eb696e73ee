import type { Graph, Tensor } from '../../nn/graph/graph.js'
import { add, scale } from '../../nn/ops/layers/elementwise.js'
import { gatherRows } from '../../nn/ops/layers/gather.js'
import { linear } from '../../nn/ops/layers/linear.js'
import { reshape } from '../../nn/ops/layers/matrices.js'
import { rowDots } from '../../nn/ops/layers/vectors.js'
import { linearCrossEntropy, sampledSoftmax } from '../../nn/ops/losses/large-softmax.js'
import { binaryCrossEntropy } from '../../nn/ops/losses/losses.js'
import type { NegativesOptions } from './sequence-options.js'

/** What gBCE raises the probability of a positive to, at a share `drawn` of all other items as negatives (section 5.2). */
export function gbcePower(drawn: number, calibration: number): number {
  return drawn * (calibration * (1 - 1 / drawn) + 1 / drawn)
}

/** How many negatives are drawn for a batch from so many items. */
export function negativesOf({ negatives }: Readonly<Required<NegativesOptions>>, items: number): number {
  return Math.min(negatives, items)
}

/**
 * The loss of states for what follows them.
 * @param states [tokens, dims]
 * @param table [items, dims]
 */
export function sequenceLoss(
  graph: Graph,
  states: Tensor,
  table: Tensor,
  options: Readonly<Required<NegativesOptions>>,
): Tensor {
  const [tokens] = states.shape
  const labels = graph.input('labels', [tokens!], 'i32')
  if (options.loss === 'softmax') return linearCrossEntropy(states, table, undefined, labels, { withGradient: true })
  const items = table.fixed(0)
  const count = negativesOf(options, items)
  const negatives = graph.input('negatives', [count], 'i32')
  if (options.loss === 'sampled-softmax') return sampledSoftmax(states, table, labels, negatives)
  const positive = reshape(rowDots(states, gatherRows(table, labels)), [tokens!, 1])
  const others = linear(states, gatherRows(table, negatives))
  const power = gbcePower(Math.min(1, count / Math.max(1, items - 1)), options.calibration)
  const filled = (like: Tensor, value: number) => graph.add('fill', [], [{ shape: like.shape }], [value])[0]!
  const ofPositive = binaryCrossEntropy(positive, filled(positive, 1))
  const ofOthers = binaryCrossEntropy(others, filled(others, 0))
  return add(scale(ofPositive, power), scale(ofOthers, count))
}
