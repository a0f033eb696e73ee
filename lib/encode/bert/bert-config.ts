import type { Activation } from '../../native/addon.js'
import { headsOf } from './removed-heads.js'

/** The sizes of an encoder of BERT's family, whatever its config.json calls them. */
export interface BertConfig {
  readonly vocabulary: number
  /** Rows of the table of positions. */
  readonly positions: number
  /** The id of padding behind which the positions of tokens begin; undefined where they begin at 0. */
  readonly padding: number | undefined
  /** Rows of the table of types of tokens; 0 where there is none. */
  readonly tokenTypes: number
  readonly dims: number
  /** Length of the rows of the tables; undefined where it is `dims`, without a product that makes `dims` of them. */
  readonly tableDims: number | undefined
  /** Layers that have weights of their own. */
  readonly layers: number
  /** The layers as they follow each other; ones that share their weights are the same number. */
  readonly order: readonly number[]
  readonly heads: number
  /** The heads that each layer lacks, ascending. */
  readonly removed: readonly (readonly number[])[]
  /** Buckets of distances between tokens that have a bias in attention; 0 without such biases. */
  readonly biasBuckets: number
  readonly inner: number
  readonly activation: Activation
  readonly epsilon: number
  /** Dropout of embeddings while training. */
  readonly dropout: number
  /** Of the weights of attention. */
  readonly weightDropout: number
  /** Of what attention gives, after its product. */
  readonly attendedDropout: number
  /** Of what a layer's second half gives. */
  readonly outerDropout: number
  /** Standard deviation of new weights. */
  readonly initializerRange: number
  readonly head: HeadConfig
}

/** What stands above an encoder. */
export interface HeadConfig {
  /** Of the layer between the state of a text's first token and its classes. */
  readonly activation: Activation
  /** Dropout before that layer. */
  readonly firstDropout: number
  /** Dropout after it. */
  readonly textDropout: number
  /** Dropout of states before the classes of tokens. */
  readonly tokenDropout: number
  /** Of the layer before the words of a masked language model. */
  readonly wordActivation: Activation
}

/** The product that makes states of narrower rows of tables, as ALBERT names it. */
export const WIDENING = 'encoder.embedding_hidden_mapping_in'

/** The biases of all layers' attention by distance [buckets, heads], as MPNet names them. */
export const DISTANCE_BIASES = 'encoder.relative_attention_bias.weight'

/** The weights of the encoder, in the order of the layers, and their shapes. */
export function bertShapes(config: BertConfig): Map<string, readonly number[]> {
  const { dims, inner, tableDims = dims } = config
  const shapes = new Map<string, readonly number[]>()
  const norm = (name: string, width = dims) => {
    shapes.set(`${name}.weight`, [width])
    shapes.set(`${name}.bias`, [width])
  }
  const dense = (name: string, outputs: number, inputs: number) => {
    shapes.set(`${name}.weight`, [outputs, inputs])
    shapes.set(`${name}.bias`, [outputs])
  }
  shapes.set('embeddings.word_embeddings.weight', [config.vocabulary, tableDims])
  shapes.set('embeddings.position_embeddings.weight', [config.positions, tableDims])
  if (config.tokenTypes > 0) shapes.set('embeddings.token_type_embeddings.weight', [config.tokenTypes, tableDims])
  norm('embeddings.LayerNorm', tableDims)
  if (config.tableDims !== undefined) dense(WIDENING, dims, tableDims)
  if (config.biasBuckets > 0) shapes.set(DISTANCE_BIASES, [config.biasBuckets, config.heads])
  for (let n = 0; n < config.layers; n++) {
    const layer = `encoder.layer.${n}`
    const width = (headsOf(config, n).length * dims) / config.heads
    for (const part of ['query', 'key', 'value']) dense(`${layer}.attention.self.${part}`, width, dims)
    dense(`${layer}.attention.output.dense`, dims, width)
    norm(`${layer}.attention.output.LayerNorm`)
    dense(`${layer}.intermediate.dense`, inner, dims)
    dense(`${layer}.output.dense`, dims, inner)
    norm(`${layer}.output.LayerNorm`)
  }
  return shapes
}
