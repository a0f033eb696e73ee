import { checkBoolean, checkInteger, checkNumber, checkOptions } from '../../../native/argument-checks.js'
import { KindredError } from '../../../native/errors.js'
import { dimOf } from '../../graph/dim.js'
import { checkShape, type Tensor } from '../../graph/graph.js'
import { checkRate } from '../layers/elementwise.js'

/** Learnt biases of attention by the distance between tokens, those of T5 (Raffel et al. 2020, section 2.1) and MPNet. */
export interface RelativeBiases {
  /** [buckets, heads]. Near distances have a bucket each, others share buckets that widen with their logarithm. */
  table: Tensor
  /** From this distance on all share the last bucket. Default 128. */
  maxDistance?: number
  /** Whether half of the buckets are for tokens that follow; else they count as distance 0. Default: unless `causal`. */
  bidirectional?: boolean
}

/** Options of {@link attention}. */
export interface AttentionOptions {
  /** A divisor of the dimensions. */
  heads: number
  /** Of queries times keys; default 1 / sqrt(dims / heads). */
  scale?: number
  /** Whether a token attends to those before it and itself alone. Default false. */
  causal?: boolean
  /** Added to the scores. None if absent. */
  biases?: RelativeBiases
  /**
   * The probability that a weight falls away while training, in [0, 1); the others grow to make up for it. Which do depends on
   * the run's input 'seed', the query's row, the head and the key alone. Default 0.
   */
  dropout?: number
}

/** Of a single direction, and of both. */
const LEAST_BUCKETS = [2, 4] as const

/** The operands and numbers of biases. */
function biasesOf(options: AttentionOptions, heads: number, causal: boolean) {
  if (options.biases === undefined) return { table: null, numbers: [1, 0] }
  const biases = checkOptions('biases', options.biases, ['table', 'maxDistance', 'bidirectional'])
  const bidirectional = checkBoolean('bidirectional', biases.bidirectional ?? !causal)
  const { table } = biases
  checkShape('biases', table, [table.shape[0]!, dimOf(heads)])
  const buckets = table.fixed(0)
  if (buckets < LEAST_BUCKETS[bidirectional ? 1 : 0])
    throw new KindredError(
      'ERR_SHAPE',
      `biases: expected more buckets than ${buckets}: two of each direction at least.`,
    )
  const exact = Math.floor((bidirectional ? Math.floor(buckets / 2) : buckets) / 2)
  const maxDistance = checkInteger('maxDistance', biases.maxDistance ?? 128, { min: exact + 1, max: 2 ** 31 - 1 })
  return { table, numbers: [maxDistance, bidirectional ? 1 : 0] }
}

/**
 * Multi-head attention (Vaswani et al. 2017, section 3.2) within sequences that lie end to end: nothing is computed on padding,
 * and the weights are never written out.
 * @param query [tokens, dims], as are key, value and the result
 * @param offsets i32 [sequences + 1], from 0 to the number of tokens: where each begins
 * @throws ERR_VALUE, ERR_SHAPE
 */
export function attention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  offsets: Tensor,
  options: AttentionOptions,
): Tensor {
  options = checkOptions('attention', options, ['heads', 'scale', 'causal', 'biases', 'dropout'])
  const { graph } = query
  const { heads } = options
  const dims = query.fixed(1)
  if (!Number.isInteger(heads) || heads < 1 || dims % heads !== 0)
    throw new KindredError('ERR_VALUE', `heads: expected a divisor of ${dims} but received ${heads}.`)
  checkShape('attention', key, query.shape)
  checkShape('attention', value, query.shape)
  const scale = checkNumber('scale', options.scale ?? 1 / Math.sqrt(dims / heads))
  const causal = checkBoolean('causal', options.causal ?? false)
  const rate = checkRate('dropout', options.dropout ?? 0)
  const { table, numbers: ofBiases } = biasesOf(options, heads, causal)
  const seed = rate > 0 ? graph.seed() : null
  const numbers = [heads, scale, causal ? 1 : 0, rate, rate > 0 ? graph.nextDropout() : 0, ...ofBiases]
  const output = { shape: query.shape }
  const sums = { shape: [query.shape[0]!, dimOf(heads)] }
  const operands = [query, key, value, offsets, table, seed]
  const [y, logSums] = graph.add('attention', operands, [output, sums], numbers, ([dy], wanted) => {
    const given = [...operands, y!, logSums!, dy!]
    const made = [output, output, output]
    if (!table || !wanted[4]) return [...graph.add('attention_gradient', given, made, numbers), undefined]
    const outputs = [...made, { shape: table.shape }]
    const [ofQuery, ofKey, ofValue, ofTable] = graph.add('biased_attention_gradient', given, outputs, numbers)
    return [ofQuery, ofKey, ofValue, undefined, ofTable]
  })
  return y!
}
