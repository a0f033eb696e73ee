import { type BertConfig, DISTANCE_BIASES, WIDENING } from '../../encode/bert/bert-config.js'
import { headsOf } from '../../encode/bert/removed-heads.js'
import type { WeightReader } from '../adapters/adapter.js'
import type { OnnxGraph } from '../onnx/onnx-graph.js'
import { onnxIntegerProduct, onnxIntegerRows, quantizeRows, transposed } from '../onnx/quantize.js'
import type { Activation } from '../ops/layers/elementwise.js'
import { onnxDistanceBiases } from './onnx-distance-biases.js'

/** Added to the scores of padding: their softmax is 0. */
const MASKED = -10_000

/** The words that an encoder knows. */
export const WORDS = 'embeddings.word_embeddings.weight'

/** x w' + b; of bytes in a quantised graph's encoder. */
export async function onnxLinear(graph: OnnxGraph, weights: WeightReader, x: string, name: string): Promise<string> {
  const matrix = `${name}.weight`
  const [outputs, inputs] = weights.entry(matrix).shape as [number, number]
  const isInteger = graph.isQuantized && name.startsWith('encoder.')
  if (!graph.has(matrix)) {
    const rows = await weights.read(matrix)
    if (isInteger) {
      const { bytes, scales } = await quantizeRows(rows, outputs)
      graph.bytes(matrix, [inputs, outputs], transposed(bytes, outputs))
      graph.floats(`${matrix}.scales`, [outputs], scales)
    } else graph.floats(matrix, [inputs, outputs], transposed(rows, outputs))
  }
  const product = isInteger
    ? onnxIntegerProduct(graph, x, matrix, `${matrix}.scales`)
    : graph.add('MatMul', [x, matrix])
  const y = graph.add('Add', [product, await onnxTensor(graph, weights, `${name}.bias`)])
  return weights.adapted ? weights.adapted(graph, y, name) : y
}

/** The states of words, from the table that a quantised graph has as bytes. @param ids any shape */
async function onnxWords(graph: OnnxGraph, weights: WeightReader, ids: string): Promise<string> {
  if (!graph.isQuantized) return graph.add('Gather', [await onnxTensor(graph, weights, WORDS), ids])
  const { shape } = weights.entry(WORDS)
  const { bytes, scales } = await quantizeRows(await weights.read(WORDS), shape[0]!)
  return onnxIntegerRows(
    graph,
    graph.bytes(WORDS, shape, bytes),
    graph.floats(`${WORDS}.scales`, [shape[0]!], scales),
    ids,
  )
}

/** x times the table of words that {@link onnxBert} has read: a number of each word. */
export function onnxWordScores(graph: OnnxGraph, x: string): string {
  const words = graph.add('Transpose', [WORDS], { perm: { ints: [1, 0] } })
  return graph.isQuantized ? onnxIntegerProduct(graph, x, words, `${WORDS}.scales`) : graph.add('MatMul', [x, words])
}

/** A tensor of the weights by its name; layers that share it share it here too. */
export async function onnxTensor(graph: OnnxGraph, weights: WeightReader, name: string): Promise<string> {
  if (graph.has(name)) return name
  return graph.floats(name, weights.entry(name).shape, await weights.read(name))
}

export async function onnxLayerNorm(
  graph: OnnxGraph,
  weights: WeightReader,
  x: string,
  name: string,
  epsilon: number,
): Promise<string> {
  const factors = ['weight', 'bias'].map((part) => onnxTensor(graph, weights, `${name}.${part}`))
  const operands = [x, ...(await Promise.all(factors))]
  return graph.add('LayerNormalization', operands, { axis: { int: -1 }, epsilon: { float: epsilon } })
}

export function onnxActivation(graph: OnnxGraph, x: string, kind: Activation): string {
  if (kind === 'relu') return graph.add('Relu', [x])
  if (kind === 'tanh') return graph.add('Tanh', [x])
  if (kind === 'sigmoid') return graph.add('Sigmoid', [x])
  if (kind === 'silu') return graph.add('Mul', [x, graph.add('Sigmoid', [x])])
  const inner =
    kind === 'gelu'
      ? graph.add('Erf', [graph.add('Mul', [x, graph.float(Math.SQRT1_2)])])
      : graph.add('Tanh', [graph.add('Mul', [cubic(graph, x), graph.float(Math.sqrt(2 / Math.PI))])])
  const half = graph.add('Mul', [x, graph.float(0.5)])
  return graph.add('Mul', [half, graph.add('Add', [inner, graph.float(1)])])
}

/** x + 0.044715 x^3. */
function cubic(graph: OnnxGraph, x: string): string {
  const square = graph.add('Mul', [x, x])
  const scaled = graph.add('Mul', [graph.add('Mul', [square, x]), graph.float(0.044715)])
  return graph.add('Add', [x, scaled])
}

/** What adds up to the states of tokens before the first layer. */
async function onnxEmbeddings(
  graph: OnnxGraph,
  weights: WeightReader,
  config: BertConfig,
  ids: string,
): Promise<string> {
  const table = (name: string) => onnxTensor(graph, weights, `embeddings.${name}.weight`)
  const rows = async (name: string, of: string) => graph.add('Gather', [await table(name), of])
  const sum = (a: string, b: string) => graph.add('Add', [a, b])
  const words = await onnxWords(graph, weights, ids)
  const placed =
    config.padding === undefined
      ? graph.add('Slice', [await table('position_embeddings'), graph.ints([0]), lengthOf(graph, ids), graph.ints([0])])
      : await rows('position_embeddings', positionsBehind(graph, ids, config.padding))
  if (config.tokenTypes === 0) return sum(words, placed)
  // Where there is one type alone, transformers' exports have no input for it.
  const types =
    config.tokenTypes === 1
      ? await rows('token_type_embeddings', graph.ints([0]))
      : await rows('token_type_embeddings', graph.input('token_type_ids', 'i64', ['batch', 'sequence']))
  return sum(sum(words, types), placed)
}

const lengthOf = (graph: OnnxGraph, ids: string) => graph.add('Gather', [graph.add('Shape', [ids]), graph.ints([1])])

/** Positions counted over what is no padding, from `padding` + 1; that of padding is `padding`. */
function positionsBehind(graph: OnnxGraph, ids: string, padding: number): string {
  const isPadding = graph.add('Equal', [ids, graph.ints([padding])])
  const counted = graph.add('Cast', [graph.add('Not', [isPadding])], { to: { int: 7 } })
  const before = graph.add('Mul', [graph.add('CumSum', [counted, graph.ints([1])]), counted])
  return graph.add('Add', [before, graph.ints([padding])])
}

async function onnxBiases(graph: OnnxGraph, weights: WeightReader, config: BertConfig, ids: string): Promise<string> {
  const table = await onnxTensor(graph, weights, DISTANCE_BIASES)
  return onnxDistanceBiases(graph, table, config.biasBuckets, lengthOf(graph, ids), config.positions)
}

/**
 * The encoder with the inputs that transformers' exports have: input_ids, attention_mask, and token_type_ids where it has
 * several types of tokens.
 * @returns the states of the last layer [batch, sequence, dims]
 */
export async function onnxBert(graph: OnnxGraph, weights: WeightReader, config: BertConfig): Promise<string> {
  const { dims, heads } = config
  const [ids, mask] = ['input_ids', 'attention_mask'].map((name) =>
    graph.input(name, 'i64', ['batch', 'sequence']),
  ) as [string, string]
  const norm = (x: string, name: string) => onnxLayerNorm(graph, weights, x, name, config.epsilon)
  let states = await norm(await onnxEmbeddings(graph, weights, config, ids), 'embeddings.LayerNorm')
  if (config.tableDims !== undefined) states = await onnxLinear(graph, weights, states, WIDENING)

  const absent = graph.add('Sub', [graph.float(1), graph.add('Cast', [mask], { to: { int: 1 } })])
  const bias = graph.add('Unsqueeze', [graph.add('Mul', [absent, graph.float(MASKED)]), graph.ints([1, 2])])
  const shift = config.biasBuckets > 0 ? graph.add('Add', [bias, await onnxBiases(graph, weights, config, ids)]) : bias
  const turned = (x: string, perm: readonly number[]) => graph.add('Transpose', [x], { perm: { ints: perm } })
  for (const n of config.order) {
    const layer = `encoder.layer.${n}`
    const kept = headsOf(config, n).length
    const split = graph.ints([0, 0, kept, dims / heads])
    const joined = graph.ints([0, 0, (kept * dims) / heads])
    const part = async (name: string) =>
      graph.add('Reshape', [await onnxLinear(graph, weights, states, `${layer}.attention.self.${name}`), split])
    const query = turned(await part('query'), [0, 2, 1, 3])
    const key = turned(await part('key'), [0, 2, 3, 1])
    const value = turned(await part('value'), [0, 2, 1, 3])
    const scaled = graph.add('Mul', [query, graph.float(1 / Math.sqrt(dims / heads))])
    const scores = graph.add('Add', [graph.add('MatMul', [scaled, key]), shift])
    const mixed = graph.add('MatMul', [graph.add('Softmax', [scores], { axis: { int: -1 } }), value])
    const flat = graph.add('Reshape', [turned(mixed, [0, 2, 1, 3]), joined])
    const attended = await onnxLinear(graph, weights, flat, `${layer}.attention.output.dense`)
    states = await norm(graph.add('Add', [attended, states]), `${layer}.attention.output.LayerNorm`)
    const inner = await onnxLinear(graph, weights, states, `${layer}.intermediate.dense`)
    const activated = onnxActivation(graph, inner, config.activation)
    const outer = await onnxLinear(graph, weights, activated, `${layer}.output.dense`)
    states = await norm(graph.add('Add', [outer, states]), `${layer}.output.LayerNorm`)
  }
  return states
}
