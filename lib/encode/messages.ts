import type { EncoderSettings } from './settings.js'

/** How the states of a text's tokens become one vector. Attention pooling sends its queries [heads, dims]. */
export type PoolingPlan = 'cls' | 'mean' | 'max' | { queries: Float32Array }

/** A text, or its token ids without the special ones around it. */
export type Input = string | Int32Array

export type Truncation = 'error' | 'truncate' | 'chunk'

/** What is wanted of a window of texts. `count` gives the token counts alone. */
export type Work =
  | { kind: 'count' }
  | { kind: 'ids' }
  | { kind: 'embed'; pooling: PoolingPlan; normalize: boolean; truncation: 'truncate' | 'chunk' }

/** Parent to child. */
export type Request =
  | { type: 'load'; settings: EncoderSettings }
  | { type: 'window'; call: number; window: number; texts: Input[]; work: Work }
  /** A long text comes ahead of its window in pieces; its place in the window is empty. */
  | { type: 'piece'; call: number; window: number; row: number; text: string }
  | { type: 'cancel'; call: number }

/** A part of a window's result; `rows` are positions within the window. */
export type Part =
  | { type: 'tokens'; tokens: Int32Array; truncated: Uint8Array }
  | { type: 'ids'; row: number; ids: Int32Array }
  | { type: 'vectors'; rows: Int32Array; vectors: Float32Array }

/** An error on its way to the parent. `row` is the text within the window that caused it, where one did. */
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
