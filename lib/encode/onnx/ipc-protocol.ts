import type { EncoderConfig } from './encoder-config.js'

/** How the states of a text's tokens become one vector. Attention pooling sends its queries [heads, dims]. */
export type PoolingPlan = 'cls' | 'mean' | 'max' | { queries: Float32Array }

/** What an encoder reads: a text, or token ids without the special ones around them. */
export type Input = string | Int32Array

/** What is wanted of a window of inputs. `count` gives the token counts alone. */
export type Work =
  | { kind: 'count' }
  | { kind: 'ids' }
  | { kind: 'embed'; pooling: PoolingPlan; normalize: boolean; truncation: 'truncate' | 'chunk' }

/** Parent to child. */
export type Request =
  | { type: 'load'; settings: EncoderConfig }
  /** A long text comes ahead of its window in pieces; its place in the window is empty. */
  | { type: 'piece'; call: number; window: number; row: number; text: string }
  | { type: 'window'; call: number; window: number; inputs: Input[]; work: Work }
  | { type: 'cancel'; call: number }

/** A part of a window's result; `rows` are positions within the window. */
export type Part =
  | { type: 'tokens'; tokens: Int32Array; truncated: Uint8Array }
  | { type: 'ids'; row: number; ids: Int32Array }
  | { type: 'vectors'; rows: Int32Array; vectors: Float32Array }

/** An error on its way to the parent. `row` is the input within the window that caused it, where one did. */
export interface Failure {
  code: 'ERR_ENCODER' | 'ERR_SHAPE' | 'ERR_VALUE' | 'ERR_OUT_OF_MEMORY' | 'ERR_INTERNAL'
  message: string
  row?: number
}

/** Child to parent. */
export type Reply =
  | { type: 'ready'; dims: number }
  | { type: 'unusable'; failure: Failure }
  | { type: 'part'; call: number; window: number; part: Part }
  | { type: 'done'; call: number; window: number }
  | { type: 'failed'; call: number; window: number; failure: Failure }
