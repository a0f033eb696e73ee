import type { AbortFlag } from './runtime.js'

/** Functions of single numbers: GELU x Phi(x) and its approximation by tanh (Hendrycks and Gimpel 2016), SiLU x sigmoid(x). */
export type Activation = 'relu' | 'gelu' | 'gelu-tanh' | 'tanh' | 'sigmoid' | 'silu'

/** An encoder's packed weights; opaque. */
export interface EncoderHandle {
  readonly __encoder: never
}

/** The sizes of an encoder, as native/include/kindred/encode/encoder.h names them. */
export interface EncoderShape {
  vocabulary: number
  positions: number
  types: number
  dims: number
  tableDims: number
  inner: number
  heads: number
  layerHeads: Int32Array
  order: Int32Array
  distanceBuckets: number
  activation: Activation
  epsilon: number
}

/** Sequences of tokens, end to end. */
export interface EncoderTokens {
  /** [tokens] */
  ids: Int32Array
  /** [tokens] */
  positions: Int32Array
  /** [tokens] */
  types: Int32Array
  /** [sequences + 1] */
  offsets: Int32Array
}

/** Encoders of BERT's family. */
export interface EncodeFunctions {
  encoderCreate(shape: EncoderShape, precision: string, abort?: AbortFlag): Promise<EncoderHandle>
  encoderWrite(encoder: EncoderHandle, name: string, values: Float32Array, abort?: AbortFlag): Promise<void>
  encoderStates(encoder: EncoderHandle, tokens: EncoderTokens, abort?: AbortFlag): Promise<Float32Array>
  encoderPool(
    encoder: EncoderHandle,
    tokens: EncoderTokens,
    modes: string[],
    unpooled: Int32Array,
    abort?: AbortFlag,
  ): Promise<Float32Array>
  encoderRelease(encoder: EncoderHandle): void
}
