import type { Dim } from '../../graph/dim.js'
import type { Tensor } from '../../graph/graph.js'

/**
 * The sums over each sequence's rows of a times b. It has no gradient.
 * @param a [tokens, dims], as is b
 * @param offsets i32 [sequences + 1]
 * @param sequences how many there are
 * @returns [sequences, dims]
 */
export function sequenceProducts(a: Tensor, b: Tensor, offsets: Tensor, sequences: Dim): Tensor {
  return a.graph.add('sequence_products', [a, b, offsets], [{ shape: [sequences, a.shape[1]!] }])[0]!
}
