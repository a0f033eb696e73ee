import { checkInteger } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'

/** The sizes of a new BERT encoder. */
export interface NewBertOptions extends AbortOptions {
  /** Length of a state. Default 256. */
  dims?: number
  /** Default 4. */
  layers?: number
  /** A divisor of `dims`. Default `dims` / 64, at least 1. */
  heads?: number
  /** Length of the state within a layer. Default 4 `dims`. */
  inner?: number
  /** Longest text in tokens. Default 512. */
  maxTokens?: number
  /** Dropout of states and of the weights of attention while training. Default 0.1. */
  dropout?: number
  /** Draws the weights, an integer from 0. Default 0. */
  seed?: number
}

/** @internal */
export const NEW_BERT_OPTIONS = ['dims', 'layers', 'heads', 'inner', 'maxTokens', 'dropout', 'seed', 'signal'] as const

/** @internal The config.json of an encoder of these sizes. @throws ERR_VALUE naming the option */
export function newBertConfig(options: NewBertOptions): Record<string, unknown> {
  const dims = checkInteger('dims', options.dims ?? 256, { min: 1 })
  return {
    model_type: 'bert',
    hidden_size: dims,
    num_hidden_layers: checkInteger('layers', options.layers ?? 4, { min: 1 }),
    num_attention_heads: checkInteger('heads', options.heads ?? Math.max(1, Math.floor(dims / 64)), { min: 1 }),
    intermediate_size: checkInteger('inner', options.inner ?? 4 * dims, { min: 1 }),
    max_position_embeddings: checkInteger('maxTokens', options.maxTokens ?? 512, { min: 3 }),
    hidden_dropout_prob: options.dropout ?? 0.1,
    attention_probs_dropout_prob: options.dropout ?? 0.1,
    type_vocab_size: 2,
    hidden_act: 'gelu',
    layer_norm_eps: 1e-12,
    initializer_range: 0.02,
  }
}
