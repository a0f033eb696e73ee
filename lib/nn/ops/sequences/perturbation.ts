import type { Tensor } from '../../graph/graph.js'

/**
 * The rows of each sequence, all of them together one vector, brought to a length. It has no gradient: what comes of it counts
 * as a constant.
 * @param x [tokens, dims]
 * @param offsets i32 [sequences + 1]
 * @param limit the length, above 0
 * @param isExact whether shorter ones grow to it, too; vectors of zeros stay
 */
export function boundSequences(x: Tensor, offsets: Tensor, limit: number, isExact: boolean): Tensor {
  const output = { shape: x.shape }
  const rule = () => [undefined, undefined]
  return x.graph.add('bound_sequences', [x, offsets], [output], [limit, isExact ? 1 : 0], rule)[0]!
}
