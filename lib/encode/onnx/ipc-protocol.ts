import type { EncoderInput } from '../embedder.js'
import type { EncoderConfig } from './encoder-config.js'

/** How the states of a text's tokens become one vector. Attention pooling sends its queries [heads, dims]. */
export type PoolingPlan = 'cls' | 'mean' | 'max' | { queries: Float32Array }

/** What is to be computed of inputs. `count` gives the token counts alone. */
export type Work =
  | { kind: 'count' }
  | { kind: 'ids' }
  | { kind: 'embed'; pooling: PoolingPlan; normalize: boolean; truncation: 'truncate' | 'chunk' }

/** Parent to child. */
export type Request =
  | { type: 'load'; config: EncoderConfig }
  /** Part of a long text, ahead of the job that it belongs to, where its place is empty. */
  | { type: 'fragment'; call: number; job: number; row: number; text: string }
  /** Some inputs of a call. */
  | { type: 'job'; call: number; job: number; inputs: EncoderInput[]; work: Work }
  | { type: 'cancel'; call: number }

/** Part of a job's result; `row` and `rows` are positions within the job. */
export type PartialResult =
  | { type: 'tokens'; tokens: Int32Array; truncated: Uint8Array }
  | { type: 'ids'; row: number; ids: Int32Array }
  | { type: 'vectors'; rows: Int32Array; vectors: Float32Array }

/** An error on its way to the parent. `row` is the position within the job of the input that caused it, where one did. */
export interface Failure {
  code: 'ERR_ENCODER' | 'ERR_SHAPE' | 'ERR_VALUE' | 'ERR_OUT_OF_MEMORY' | 'ERR_RESOURCES' | 'ERR_INTERNAL'
  message: string
  row?: number
}

/** Child to parent. */
export type Reply =
  | { type: 'ready'; dims: number }
  | { type: 'unusable'; failure: Failure }
  | { type: 'result'; call: number; job: number; result: PartialResult }
  | { type: 'done'; call: number; job: number }
  | { type: 'failed'; call: number; job: number; failure: Failure }
