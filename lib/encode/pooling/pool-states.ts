import { Matrix } from '../../data/matrix.js'
import { nativeCall } from '../../native/native-call.js'
import type { PoolingMode } from './pooling-modes.js'
import type { TokenStates } from './token-states.js'

/**
 * One vector per text, those of each mode one after the other: [batch, modes * dims]. A text without counting tokens gives
 * zeros, but for 'cls', which then takes the first token, as sentence-transformers does.
 */
export async function poolStates(input: TokenStates, dims: number, modes: readonly PoolingMode[]): Promise<Matrix> {
  const pooled: Float32Array[] = []
  for (const mode of modes) pooled.push(await poolBy(mode, input, dims))
  if (pooled.length === 1) return new Matrix(input.batch, dims, pooled[0]!)
  const out = new Matrix(input.batch, modes.length * dims)
  for (let b = 0; b < input.batch; b++)
    for (const [i, vectors] of pooled.entries()) out.row(b).set(vectors.subarray(b * dims, (b + 1) * dims), i * dims)
  return out
}

/** [batch, dims] */
async function poolBy(mode: PoolingMode, input: TokenStates, dims: number): Promise<Float32Array> {
  if (mode === 'weightedmean') return weightedMean(input, dims)
  if (mode === 'lasttoken') return pickTokens(input, dims, (counts) => counts.lastIndexOf(1))
  if (mode === 'cls') return pickTokens(input, dims, (counts) => Math.max(0, counts.indexOf(1)))
  const { states, mask, batch, tokens } = input
  const native = mode === 'mean_sqrt_len_tokens' ? 'mean' : mode
  const out = await nativeCall(undefined, (addon) => addon.pool(states, mask, batch, tokens, dims, native))
  if (mode === 'mean_sqrt_len_tokens')
    for (let b = 0; b < batch; b++) {
      const root = Math.sqrt(mask.subarray(b * tokens, (b + 1) * tokens).reduce((n, m) => n + Number(m !== 0), 0))
      for (let d = b * dims; d < (b + 1) * dims; d++) out[d]! *= root
    }
  return out
}

/** Weights are positions in the text, from 1 on, those of tokens that do not count included. */
function weightedMean({ states, mask, batch, tokens }: TokenStates, dims: number): Float32Array {
  const out = new Float32Array(batch * dims)
  const sum = new Float64Array(dims)
  for (let b = 0; b < batch; b++) {
    sum.fill(0)
    let total = 0
    for (let t = 0; t < tokens; t++) {
      if (mask[b * tokens + t] === 0) continue
      const begin = (b * tokens + t) * dims
      for (let d = 0; d < dims; d++) sum[d]! += (t + 1) * states[begin + d]!
      total += t + 1
    }
    if (total > 0) for (let d = 0; d < dims; d++) out[b * dims + d] = sum[d]! / total
  }
  return out
}

/** The state of a token of each text; -1: zeros. @param pick which, by whether each counts, 1 or 0 */
function pickTokens(
  { states, mask, batch, tokens }: TokenStates,
  dims: number,
  pick: (counts: Uint8Array) => number,
): Float32Array {
  const out = new Float32Array(batch * dims)
  for (let b = 0; b < batch; b++) {
    const token = pick(mask.subarray(b * tokens, (b + 1) * tokens))
    const begin = (b * tokens + token) * dims
    if (token >= 0) out.set(states.subarray(begin, begin + dims), b * dims)
  }
  return out
}
