import type { BertConfig } from '../../nn/bert/bert-config.js'
import { onnxActivation, onnxLinear } from '../../nn/bert/bert-onnx.js'
import type { Graph, Tensor } from '../../nn/graph/graph.js'
import type { OnnxGraph } from '../../nn/onnx/onnx-graph.js'
import { activation, dropout } from '../../nn/ops/layers/elementwise.js'
import { sequenceStarts } from '../../nn/ops/layers/gather.js'
import { linear } from '../../nn/ops/layers/linear.js'
import type { Weights } from '../../nn/weights.js'
import type { EncodedTokens } from './encoded-tokens.js'
import type { HeadShapes } from './source.js'

/** What the names of the pooling layer begin with; it is the pretrained encoder's where that has one. */
export const POOLED = 'pooler.'

/** The weights of {@link pooledHead}. */
export function pooledShapes({ dims }: BertConfig, outputs: number): HeadShapes {
  return new Map([
    ['pooler.dense.weight', [dims, dims]],
    ['pooler.dense.bias', [dims]],
    ['classifier.weight', [outputs, dims]],
    ['classifier.bias', [outputs]],
  ])
}

/**
 * Numbers of a sequence from the state of its first token, as the architecture's ForSequenceClassification makes them.
 * @returns [sequences, outputs]
 */
export function pooledHead(graph: Graph, encoded: EncodedTokens): Tensor {
  const { inputs, config } = encoded
  const of = (name: string) => graph.parameter(name)
  const first = dropout(encoded.statesAt(sequenceStarts(inputs.offsets, inputs.sequences)), encoded.firstDropout)
  const inner = linear(first, of('pooler.dense.weight'), of('pooler.dense.bias'))
  const pooled = activation(inner, config.head.activation)
  return linear(dropout(pooled, encoded.dropout), of('classifier.weight'), of('classifier.bias'))
}

/** The same in ONNX. @param states [batch, sequence, dims] @returns [batch, outputs] */
export async function onnxPooledHead(
  graph: OnnxGraph,
  weights: Weights,
  config: BertConfig,
  states: string,
): Promise<string> {
  const first = graph.add('Squeeze', [
    graph.add('Gather', [states, graph.ints([0])], { axis: { int: 1 } }),
    graph.ints([1]),
  ])
  const pooled = onnxActivation(graph, await onnxLinear(graph, weights, first, 'pooler.dense'), config.head.activation)
  return onnxLinear(graph, weights, pooled, 'classifier')
}
