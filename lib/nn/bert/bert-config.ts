import { KindredError, show } from '../../native/errors.js'
import type { Activation } from '../ops/elementwise.js'

/** The sizes of a BERT encoder (Devlin et al. 2019), as its config.json names them. */
export interface BertConfig {
  readonly vocabulary: number
  readonly positions: number
  readonly tokenTypes: number
  readonly dims: number
  readonly layers: number
  readonly heads: number
  readonly inner: number
  readonly activation: Activation
  readonly epsilon: number
  /** Dropout of states and of embeddings while training. */
  readonly dropout: number
  /** Standard deviation of new weights. */
  readonly initializerRange: number
}

const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  gelu: 'gelu',
  gelu_new: 'gelu-tanh',
  gelu_pytorch_tanh: 'gelu-tanh',
  relu: 'relu',
  silu: 'silu',
  swish: 'silu',
}

/**
 * @param json the parsed config.json
 * @param path for messages
 * @throws ERR_ENCODER if it is not that of a BERT encoder that can be run
 */
export function bertConfigOf(json: Readonly<Record<string, unknown>>, path: string): BertConfig {
  const fail = (cause: string): never => {
    throw new KindredError('ERR_ENCODER', `${path}: ${cause}.`)
  }
  if (json.model_type !== 'bert') fail(`expected model_type "bert" but found ${show(json.model_type)}`)
  const placing = json.position_embedding_type ?? 'absolute'
  if (placing !== 'absolute') fail(`expected position_embedding_type "absolute" but found ${show(placing)}`)
  if (json.is_decoder === true) fail('it is that of a decoder; expected an encoder')
  const number = (key: string, fallback: number | undefined, least: number, isInteger: boolean): number => {
    const value = json[key] ?? fallback
    if (typeof value !== 'number' || !(value >= least) || !Number.isFinite(value) || (isInteger && value % 1 !== 0))
      return fail(
        `${key}: expected ${isInteger ? 'an integer' : 'a number'} of at least ${least} but found ${show(value)}`,
      )
    return value
  }
  const integer = (key: string, fallback?: number) => number(key, fallback, 1, true)
  const dims = integer('hidden_size')
  const heads = integer('num_attention_heads')
  if (dims % heads !== 0) fail(`num_attention_heads: expected a divisor of ${dims} but found ${heads}`)
  const activation = ACTIVATIONS[String(json.hidden_act ?? 'gelu')]
  if (activation === undefined)
    return fail(`hidden_act: expected one of ${Object.keys(ACTIVATIONS).join(', ')} but found ${show(json.hidden_act)}`)
  const dropout = number('hidden_dropout_prob', 0.1, 0, false)
  if (dropout >= 1) fail(`hidden_dropout_prob: expected a number below 1 but found ${dropout}`)
  return {
    vocabulary: integer('vocab_size'),
    positions: integer('max_position_embeddings'),
    tokenTypes: integer('type_vocab_size', 2),
    dims,
    layers: integer('num_hidden_layers'),
    heads,
    inner: integer('intermediate_size'),
    activation,
    epsilon: number('layer_norm_eps', 1e-12, 0, false),
    dropout,
    initializerRange: number('initializer_range', 0.02, 0, false),
  }
}

/** The weights of the encoder by Hugging Face's names, in the order of the layers, and their shapes. */
export function bertShapes(config: BertConfig): Map<string, readonly number[]> {
  const { dims, inner } = config
  const shapes = new Map<string, readonly number[]>()
  const norm = (name: string) => {
    shapes.set(`${name}.weight`, [dims])
    shapes.set(`${name}.bias`, [dims])
  }
  const dense = (name: string, outputs: number, inputs: number) => {
    shapes.set(`${name}.weight`, [outputs, inputs])
    shapes.set(`${name}.bias`, [outputs])
  }
  shapes.set('embeddings.word_embeddings.weight', [config.vocabulary, dims])
  shapes.set('embeddings.position_embeddings.weight', [config.positions, dims])
  shapes.set('embeddings.token_type_embeddings.weight', [config.tokenTypes, dims])
  norm('embeddings.LayerNorm')
  for (let n = 0; n < config.layers; n++) {
    const layer = `encoder.layer.${n}`
    for (const part of ['query', 'key', 'value']) dense(`${layer}.attention.self.${part}`, dims, dims)
    dense(`${layer}.attention.output.dense`, dims, dims)
    norm(`${layer}.attention.output.LayerNorm`)
    dense(`${layer}.intermediate.dense`, inner, dims)
    dense(`${layer}.output.dense`, dims, inner)
    norm(`${layer}.output.LayerNorm`)
  }
  return shapes
}
