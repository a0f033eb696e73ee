import { checkOneOf } from '../../native/argument-checks.js'
import { KindredError } from '../../native/errors.js'

/**
 * How the states of a text's tokens become one vector, by the names of sentence-transformers: the first token's state
 * (`'cls'`), the last one's (`'lasttoken'`), the elementwise maximum (`'max'`), the mean (`'mean'`), the sum over the
 * square root of their number (`'mean_sqrt_len_tokens'`), or the mean weighted by the tokens' positions, from 1 on
 * (`'weightedmean'`).
 */
export type PoolingMode = 'cls' | 'max' | 'mean' | 'mean_sqrt_len_tokens' | 'weightedmean' | 'lasttoken'

export const POOLING_MODES: readonly PoolingMode[] = [
  'mean',
  'cls',
  'max',
  'lasttoken',
  'weightedmean',
  'mean_sqrt_len_tokens',
]

/** The modes that a caller names. @throws ERR_VALUE */
export function checkPoolingModes(pooling: unknown): readonly PoolingMode[] {
  if (!Array.isArray(pooling)) return [checkOneOf('pooling', pooling, POOLING_MODES)]
  if (pooling.length === 0)
    throw new KindredError('ERR_VALUE', 'pooling: expected at least one way of pooling but received an empty list.')
  return pooling.map((mode, i) => checkOneOf(`pooling[${i}]`, mode, POOLING_MODES))
}
