import type { WeightReader } from '../adapters/adapter.js'
import type { OnnxGraph } from '../onnx/onnx-graph.js'
import type { Activation } from '../ops/elementwise.js'
import type { BertConfig } from './bert-config.js'

/** Added to the scores of padding: their softmax is 0. */
const MASKED = -10_000

/** x w' + b. */
export async function onnxLinear(graph: OnnxGraph, weights: WeightReader, x: string, name: string): Promise<string> {
  const [outputs, inputs] = weights.entry(`${name}.weight`).shape as [number, number]
  const rows = await weights.read(`${name}.weight`)
  const columns = new Float32Array(rows.length)
  for (let o = 0; o < outputs; o++) for (let i = 0; i < inputs; i++) columns[i * outputs + o] = rows[o * inputs + i]!
  const product = graph.add('MatMul', [x, graph.floats(`${name}.weight`, [inputs, outputs], columns)])
  const y = graph.add('Add', [product, graph.floats(`${name}.bias`, [outputs], await weights.read(`${name}.bias`))])
  return weights.adapted ? weights.adapted(graph, y, name) : y
}

export async function onnxLayerNorm(
  graph: OnnxGraph,
  weights: WeightReader,
  x: string,
  name: string,
  epsilon: number,
): Promise<string> {
  const factors = ['weight', 'bias'].map(async (part) => {
    const { shape } = weights.entry(`${name}.${part}`)
    return graph.floats(`${name}.${part}`, shape, await weights.read(`${name}.${part}`))
  })
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

/**
 * BERT's encoder with the inputs that transformers' exports have: input_ids, attention_mask, token_type_ids.
 * @returns the states of the last layer [batch, sequence, dims]
 */
export async function onnxBert(graph: OnnxGraph, weights: WeightReader, config: BertConfig): Promise<string> {
  const { dims, heads } = config
  const [ids, mask, types] = ['input_ids', 'attention_mask', 'token_type_ids'].map((name) =>
    graph.input(name, 'i64', ['batch', 'sequence']),
  ) as [string, string, string]
  const table = async (name: string) =>
    graph.floats(name, weights.entry(`${name}.weight`).shape, await weights.read(`${name}.weight`))
  const norm = (x: string, name: string) => onnxLayerNorm(graph, weights, x, name, config.epsilon)
  const length = graph.add('Gather', [graph.add('Shape', [ids]), graph.ints([1])])
  const positions = await table('embeddings.position_embeddings')
  const placed = graph.add('Slice', [positions, graph.ints([0]), length, graph.ints([0])])
  const words = graph.add('Gather', [await table('embeddings.word_embeddings'), ids])
  const typed = graph.add('Gather', [await table('embeddings.token_type_embeddings'), types])
  const embedded = graph.add('Add', [graph.add('Add', [words, typed]), placed])
  let states = await norm(embedded, 'embeddings.LayerNorm')

  const absent = graph.add('Sub', [graph.float(1), graph.add('Cast', [mask], { to: { int: 1 } })])
  const bias = graph.add('Unsqueeze', [graph.add('Mul', [absent, graph.float(MASKED)]), graph.ints([1, 2])])
  const split = graph.ints([0, 0, heads, dims / heads])
  const joined = graph.ints([0, 0, dims])
  const turned = (x: string, perm: readonly number[]) => graph.add('Transpose', [x], { perm: { ints: perm } })
  for (let n = 0; n < config.layers; n++) {
    const layer = `encoder.layer.${n}`
    const part = async (name: string) =>
      graph.add('Reshape', [await onnxLinear(graph, weights, states, `${layer}.attention.self.${name}`), split])
    const query = turned(await part('query'), [0, 2, 1, 3])
    const key = turned(await part('key'), [0, 2, 3, 1])
    const value = turned(await part('value'), [0, 2, 1, 3])
    const scaled = graph.add('Mul', [query, graph.float(1 / Math.sqrt(dims / heads))])
    const scores = graph.add('Add', [graph.add('MatMul', [scaled, key]), bias])
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
