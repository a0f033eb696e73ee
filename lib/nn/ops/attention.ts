import { KindredError } from '../../native/errors.js'
import { checkShape, type Tensor } from '../graph/graph.js'

/** Options of {@link attention}. */
export interface AttentionOptions {
  /** A divisor of the dimensions. */
  heads: number
  /** Of queries times keys; default 1 / sqrt(dims / heads). */
  scale?: number
  /** Whether a token attends to those before it and itself alone. Default false. */
  causal?: boolean
}

/**
 * Multi-head attention (Vaswani et al. 2017, section 3.2) within sequences that lie end to end: nothing is computed on padding,
 * and the weights are never written out.
 * @param query [tokens, dims], as are key, value and the result
 * @param offsets i32 [sequences + 1], from 0 to the number of tokens: where each begins
 */
export function attention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  offsets: Tensor,
  options: AttentionOptions,
): Tensor {
  const { graph } = query
  const { heads, causal = false } = options
  const dims = query.fixed(1)
  if (!Number.isInteger(heads) || heads < 1 || dims % heads !== 0)
    throw new KindredError('ERR_VALUE', `heads: expected a divisor of ${dims} but received ${heads}.`)
  checkShape('attention', key, query.shape)
  checkShape('attention', value, query.shape)
  const numbers = [heads, options.scale ?? 1 / Math.sqrt(dims / heads), causal ? 1 : 0]
  const output = { shape: query.shape }
  const sums = { shape: [query.shape[0]!, { symbol: -1, plus: heads, name: String(heads) }] }
  const [y, logSums] = graph.add('attention', [query, key, value, offsets], [output, sums], numbers, ([dy]) => [
    ...graph.add(
      'attention_gradient',
      [query, key, value, offsets, y!, logSums!, dy!],
      [output, output, output],
      numbers,
    ),
    undefined,
  ])
  return y!
}
