import type { BertConfig } from '../../encode/bert/bert-config.js'
import { onnxActivation, onnxLayerNorm, onnxLinear, onnxTensor, onnxWordScores } from '../../nn/bert/bert-onnx.js'
import type { Graph, Tensor } from '../../nn/graph/graph.js'
import type { OnnxGraph } from '../../nn/onnx/onnx-graph.js'
import { activation } from '../../nn/ops/layers/elementwise.js'
import { layerNorm } from '../../nn/ops/layers/layer-norm.js'
import { linear } from '../../nn/ops/layers/linear.js'
import type { Weights } from '../../nn/weights.js'
import type { EncodedTokens } from './encoded-tokens.js'
import type { HeadShapes } from './source.js'

const HEAD = 'cls.predictions'

/** The weights of the head that says which word is masked; its matrix is the table of embeddings. */
export function wordHeadShapes({ dims, tableDims = dims, vocabulary }: BertConfig): HeadShapes {
  return new Map([
    [`${HEAD}.transform.dense.weight`, [tableDims, dims]],
    [`${HEAD}.transform.dense.bias`, [tableDims]],
    [`${HEAD}.transform.LayerNorm.weight`, [tableDims]],
    [`${HEAD}.transform.LayerNorm.bias`, [tableDims]],
    [`${HEAD}.bias`, [vocabulary]],
  ])
}

/** What is compared with each word at the input 'masked' [masked, table's dims]; the words are the table of embeddings. */
export function predictedWords(
  graph: Graph,
  { statesAt, config }: EncodedTokens,
): { chosen: Tensor; words: Tensor; bias: Tensor } {
  const { head, epsilon } = config
  const of = (name: string) => graph.parameter(`${HEAD}.${name}`)
  const masked = statesAt(graph.input('masked', [graph.dim('masked')], 'i32'))
  const dense = linear(masked, of('transform.dense.weight'), of('transform.dense.bias'))
  const inner = activation(dense, head.wordActivation)
  const chosen = layerNorm(inner, of('transform.LayerNorm.weight'), of('transform.LayerNorm.bias'), epsilon)
  return { chosen, words: graph.parameter('embeddings.word_embeddings.weight'), bias: of('bias') }
}

/** The logits [batch, sequence, vocabulary] of states, in an ONNX graph. */
export async function onnxWordHead(
  graph: OnnxGraph,
  weights: Weights,
  { head, epsilon }: BertConfig,
  states: string,
): Promise<string> {
  const dense = await onnxLinear(graph, weights, states, `${HEAD}.transform.dense`)
  const inner = onnxActivation(graph, dense, head.wordActivation)
  const normal = await onnxLayerNorm(graph, weights, inner, `${HEAD}.transform.LayerNorm`, epsilon)
  const bias = await onnxTensor(graph, weights, `${HEAD}.bias`)
  return graph.add('Add', [onnxWordScores(graph, normal), bias])
}
