import { type Dense, plainDense } from '../adapters/adapter.js'
import type { Dim } from '../graph/dim.js'
import type { Graph, Tensor } from '../graph/graph.js'
import { attention } from '../ops/attention.js'
import { activation, add, dropout } from '../ops/elementwise.js'
import { gatherRows } from '../ops/gather.js'
import { layerNorm } from '../ops/layer-norm.js'
import type { BertConfig } from './bert-config.js'

/** What a BERT graph takes: the tokens of all sequences, end to end. */
export interface TokenInputs {
  /** Tokens of the batch. */
  readonly tokens: Dim
  /** Sequences of the batch. */
  readonly sequences: Dim
  /** i32 [tokens] */
  readonly ids: Tensor
  /** i32 [tokens], place within the sequence */
  readonly positions: Tensor
  /** i32 [tokens] */
  readonly types: Tensor
  /** i32 [sequences + 1], where each sequence begins */
  readonly offsets: Tensor
}

/** The inputs 'ids', 'positions', 'types' and 'offsets', of sizes 'tokens' and 'sequences'. */
export function tokenInputs(graph: Graph): TokenInputs {
  const tokens = graph.dim('tokens')
  const sequences = graph.dim('sequences')
  return {
    tokens,
    sequences,
    ids: graph.input('ids', [tokens], 'i32'),
    positions: graph.input('positions', [tokens], 'i32'),
    types: graph.input('types', [tokens], 'i32'),
    offsets: graph.input('offsets', [{ ...sequences, plus: 1, name: 'sequences + 1' }], 'i32'),
  }
}

/** What may be changed in how an encoder computes. */
export interface EncoderHooks {
  /** Makes its products. Default {@link plainDense}. */
  readonly dense?: Dense
  /** What the embedded words [tokens, dims] become before anything is added to them. Default themselves. */
  readonly words?: (words: Tensor) => Tensor
  /** Is told the states [tokens, dims] of the embeddings and after each layer, in order. */
  readonly states?: (states: Tensor) => void
}

/**
 * BERT's encoder (Devlin et al. 2019; layers as of Vaswani et al. 2017, section 3.1, with normalisation after each).
 * @param isTraining whether numbers fall away (dropout of states; that of attention weights is left out)
 * @returns the states of the last layer [tokens, dims]
 */
export function bertEncoder(
  graph: Graph,
  config: BertConfig,
  inputs: TokenInputs,
  isTraining: boolean,
  hooks: EncoderHooks = {},
): Tensor {
  const { dense = plainDense, words = (x) => x } = hooks
  const rate = isTraining ? config.dropout : 0
  const norm = (x: Tensor, name: string) =>
    layerNorm(x, graph.parameter(`${name}.weight`), graph.parameter(`${name}.bias`), config.epsilon)
  const embedded = add(
    words(gatherRows(graph.parameter('embeddings.word_embeddings.weight'), inputs.ids)),
    gatherRows(graph.parameter('embeddings.position_embeddings.weight'), inputs.positions),
    gatherRows(graph.parameter('embeddings.token_type_embeddings.weight'), inputs.types),
  )
  let states = dropout(norm(embedded, 'embeddings.LayerNorm'), rate)
  hooks.states?.(states)
  for (let n = 0; n < config.layers; n++) {
    const layer = `encoder.layer.${n}`
    const [query, key, value] = ['query', 'key', 'value'].map((part) =>
      dense(states, `${layer}.attention.self.${part}`),
    )
    const mixed = attention(query!, key!, value!, inputs.offsets, { heads: config.heads })
    const attended = dropout(dense(mixed, `${layer}.attention.output.dense`), rate)
    states = norm(add(attended, states), `${layer}.attention.output.LayerNorm`)
    const inner = activation(dense(states, `${layer}.intermediate.dense`), config.activation)
    const outer = dropout(dense(inner, `${layer}.output.dense`), rate)
    states = norm(add(outer, states), `${layer}.output.LayerNorm`)
    hooks.states?.(states)
  }
  return states
}
