import { type BertConfig, DISTANCE_BIASES, WIDENING } from '../../encode/bert/bert-config.js'
import { headsOf } from '../../encode/bert/removed-heads.js'
import { type Dense, plainDense } from '../adapters/adapter.js'
import type { Dim } from '../graph/dim.js'
import type { Graph, Tensor } from '../graph/graph.js'
import { activation, add, dropout } from '../ops/layers/elementwise.js'
import { gatherRows } from '../ops/layers/gather.js'
import { layerNorm } from '../ops/layers/layer-norm.js'
import { attention } from '../ops/sequences/attention.js'

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
  /** Is told the states [tokens, dims] after each layer, in order. */
  readonly layer?: (states: Tensor) => void
  /**
   * Whether those of some tokens are taken from the states of all, for something else reads these too and dropout must be the
   * same. Default false.
   */
  readonly whole?: boolean
}

/** What an encoder gives. */
export interface EncodedStates {
  /** Of all tokens [tokens, dims]. */
  readonly states: Tensor
  /**
   * Of some tokens: what of the last layer belongs to the others is not computed.
   * @param rows i32 [n]
   * @returns [n, dims]
   */
  statesAt(rows: Tensor): Tensor
}

/**
 * The encoder of BERT (Devlin et al. 2019; layers as of Vaswani et al. 2017, section 3.1, with normalisation after each) and of
 * its family.
 * @param isTraining whether numbers fall away (dropout of states and of the weights of attention)
 * @returns the states of the last layer
 */
export function bertEncoder(
  graph: Graph,
  config: BertConfig,
  inputs: TokenInputs,
  isTraining: boolean,
  hooks: EncoderHooks = {},
): EncodedStates {
  const { dense = plainDense, words = (x) => x } = hooks
  const dropped = (x: Tensor, rate: number) => dropout(x, isTraining ? rate : 0)
  const norm = (x: Tensor, name: string) =>
    layerNorm(x, graph.parameter(`${name}.weight`), graph.parameter(`${name}.bias`), config.epsilon)
  const rows = (table: string, ids: Tensor) => gatherRows(graph.parameter(`embeddings.${table}.weight`), ids)
  const embedded = add(
    words(rows('word_embeddings', inputs.ids)),
    rows('position_embeddings', inputs.positions),
    ...(config.tokenTypes > 0 ? [rows('token_type_embeddings', inputs.types)] : []),
  )
  let states = dropped(norm(embedded, 'embeddings.LayerNorm'), config.dropout)
  if (config.tableDims !== undefined) states = dense(states, WIDENING)
  return bertLayers(graph, config, states, inputs.offsets, isTraining, hooks)
}

/**
 * Layers of that encoder above the states [tokens, dims] that they begin with.
 * @param offsets i32 [sequences + 1]
 * @param order the layers by number, as they follow each other. Default all of them
 */
export function bertLayers(
  graph: Graph,
  config: BertConfig,
  begin: Tensor,
  offsets: Tensor,
  isTraining: boolean,
  hooks: Omit<EncoderHooks, 'words'> = {},
  order: readonly number[] = config.order,
): EncodedStates {
  const { dense = plainDense } = hooks
  const dropped = (x: Tensor, rate: number) => dropout(x, isTraining ? rate : 0)
  const norm = (x: Tensor, name: string) =>
    layerNorm(x, graph.parameter(`${name}.weight`), graph.parameter(`${name}.bias`), config.epsilon)
  let states = begin
  const biases = config.biasBuckets > 0 ? { table: graph.parameter(DISTANCE_BIASES) } : undefined
  // What follows attention works on each token by itself.
  const rest = (layer: string, mixed: Tensor, before: Tensor): Tensor => {
    const attended = dropped(dense(mixed, `${layer}.attention.output.dense`), config.attendedDropout)
    const between = norm(add(attended, before), `${layer}.attention.output.LayerNorm`)
    const inner = activation(dense(between, `${layer}.intermediate.dense`), config.activation)
    const outer = dropped(dense(inner, `${layer}.output.dense`), config.outerDropout)
    return norm(add(outer, between), `${layer}.output.LayerNorm`)
  }
  let last: { layer: string; mixed: Tensor; before: Tensor } | undefined
  for (const n of order) {
    const layer = `encoder.layer.${n}`
    const [query, key, value] = ['query', 'key', 'value'].map((part) =>
      dense(states, `${layer}.attention.self.${part}`),
    )
    const mixed = attention(query!, key!, value!, offsets, {
      heads: headsOf(config, n).length,
      biases,
      dropout: isTraining ? config.weightDropout : 0,
    })
    last = { layer, mixed, before: states }
    states = rest(layer, mixed, states)
    hooks.layer?.(states)
  }
  const statesAt = (chosen: Tensor) =>
    hooks.whole || last === undefined
      ? gatherRows(states, chosen)
      : rest(last.layer, gatherRows(last.mixed, chosen), gatherRows(last.before, chosen))
  return { states, statesAt }
}
