import { KindredError } from '../../../native/errors.js'
import type { Dim } from '../../graph/dim.js'
import { checkShape, type Tensor } from '../../graph/graph.js'
import { scale } from '../layers/elementwise.js'
import { linear } from '../layers/linear.js'

/**
 * The sum of each sequence's rows, 0 for an empty sequence.
 * @param x [tokens, dims]
 * @param offsets i32 [sequences + 1], from 0 to the number of tokens: where each begins
 * @param sequences how many there are
 * @returns [sequences, dims]
 */
export function sequenceSum(x: Tensor, offsets: Tensor, sequences: Dim): Tensor {
  const { graph } = x
  const [y] = graph.add('sequence_sum', [x, offsets], [{ shape: [sequences, x.shape[1]!] }], [], ([dy]) => [
    graph.add('sequence_sum_gradient', [dy!, offsets], [{ shape: x.shape }])[0],
    undefined,
  ])
  return y!
}

/**
 * The greatest number of each column of a sequence's rows, NaN where one is, 0 for an empty sequence. The gradient goes to the
 * first row that has it. Operands as those of {@link sequenceSum}.
 * @returns [sequences, dims]
 */
export function sequenceMax(x: Tensor, offsets: Tensor, sequences: Dim): Tensor {
  const { graph } = x
  const shape = [sequences, x.shape[1]!]
  const outputs = [{ shape }, { shape, dtype: 'i32' as const }]
  const [y, places] = graph.add('sequence_max', [x, offsets], outputs, [], ([dy]) => [
    graph.add('sequence_max_gradient', [dy!, places!, offsets], [{ shape: x.shape }])[0],
    undefined,
  ])
  return y!
}

/**
 * The softmax of each column over the rows of each sequence.
 * @param scores [tokens, heads]
 * @param offsets i32 [sequences + 1]
 * @returns [tokens, heads]
 */
export function sequenceSoftmax(scores: Tensor, offsets: Tensor): Tensor {
  const { graph } = scores
  const output = { shape: scores.shape }
  const [y] = graph.add('sequence_softmax', [scores, offsets], [output], [], ([dy]) => [
    graph.add('sequence_softmax_gradient', [y!, dy!, offsets], [output])[0],
    undefined,
  ])
  return y!
}

/**
 * The weighted sum of each sequence's rows: of head h, which has the columns of slice h of dims / heads, by column h of the
 * weights; 0 for an empty sequence.
 * @param x [tokens, dims]
 * @param weights [tokens, heads], heads a divisor of dims
 * @param offsets i32 [sequences + 1]
 * @param sequences how many there are
 * @returns [sequences, dims]
 * @throws ERR_SHAPE
 */
export function sequenceWeightedSum(x: Tensor, weights: Tensor, offsets: Tensor, sequences: Dim): Tensor {
  const { graph } = x
  const heads = weights.fixed(1)
  const dims = x.fixed(1)
  checkShape('sequenceWeightedSum', weights, [x.shape[0]!, weights.shape[1]!])
  if (heads < 1 || dims % heads !== 0)
    throw new KindredError(
      'ERR_SHAPE',
      `sequenceWeightedSum: expected a divisor of ${dims} as columns of the weights but there are ${heads}.`,
    )
  const outputs = [x, weights].map(({ shape }) => ({ shape }))
  const output = { shape: [sequences, x.shape[1]!] }
  const [y] = graph.add('sequence_weighted_sum', [x, weights, offsets], [output], [], ([dy]) => [
    ...graph.add('sequence_weighted_sum_gradient', [x, weights, offsets, dy!], outputs),
    undefined,
  ])
  return y!
}

/**
 * Learned pooling, that of `AttentionPooling`, trained end to end: with s[t] = query_h . x_t / sqrt(dims) and w the softmax of s
 * over a sequence's tokens, head h of the result is the sum over t of w[t] x_t[slice h]. A query of zeros gives the mean, an
 * empty sequence zeros. (Yang et al. 2016, section 2.2; heads: Vaswani et al. 2017, section 3.2.2.)
 * @param x [tokens, dims]
 * @param queries [heads, dims], heads a divisor of dims
 * @param offsets i32 [sequences + 1]
 * @param sequences how many there are
 * @returns [sequences, dims]
 * @throws ERR_SHAPE
 */
export function attentionPooling(x: Tensor, queries: Tensor, offsets: Tensor, sequences: Dim): Tensor {
  checkShape('attentionPooling', queries, [queries.shape[0]!, x.shape[1]!])
  const scores = scale(linear(x, queries), 1 / Math.sqrt(x.fixed(1)))
  return sequenceWeightedSum(x, sequenceSoftmax(scores, offsets), offsets, sequences)
}
