import type { KindredErrorCode } from '../../native/errors.js'
import type { EncoderInput } from '../embedder.js'
import type { PoolingMode } from '../pooling/pooling-modes.js'
import type { Normalization } from '../vector-dims.js'

/** How the states of a text's tokens become one vector. Attention pooling sends its queries [heads, dims]. */
export type PoolingPlan = readonly PoolingMode[] | { queries: Float32Array }

/** How an input becomes a vector. */
export interface EmbedWork {
  kind: 'embed'
  prompt: string
  pooling: PoolingPlan
  /** Numbers of a vector that are kept. */
  dims: number
  normalization: Normalization
  truncation: 'truncate' | 'chunk'
}

/** What is to be computed of texts, the prompt put before each. `count` gives the token counts alone. */
export type TextWork = { kind: 'count'; prompt: string } | { kind: 'ids'; prompt: string } | EmbedWork

/** What is to be computed of pictures or sounds. */
export interface MediaWork {
  kind: 'media'
  /** Divide vectors by their norm. */
  normalize: boolean
}

export type Work = TextWork | MediaWork

/** A picture or a sound: the path of its file, or the bytes of one. */
export type MediaInput = string | Uint8Array

export type JobInput = EncoderInput | MediaInput

/** Parent to child. */
export type Request =
  | { type: 'load'; config: object }
  /** Part of a long text, ahead of the job that it belongs to, where its place is empty. */
  | { type: 'fragment'; call: number; job: number; row: number; text: string }
  /** Some inputs of a call. */
  | { type: 'job'; call: number; job: number; inputs: JobInput[]; work: Work }
  | { type: 'cancel'; call: number }

/** Part of a job's result; `row` and `rows` are positions within the job. */
export type PartialResult =
  | { type: 'tokens'; tokens: Int32Array; truncated: Uint8Array }
  | { type: 'ids'; row: number; ids: Int32Array }
  | { type: 'vectors'; rows: Int32Array; vectors: Float32Array }
  /** The vector of a picture or a sound, and whether that was cut. */
  | { type: 'medium'; row: number; truncated: boolean; vector: Float32Array }
  /** A picture or a sound that has no vector; the others go on. */
  | { type: 'refused'; row: number; code: KindredErrorCode; message: string }

/** An error on its way to the parent. `row` is the position within the job of the input that caused it, where one did. */
export interface Failure {
  code: 'ERR_ENCODER' | 'ERR_SHAPE' | 'ERR_VALUE' | 'ERR_OUT_OF_MEMORY' | 'ERR_RESOURCES' | 'ERR_INTERNAL'
  message: string
  row?: number
}

/** What is known of an encoder once it is loaded. */
export interface ReadyEncoder {
  /** Length of a token's state, as it is pooled. */
  stateDims: number
  /** Length of a vector that is not cut. */
  dims: number
  /** How the ids of its tokenizer may differ from those of the reference; empty if they do not. */
  differences: readonly string[]
}

/** Child to parent. */
export type Reply =
  | ({ type: 'ready' } & ReadyEncoder)
  | { type: 'unusable'; failure: Failure }
  | { type: 'result'; call: number; job: number; result: PartialResult }
  | { type: 'done'; call: number; job: number }
  | { type: 'failed'; call: number; job: number; failure: Failure }
