import type { DeviceMatrix } from '../../data/device-matrix.js'

/** States of the tokens of a batch of texts, padded to the longest. */
export interface TokenStates {
  /** [batch, tokens, dims], row-major. */
  states: Float32Array
  /** [batch, tokens]; a token counts where it is not 0. */
  mask: Uint8Array
  /** Number of texts. */
  batch: number
  /** Tokens of each text, padding included. */
  tokens: number
}

/** Token states on the GPU. */
export interface DeviceTokenStates {
  /** [batch * tokens, dims] */
  states: DeviceMatrix
  /** [batch, tokens], in host memory; a token counts where it is not 0. */
  mask: Uint8Array
  /** Number of texts. */
  batch: number
  /** Tokens of each text, padding included. */
  tokens: number
}
