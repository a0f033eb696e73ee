import type { Matrix } from './matrices.js'
import type { AbortFlag } from './runtime.js'

/** From token states to one vector per text. */
export interface PoolingFunctions {
  pool(
    states: Float32Array,
    mask: Uint8Array,
    batch: number,
    tokens: number,
    dims: number,
    pooling: 'cls' | 'mean' | 'max',
    abort?: AbortFlag,
  ): Promise<Float32Array>
  attentionPool(
    states: Float32Array,
    mask: Uint8Array,
    batch: number,
    tokens: number,
    dims: number,
    queries: Float32Array,
    abort?: AbortFlag,
  ): Promise<Float32Array>
  attentionPoolBackward(
    states: Float32Array,
    mask: Uint8Array,
    batch: number,
    tokens: number,
    dims: number,
    queries: Float32Array,
    dOut: Float32Array,
    abort?: AbortFlag,
  ): Promise<{ queries: Float32Array; states: Float32Array }>
  normalizeRows(matrix: Matrix, abort?: AbortFlag): Promise<number>
}
