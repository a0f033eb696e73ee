import { join } from 'node:path'
import { POOLING } from '../../encode/bert/architecture.js'
import type { BertFolder } from '../../encode/bert/bert-folder.js'
import { refuse } from '../../encode/folder-json.js'
import { checkInteger, checkOneOf } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import type { EncodedStates, TokenInputs } from '../../nn/bert/bert-encoder.js'
import type { Graph, Tensor } from '../../nn/graph/graph.js'
import type { OnnxGraph } from '../../nn/onnx/onnx-graph.js'
import { sequenceMean, sequenceStarts } from '../../nn/ops/layers/gather.js'
import { attentionPooling } from '../../nn/ops/sequences/sequences.js'
import type { Weights } from '../../nn/weights.js'

/**
 * What makes one vector of the states of a text's tokens: that of the first (`'cls'`), their mean, or attention with queries that
 * are learned with all else (`AttentionPooling`).
 */
export type TextPooling = 'cls' | 'mean' | 'attention'

/** @internal */
export const TEXT_POOLINGS: readonly TextPooling[] = ['cls', 'mean', 'attention']

/** How states are pooled: heads are those of attention, 0 for other kinds. */
export interface StatePooling {
  readonly kind: TextPooling
  readonly heads: number
}

/** @internal */
export const FIRST_STATE: StatePooling = { kind: 'cls', heads: 0 }

/** The pooling that options ask for, if they do. @throws ERR_VALUE */
export function checkPooling(pooling: unknown, poolingHeads: unknown): StatePooling | undefined {
  if (pooling !== undefined) checkOneOf('pooling', pooling as TextPooling, TEXT_POOLINGS)
  if (poolingHeads === undefined)
    return pooling === undefined ? undefined : { kind: pooling as TextPooling, heads: pooling === 'attention' ? 1 : 0 }
  if (pooling !== 'attention')
    throw new KindredError('ERR_VALUE', "poolingHeads: expected with pooling 'attention' alone.")
  return { kind: pooling, heads: checkInteger('poolingHeads', poolingHeads as number, { min: 1 }) }
}

/** Key of config.json. */
export const POOLING_CONFIG = 'kindred_pooling'

/** @throws ERR_VALUE for heads that states cannot be cut into */
export function checkPoolingHeads({ heads }: StatePooling, dims: number): void {
  if (heads > 0 && dims % heads !== 0)
    throw new KindredError(
      'ERR_VALUE',
      `poolingHeads: expected a divisor of ${dims}, the length of a state, but received ${heads}.`,
    )
}

/** What config.json says of a pooling, which no key of transformers tells. */
export function poolingConfig(pooling: StatePooling): Record<string, unknown> {
  return { [POOLING_CONFIG]: pooling.kind === 'cls' ? undefined : pooling }
}

/** What a config.json says of it. @throws ERR_ENCODER for what is no pooling */
export function savedPooling({ folder, json, config }: BertFolder): StatePooling {
  const saved = json[POOLING_CONFIG]
  if (saved === undefined) return FIRST_STATE
  const { kind, heads } = (saved ?? {}) as Partial<StatePooling>
  const isLegal =
    (kind === 'mean' && heads === 0) ||
    (kind === 'attention' && Number.isInteger(heads) && heads! > 0 && config.dims % heads! === 0)
  if (isLegal) return { kind: kind!, heads: heads! }
  return refuse(
    join(folder, 'config.json'),
    `${POOLING_CONFIG}: expected { "kind": "mean", "heads": 0 } or { "kind": "attention", "heads": a divisor of ${config.dims} } but found ${show(saved)}`,
  )
}

/** The weights of a pooling. */
export function queryShapes({ heads }: StatePooling, dims: number): [string, readonly number[]][] {
  return heads === 0 ? [] : [[POOLING.queries, [heads, dims]]]
}

/** What is pooled: the states of tokens, and which sequence each belongs to. */
export interface PooledTokens extends EncodedStates {
  readonly inputs: Pick<TokenInputs, 'offsets' | 'sequences'>
}

/** The pooled states [sequences, dims]. */
export function pooledStates(graph: Graph, encoded: PooledTokens, { kind }: StatePooling): Tensor {
  const { offsets, sequences } = encoded.inputs
  if (kind === 'cls') return encoded.statesAt(sequenceStarts(offsets, sequences))
  if (kind === 'mean') return sequenceMean(encoded.states, offsets, sequences)
  return attentionPooling(encoded.states, graph.parameter(POOLING.queries), offsets, sequences)
}

/** The same in ONNX, of the tokens of the input 'attention_mask'. @param states [batch, sequence, dims] @returns [batch, dims] */
export async function onnxPooledStates(
  graph: OnnxGraph,
  weights: Weights,
  states: string,
  { kind, heads }: StatePooling,
): Promise<string> {
  if (kind === 'cls') {
    const first = graph.add('Gather', [states, graph.ints([0])], { axis: { int: 1 } })
    return graph.add('Squeeze', [first, graph.ints([1])])
  }
  const mask = graph.add('Unsqueeze', [graph.add('Cast', ['attention_mask'], { to: { int: 1 } }), graph.ints([2])])
  if (kind === 'mean') {
    const sum = graph.add('ReduceSum', [graph.add('Mul', [states, mask]), graph.ints([1])], { keepdims: { int: 0 } })
    return graph.add('Div', [sum, graph.add('ReduceSum', [mask, graph.ints([1])], { keepdims: { int: 0 } })])
  }
  const [, dims] = weights.entry(POOLING.queries).shape as [number, number]
  const queries = graph.floats(POOLING.queries, [heads, dims], await weights.read(POOLING.queries))
  const products = graph.add('MatMul', [states, graph.add('Transpose', [queries], { perm: { ints: [1, 0] } })])
  const scores = graph.add('Mul', [products, graph.float(1 / Math.sqrt(dims))])
  const hidden = graph.add('Mul', [graph.add('Sub', [mask, graph.float(1)]), graph.float(-PADDED)])
  // [batch, sequence, heads, 1] over the slice of each head [batch, sequence, heads, dims / heads]
  const shares = graph.add('Softmax', [graph.add('Add', [scores, hidden])], { axis: { int: 1 } })
  const slices = graph.add('Reshape', [states, graph.ints([0, 0, heads, dims / heads])])
  const weighted = graph.add('Mul', [slices, graph.add('Unsqueeze', [shares, graph.ints([3])])])
  const sum = graph.add('ReduceSum', [weighted, graph.ints([1])], { keepdims: { int: 0 } })
  return graph.add('Reshape', [sum, graph.ints([0, dims])])
}

/** Added to the scores of padding: their softmax is 0. */
const PADDED = -10_000
