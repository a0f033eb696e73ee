import type { BertConfig } from '../../encode/bert/bert-config.js'
import {
  bertEncoder,
  type EncodedStates,
  type EncoderHooks,
  type TokenInputs,
  tokenInputs,
} from '../../nn/bert/bert-encoder.js'
import type { Graph, Tensor } from '../../nn/graph/graph.js'
import type { BertSource } from './source.js'

/** The states of all tokens in a graph, and what they came from. */
export interface EncodedTokens extends EncodedStates {
  readonly inputs: TokenInputs
  /** The states [tokens, dims] after each layer. */
  readonly layers: readonly Tensor[]
  readonly config: BertConfig
  /** Dropout of the head; 0 but in training. */
  readonly dropout: number
  /** Dropout of a text's first state, before the layer that pools it; 0 but in training. */
  readonly firstDropout: number
}

/** Adds the encoder, with its adapter if it has one, to a graph. */
export function encodedTokens(
  { folder, adaptation }: BertSource,
  graph: Graph,
  isTraining: boolean,
  hooks: EncoderHooks = {},
): EncodedTokens {
  const { config, head } = folder
  const inputs = tokenInputs(graph)
  const { firstDropout, textDropout, tokenDropout } = config.head
  const layers: Tensor[] = []
  const layer = (states: Tensor) => layers.push(states)
  return {
    inputs,
    config,
    ...bertEncoder(graph, config, inputs, isTraining, { dense: adaptation.dense(isTraining), layer, ...hooks }),
    layers,
    dropout: isTraining ? { texts: textDropout, tokens: tokenDropout, words: 0, none: 0 }[head] : 0,
    firstDropout: isTraining ? firstDropout : 0,
  }
}
