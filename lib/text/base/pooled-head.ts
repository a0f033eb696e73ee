import { POOLING } from '../../encode/bert/architecture.js'
import type { BertConfig } from '../../encode/bert/bert-config.js'
import { onnxActivation, onnxLinear } from '../../nn/bert/bert-onnx.js'
import type { Graph, Tensor } from '../../nn/graph/graph.js'
import type { OnnxGraph } from '../../nn/onnx/onnx-graph.js'
import { activation, dropout } from '../../nn/ops/layers/elementwise.js'
import { linear } from '../../nn/ops/layers/linear.js'
import type { Weights } from '../../nn/weights.js'
import type { EncodedTokens } from './encoded-tokens.js'
import type { HeadShapes } from './source.js'
import { FIRST_STATE, onnxPooledStates, pooledStates, queryShapes, type StatePooling } from './text-pooling.js'

/** What the names of the pooling layer begin with; it is the pretrained encoder's where that has one. */
export const POOLED = 'pooler.'

/** The names of the layer above the pooled states and of the one that gives numbers. */
function modulesOf({ kind }: StatePooling): readonly [dense: string, classifier: string] {
  return kind === 'cls' ? [`${POOLED}dense`, 'classifier'] : [POOLING.dense, POOLING.classifier]
}

/** The weights of {@link pooledHead}. */
export function pooledShapes({ dims }: BertConfig, outputs: number, pooling: StatePooling = FIRST_STATE): HeadShapes {
  const [dense, classifier] = modulesOf(pooling)
  return new Map([
    ...queryShapes(pooling, dims),
    [`${dense}.weight`, [dims, dims]],
    [`${dense}.bias`, [dims]],
    [`${classifier}.weight`, [outputs, dims]],
    [`${classifier}.bias`, [outputs]],
  ])
}

/**
 * Numbers of a sequence from its pooled states, as the architecture's ForSequenceClassification makes them from the state of its
 * first token.
 * @returns [sequences, outputs]
 */
export function pooledHead(graph: Graph, encoded: EncodedTokens, pooling: StatePooling = FIRST_STATE): Tensor {
  const [dense, classifier] = modulesOf(pooling)
  const of = (name: string) => graph.parameter(name)
  const states = dropout(pooledStates(graph, encoded, pooling), encoded.firstDropout)
  const inner = linear(states, of(`${dense}.weight`), of(`${dense}.bias`))
  const pooled = activation(inner, encoded.config.head.activation)
  return linear(dropout(pooled, encoded.dropout), of(`${classifier}.weight`), of(`${classifier}.bias`))
}

/** The same in ONNX. @param states [batch, sequence, dims] @returns [batch, outputs] */
export async function onnxPooledHead(
  graph: OnnxGraph,
  weights: Weights,
  config: BertConfig,
  states: string,
  pooling: StatePooling = FIRST_STATE,
): Promise<string> {
  const [dense, classifier] = modulesOf(pooling)
  const first = await onnxPooledStates(graph, weights, states, pooling)
  const pooled = onnxActivation(graph, await onnxLinear(graph, weights, first, dense), config.head.activation)
  return onnxLinear(graph, weights, pooled, classifier)
}
